import { Injectable } from '@nestjs/common';
import {
  clockColumns,
  type ClockRow,
  formatLogTime,
  PostgresEventStore,
  prepared,
  queryDurably,
  recordSignedTimeSql,
  SERVER_IDENTITY,
} from '@keyfold/event-store';
import type { LeaseAsk, LeaseBook, LeaseGrant } from '@keyfold/messaging';
import { Database } from '../../platform/database.js';
import { COSIGNED_SIZE, FORK_GENERATION } from '../../tables/lease-rows.js';
import { GatewayEnrolments } from './gateway-enrolments.js';
import { type LeaseMoment, type LeaseRow, rowAfter } from './lease-row.js';
import { SLOT_FACTS, SLOT_FACTS_COLUMNS } from './slot-facts.js';

/** Only holders of the shared secret can add rows; no installation has more gateway processes than this. */
export const MAX_LEASE_ROWS = 5_000;

const NOT_RECORDED: LeaseGrant = { leaseSeconds: 0, noLease: 'NOT_RECORDED' };

/**
 * The lease rows in Postgres. Those that this process has written itself are known here, and only what differs from
 * them is read back: of a thousand gateways that renew their leases, nothing.
 */
@Injectable()
export class PostgresLeaseBook implements LeaseBook {
  private readonly known = new Map<string, KnownRow>();
  /** What the known rows were decided on; with another one none of them is known any more. */
  private basis = '';

  constructor(
    private readonly database: Database,
    private readonly store: PostgresEventStore,
    private readonly enrolments: GatewayEnrolments,
  ) {}

  admit(ask: LeaseAsk): Promise<void> {
    return this.enrolments.admit(ask);
  }

  /**
   * One statement reads the rows, another one writes them, which is their transaction, together with the log time. A
   * row that has changed in between (its process asked another replica too) is not written. If we crash before that
   * commit no head leaves; after it the rows count, whether or not one does.
   */
  async commit(asks: readonly LeaseAsk[]): Promise<{ logTime: string; grants: LeaseGrant[] }> {
    await this.store.begin();
    const asked = this.database.logTime.moment();
    const read = await this.readRows(asks);
    const timeUs = this.database.logTime.observe(read.state, asked);
    const changes = await this.changesOf(asks, read.moments);
    const recorded = await this.upsertRows([...changes.rows.values()], read.state.generation ?? 1, timeUs);
    this.remember(asks, read.moments, { rows: changes.rows, recorded });
    await this.store.signedTimeRecorded(timeUs);
    for (const [at, { noLease }] of changes.grants.entries()) if (noLease !== null) this.enrolments.forget(asks[at]);
    // A row that was not written gives no lease: nobody could wait for it.
    const isRecorded = (at: number): boolean => recorded.has(keyOf(asks[at]));
    const grants = changes.grants.map((grant, at) =>
      grant.leaseSeconds === 0 || isRecorded(at) ? grant : NOT_RECORDED,
    );
    return { logTime: formatLogTime(timeUs), grants };
  }

  /** One process may be in a batch twice, by two ways: its requests are judged one after the other. */
  private async changesOf(
    asks: readonly LeaseAsk[],
    read: readonly KnownRow[],
  ): Promise<{ readonly rows: ReadonlyMap<string, LeaseRow>; readonly grants: LeaseGrant[] }> {
    const rows = new Map<string, LeaseRow>();
    let room = await this.roomFor(read);
    const grants = asks.map((ask, at) => {
      const moment = read[at];
      if (moment === undefined) return NOT_RECORDED;
      const key = keyOf(ask);
      const before = rows.get(key) ?? moment.lease;
      if (before === null) room -= 1;
      if (before === null && room < 0) return NOT_RECORDED;
      const refusal = this.enrolments.refusalOf(ask);
      const { grant, row } = rowAfter(before, ask, { ...moment, refusal });
      // However many requests of the batch changed the row, it is written once: so its count goes up by one.
      if (row !== null) rows.set(key, { ...row, renewal: (moment.lease?.renewal ?? 0) + 1 });
      return grant;
    });
    return { rows, grants };
  }

  private async readRows(asks: readonly LeaseAsk[]): Promise<{ state: LogState; moments: readonly KnownRow[] }> {
    const requests = asks.map(({ request }) => request);
    const known = asks.map((ask) => this.known.get(keyOf(ask)));
    const { rows } = await this.database.pool.query<LogState & (ReadRow | NoRow)>(
      selectRows([
        requests.map(({ gatewayId }) => gatewayId),
        requests.map(({ incarnation }) => incarnation),
        requests.map(({ process }) => process?.slot ?? null),
        requests.map(({ process }) => process?.verifierKey ?? null),
        known.map((row) => row?.lease?.renewal ?? null),
        this.basis,
      ]),
    );
    const [state] = rows;
    if (state === undefined) throw new Error('log_head has no row');
    if (state.basis !== this.basis) this.known.clear();
    this.basis = state.basis;
    const read = new Map(rows.flatMap((row) => (row.nth === null ? [] : [[Number(row.nth), row]])));
    return { state, moments: asks.map((_, at) => required(read.get(at + 1) ?? known[at])) };
  }

  /** Rows with a lease: what others decide by changes only with the log, and with it the basis. */
  private remember(
    asks: readonly LeaseAsk[],
    moments: readonly KnownRow[],
    written: { readonly rows: ReadonlyMap<string, LeaseRow>; readonly recorded: ReadonlySet<string> },
  ): void {
    if (this.known.size > MAX_LEASE_ROWS) this.known.clear();
    for (const [at, ask] of asks.entries()) {
      const key = keyOf(ask);
      const row = written.rows.get(key);
      const moment = moments[at];
      if (moment === undefined || row === undefined || row.lease_seconds === 0 || !written.recorded.has(key))
        this.known.delete(key);
      else this.known.set(key, { ...moment, lease: { ...row, cosignature: null } });
    }
  }

  /** How many rows may be made; asked only where there is one to make. */
  private async roomFor(read: readonly KnownRow[]): Promise<number> {
    if (read.every(({ lease }) => lease !== null)) return 0;
    const { rows } = await this.database.pool.query<{ rows: number }>(countRows);
    return MAX_LEASE_ROWS - (rows[0]?.rows ?? MAX_LEASE_ROWS);
  }

  /** @returns which rows were written, by {@link keyOf} */
  private async upsertRows(
    rows: readonly LeaseRow[],
    generation: number,
    timeUs: number,
  ): Promise<ReadonlySet<string>> {
    const values = [JSON.stringify(rows), generation, Math.ceil(timeUs), this.store.replica];
    // A row that a promoted standby lacks is one that nobody waits for: the old primary of a failover grants nothing.
    const written = await queryDurably<{ gateway_id: string; incarnation: string }>(
      this.database.pool,
      upsertRows(values),
    );
    return new Set(written.rows.map(({ gateway_id, incarnation }) => `${gateway_id} ${incarnation}`));
  }
}

const keyOf = (ask: LeaseAsk | undefined): string =>
  ask === undefined ? '' : `${ask.request.gatewayId} ${ask.request.incarnation}`;

/** A row and what decides beside it. */
type KnownRow = LeaseMoment & { readonly lease: LeaseRow | null };

/** What all rows of a read have in common. */
interface LogState extends ClockRow {
  readonly generation: number | null;
  /** Names server, state of the log and generation of the rows. */
  readonly basis: string;
}

type ReadRow = KnownRow & { readonly nth: string };

/** Where all rows are as they are known. */
interface NoRow {
  readonly nth: null;
}

function required(row: KnownRow | undefined): KnownRow {
  if (row === undefined) throw new Error('a lease row was neither read nor known');
  return row;
}

const countRows = `
  select count(*)::int as rows
  from keyfold.gateway_leases`;

// A row is left out that is as it is known: this process was the last to write it, on this server, with this log. One
// that has ended is not, since that is written without a renewal.
const selectRows = prepared(
  'keyfold_read_leases',
  `
  select
    asked.*,
    newest.generation, newest.basis,
    ${clockColumns()}
  from keyfold.log_head h
  cross join ${FORK_GENERATION}
  cross join lateral (
    select g.generation, concat_ws(' ', encode(h.root, 'hex'), g.generation, ${SERVER_IDENTITY}) as basis
    from (select max(g.generation) as generation from keyfold.lease_generations g) as g
  ) as newest
  left join lateral (
    select a.nth,
      case
        when l.id is not null then jsonb_build_object(
          'gateway_id', l.gateway_id, 'incarnation', l.incarnation, 'slot', l.slot, 'verifier_key', l.verifier_key,
          'enrolled_position', l.enrolled_position, 'version', l.version, 'no_lease', l.no_lease,
          'applied_position', l.applied_position, 'lease_seconds', l.lease_seconds, 'longest_seconds', l.longest_seconds,
          'kept_replies', l.kept_replies, 'renewal', l.renewal, 'ended', l.ended, 'cosigned_size', ${COSIGNED_SIZE},
          'cosignature', null, 'cosigned_at_seconds', l.cosigned_at_seconds
        )
      end as lease,
      ${SLOT_FACTS_COLUMNS},
      coalesce(
        (select (s.state -> 'settings' ->> 'gatewayLeaseSeconds')::int from keyfold.settings s where s.id = 1),
        60
      ) as setting_seconds
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) with ordinality
      as a (gateway_id, incarnation, slot, verifier_key, known_renewal, nth)
    left join keyfold.gateway_leases l on l.gateway_id = a.gateway_id
      and l.incarnation = a.incarnation
    ${SLOT_FACTS}
    where (newest.basis = $6::text and l.renewal = a.known_renewal and l.ended is null) is not true
  ) as asked on true
  where h.id = 1`,
);

// A row that another replica has written meanwhile is not the one that this was computed from: it is not written. In
// the order of their keys, so that batches of several replicas wait for one another in one direction only.
const upsertRows = prepared(
  'keyfold_upsert_leases',
  `
  with signed as (${recordSignedTimeSql('$4', '$3')}
  )
  insert into keyfold.gateway_leases as l (
    gateway_id, incarnation, slot, verifier_key, enrolled_position, version, no_lease, applied_position, lease_seconds, longest_seconds,
    kept_replies, logged_at, renewal, generation, ended, ended_at, cosigned_size, cosignature, cosigned_at_seconds
  )
  select r.gateway_id, r.incarnation, r.slot, r.verifier_key, r.enrolled_position, r.version, r.no_lease, r.applied_position,
    r.lease_seconds, r.longest_seconds, r.kept_replies, now.logged_at, r.renewal, $2::int, r.ended,
    case when r.ended is not null then now.logged_at end, r.cosigned_size, r.cosignature, r.cosigned_at_seconds
  from jsonb_to_recordset($1::jsonb) as r (
    gateway_id text, incarnation text, slot text, verifier_key text, enrolled_position bigint, version text, no_lease text,
    applied_position bigint, lease_seconds int, longest_seconds int, kept_replies jsonb, renewal bigint, ended text, cosigned_size bigint,
    cosignature text, cosigned_at_seconds bigint
  )
  cross join (select timestamptz 'epoch' + $3::bigint * interval '1 microsecond' as logged_at) as now
  order by r.gateway_id, r.incarnation
  on conflict on constraint gateway_leases_pkey do update
  set enrolled_position = excluded.enrolled_position, version = excluded.version, no_lease = excluded.no_lease,
    applied_position = excluded.applied_position, lease_seconds = excluded.lease_seconds, longest_seconds = excluded.longest_seconds,
    kept_replies = excluded.kept_replies, logged_at = greatest(l.logged_at, excluded.logged_at), renewal = excluded.renewal,
    generation = excluded.generation, ended = excluded.ended,
    ended_at = case when excluded.ended is not null then coalesce(l.ended_at, excluded.ended_at) end,
    cosigned_size = excluded.cosigned_size, cosignature = coalesce(excluded.cosignature, l.cosignature), cosigned_at_seconds = excluded.cosigned_at_seconds
  where l.renewal = excluded.renewal - 1
  returning gateway_id, incarnation`,
);
