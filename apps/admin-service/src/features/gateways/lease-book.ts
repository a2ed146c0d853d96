import { Injectable } from '@nestjs/common';
import {
  clockColumns,
  type ClockRow,
  formatLogTime,
  PostgresEventStore,
  prepared,
  queryDurably,
  recordSignedTimeSql,
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

/** The lease rows in Postgres. */
@Injectable()
export class PostgresLeaseBook implements LeaseBook {
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
    const timeUs = this.database.logTime.observe(clockOf(read), asked);
    const changes = await this.changesOf(asks, read);
    const recorded = await this.upsertRows([...changes.rows.values()], read[0]?.generation ?? 1, timeUs);
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
    read: readonly ReadRow[],
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

  private async readRows(asks: readonly LeaseAsk[]): Promise<readonly ReadRow[]> {
    const requests = asks.map(({ request }) => request);
    const { rows } = await this.database.pool.query<ReadRow>(
      selectRows([
        requests.map(({ gatewayId }) => gatewayId),
        requests.map(({ incarnation }) => incarnation),
        requests.map(({ process }) => process?.slot ?? null),
        requests.map(({ process }) => process?.verifierKey ?? null),
      ]),
    );
    return rows;
  }

  /** How many rows may be made; asked only where there is one to make. */
  private async roomFor(read: readonly ReadRow[]): Promise<number> {
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

type ReadRow = LeaseMoment & ClockRow & { readonly generation: number; readonly lease: LeaseRow | null };

function clockOf([first]: readonly ReadRow[]): ClockRow {
  if (first === undefined) throw new Error('log_head has no row');
  return first;
}

const countRows = `
  select count(*)::int as rows
  from keyfold.gateway_leases`;

const selectRows = prepared(
  'keyfold_read_leases',
  `
  select
    case
      when l.id is not null then jsonb_build_object(
        'gateway_id', l.gateway_id, 'incarnation', l.incarnation, 'slot', l.slot, 'verifier_key', l.verifier_key,
        'enrolled_position', l.enrolled_position, 'version', l.version, 'no_lease', l.no_lease, 'applied_position', l.applied_position,
        'lease_seconds', l.lease_seconds, 'longest_seconds', l.longest_seconds, 'kept_replies', l.kept_replies, 'renewal', l.renewal,
        'ended', l.ended, 'cosigned_size', ${COSIGNED_SIZE}, 'cosignature', null, 'cosigned_at_seconds', l.cosigned_at_seconds
      )
    end as lease,
    ${SLOT_FACTS_COLUMNS},
    coalesce(
      (select (s.state -> 'settings' ->> 'gatewayLeaseSeconds')::int from keyfold.settings s where s.id = 1),
      60
    ) as setting_seconds,
    (select max(g.generation) from keyfold.lease_generations g) as generation,
    ${clockColumns()}
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as a (gateway_id, incarnation, slot, verifier_key, nth)
  join keyfold.log_head h on h.id = 1
  left join keyfold.gateway_leases l on l.gateway_id = a.gateway_id
    and l.incarnation = a.incarnation
  cross join ${FORK_GENERATION}
  ${SLOT_FACTS}
  order by a.nth`,
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
