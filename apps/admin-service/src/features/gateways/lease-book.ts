import { Injectable } from '@nestjs/common';
import { clockColumns, formatLogTime, PostgresEventStore, prepared, type ClockRow } from '@keyfold/event-store';
import type { LeaseAsk, LeaseBook, LeaseGrant } from '@keyfold/messaging';
import type pg from 'pg';
import { Database } from '../../platform/database.js';
import { withTransaction } from '../../platform/with-transaction.js';
import { GatewayEnrolments } from './gateway-enrolments.js';
import { rowAfter, type LeaseMoment, type LeaseRow } from './lease-row.js';
import { SLOT_FACTS, SLOT_FACTS_COLUMNS } from './slot-facts.js';

/** Only holders of the shared secret make rows; more processes than this are no gateways of one installation. */
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
   * Locks the rows in the order of their keys, so that batches of several replicas cannot block one another for good; commits them together with the
   * log time. If we crash before the commit no head leaves; after it the rows count, whether or not one does.
   */
  async commit(asks: readonly LeaseAsk[]): Promise<{ logTime: string; grants: LeaseGrant[] }> {
    await this.store.begin();
    const outcome = await withTransaction(this.database.pool, async (tx) => {
      const asked = this.database.logTime.moment();
      const locked = await lockRows(tx, asks);
      const timeUs = this.database.logTime.observe(clockOf(locked), asked);
      await this.store.recordSignedTime(tx, timeUs);
      const changes = await this.changesOf(tx, asks, locked);
      const recorded = await upsertRows(tx, [...changes.rows.values()], locked[0]?.generation ?? 1, timeUs);
      return { timeUs, grants: changes.grants, recorded };
    });
    for (const [at, { noLease }] of outcome.grants.entries()) if (noLease !== null) this.enrolments.forget(asks[at]);
    // A row that was not written gives no lease: nobody could wait for it.
    const isRecorded = (at: number): boolean => outcome.recorded.has(keyOf(asks[at]));
    const grants = outcome.grants.map((grant, at) =>
      grant.leaseSeconds === 0 || isRecorded(at) ? grant : NOT_RECORDED,
    );
    return { logTime: formatLogTime(outcome.timeUs), grants };
  }

  /** One process may be in a batch twice, by two ways: its requests are judged one after the other. */
  private async changesOf(
    tx: pg.ClientBase,
    asks: readonly LeaseAsk[],
    locked: readonly LockedRow[],
  ): Promise<{ readonly rows: ReadonlyMap<string, LeaseRow>; readonly grants: LeaseGrant[] }> {
    const rows = new Map<string, LeaseRow>();
    let room = await roomFor(tx, locked);
    const grants = asks.map((ask, at) => {
      const moment = locked[at];
      if (moment === undefined) return NOT_RECORDED;
      const key = keyOf(ask);
      const before = rows.get(key) ?? moment.lease;
      if (before === null) room -= 1;
      if (before === null && room < 0) return NOT_RECORDED;
      const { grant, row } = rowAfter(before, ask, moment);
      // One write of the row, whatever it holds: the next count after the one that was locked.
      if (row !== null) rows.set(key, { ...row, renewal: (moment.lease?.renewal ?? 0) + 1 });
      return grant;
    });
    return { rows, grants };
  }
}

const keyOf = (ask: LeaseAsk | undefined): string =>
  ask === undefined ? '' : `${ask.request.gatewayId} ${ask.request.incarnation}`;

type LockedRow = LeaseMoment & ClockRow & { readonly generation: number; readonly lease: LeaseRow | null };

async function lockRows(tx: pg.ClientBase, asks: readonly LeaseAsk[]): Promise<readonly LockedRow[]> {
  const requests = asks.map(({ request }) => request);
  const { rows } = await tx.query<LockedRow>(
    lockRowsSql([
      requests.map(({ gatewayId }) => gatewayId),
      requests.map(({ incarnation }) => incarnation),
      requests.map(({ process }) => process?.slot ?? null),
      requests.map(({ process }) => process?.verifierKey ?? null),
    ]),
  );
  return rows;
}

function clockOf([first]: readonly LockedRow[]): ClockRow {
  if (first === undefined) throw new Error('log_head has no row');
  return first;
}

/** How many rows may be made; asked only where there is one to make. */
async function roomFor(tx: pg.ClientBase, locked: readonly LockedRow[]): Promise<number> {
  if (locked.every(({ lease }) => lease !== null)) return 0;
  const { rows } = await tx.query<{ rows: number }>(countRows);
  return MAX_LEASE_ROWS - (rows[0]?.rows ?? MAX_LEASE_ROWS);
}

/** @returns which rows were written, by {@link keyOf} */
async function upsertRows(
  tx: pg.ClientBase,
  rows: readonly LeaseRow[],
  generation: number,
  timeUs: number,
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const values = [JSON.stringify(rows), generation, Math.floor(timeUs)];
  const written = await tx.query<{ gateway_id: string; incarnation: string }>(upsertRowsSql(values));
  return new Set(written.rows.map(({ gateway_id, incarnation }) => `${gateway_id} ${incarnation}`));
}

const countRows = `
  select count(*)::int as rows
  from keyfold.gateway_leases`;

const lockRowsSql = prepared(
  'keyfold_lock_leases',
  `
  with asked as (
    select a.gateway_id, a.incarnation, a.slot, a.verifier_key, a.nth
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as a (gateway_id, incarnation, slot, verifier_key, nth)
  ), locked as materialized (
    select l.gateway_id, l.incarnation, l.slot, l.verifier_key, l.enrolled_position, l.version, l.no_lease, l.applied_position,
      l.lease_seconds, l.longest_seconds, l.kept_replies, l.renewal, l.ended, l.cosigned_size, l.cosignature, l.cosigned_at_seconds
    from keyfold.gateway_leases l
    where (l.gateway_id, l.incarnation) in (select a.gateway_id, a.incarnation from asked a)
    order by l.gateway_id, l.incarnation
    for update
  )
  select to_jsonb(l) as lease, ${SLOT_FACTS_COLUMNS},
    coalesce(
      (select (s.state -> 'settings' ->> 'gatewayLeaseSeconds')::int from keyfold.settings s where s.id = 1),
      60
    ) as setting_seconds,
    (select max(g.generation) from keyfold.lease_generations g) as generation,
    ${clockColumns()}
  from asked a
  join keyfold.log_head h on h.id = 1
  left join locked l on l.gateway_id = a.gateway_id
    and l.incarnation = a.incarnation
  ${SLOT_FACTS}
  order by a.nth`,
);

// A row that another replica has made meanwhile is not the one that this was computed from: it is not written.
const upsertRowsSql = prepared(
  'keyfold_upsert_leases',
  `
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
    cosigned_size = excluded.cosigned_size, cosignature = excluded.cosignature, cosigned_at_seconds = excluded.cosigned_at_seconds
  where l.renewal = excluded.renewal - 1
  returning gateway_id, incarnation`,
);
