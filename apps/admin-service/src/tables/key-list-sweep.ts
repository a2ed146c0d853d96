import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { DAY_MS } from '@keyfold/domain';
import type { LogTime } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { PeriodicTask } from '../platform/periodic-task.js';
import { ServiceLogger } from '../platform/service-logger.js';
import { withTransaction } from '../platform/with-transaction.js';
import { readPolicy } from './api-key-queries.js';
import { isNotBulkRevoked } from './bulk-revocations.js';
import { endsUnder } from './key-status-conditions.js';

const INTERVAL_MS = 2_000;
const BATCH_ROWS = 2_000;
const BUSY_PAUSE_MS = 20;
/** An advisory lock: any number that nothing else in the database locks. */
export const SWEEP_LOCK = 5_203_114_880;

/**
 * Keeps what key lists are read by: the effective expiry of each key under the policy in force, and its class. After a
 * change of the maximum lifetime or a bulk revocation, one record whatever the number of keys, it goes through all of
 * them in batches; lists do without meanwhile. Otherwise it looks for keys that have ended since the last time. A crash
 * between two batches leaves the sweep due.
 */
@Injectable()
export class KeyListSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly repeated: PeriodicTask;
  private isStopped = false;

  constructor(
    private readonly database: Database,
    { log }: ServiceLogger,
  ) {
    const failed = (error: unknown): void => {
      log.warn({ err: error }, 'key-list sweep failed; will retry');
    };
    this.repeated = new PeriodicTask(() => this.run(), INTERVAL_MS, failed);
  }

  onApplicationBootstrap(): void {
    this.repeated.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    await this.repeated.stop();
  }

  private run(): Promise<void> {
    return sweepKeyLists(this.database, () => this.isStopped);
  }
}

/** One round: until nothing is left to do, or another replica is at it. @param isStopped ends it between two batches */
export async function sweepKeyLists({ logTime, pool }: Database, isStopped: () => boolean): Promise<void> {
  let from: From = { position: 0, generation: null };
  for (;;) {
    const { next, isBusy } = await withTransaction(pool, (tx) => step(tx, from, logTime));
    if (next === null || isStopped()) return;
    from = next;
    // Behind the commit: the rows of the batch must not stay locked for a pause.
    if (isBusy) await delay(BUSY_PAUSE_MS);
  }
}

/** How far a sweep has come; one of another generation begins again. */
interface From {
  readonly position: number;
  readonly generation: string | null;
}

interface Step {
  /** Null if there is nothing more to do, or another replica is at it. */
  readonly next: From | null;
  /** Whether rows were passed over because something else has them locked. */
  readonly isBusy: boolean;
}

/**
 * No row is waited for while others are locked, so neither an append nor a use report can end in a deadlock with this.
 */
async function step(tx: pg.PoolClient, from: From, logTime: LogTime): Promise<Step> {
  const { rows } = await tx.query<{ is_due: boolean; generation: string }>(selectSweep);
  const [sweep] = rows;
  if (sweep === undefined) return { next: null, isBusy: false };
  // Behind the generation: were it read before, a change in between would be swept with the old maximum and not again.
  const { nowMs, settings } = await readPolicy(tx, logTime);
  if (!sweep.is_due) {
    const ended = await tx.query(endKeys, [nowMs, BATCH_ROWS]);
    return { next: ended.rowCount === BATCH_ROWS ? from : null, isBusy: false };
  }
  const { generation } = sweep;
  const maxDays = settings.settings.maxApiKeyLifetimeDays;
  const position = from.generation === generation ? from.position : 0;
  const swept = await sweepBatch(tx, position, { nowMs, longestMs: maxDays * DAY_MS });
  if (swept !== null) return { next: { position: swept.last, generation }, isBusy: swept.isBusy };
  await tx.query(finishSweep, [maxDays, generation]);
  return { next: { position: 0, generation: null }, isBusy: false };
}

/** @returns the position up to which all keys are swept, or null if there are no keys behind `position` */
async function sweepBatch(
  tx: pg.PoolClient,
  position: number,
  { nowMs, longestMs }: { nowMs: number; longestMs: number },
): Promise<{ last: number; isBusy: boolean } | null> {
  const batch = await tx.query<{ last: string | null; keys: string }>(selectBatch, [position, BATCH_ROWS]);
  const { last = null, keys = '0' } = batch.rows[0] ?? {};
  if (last === null) return null;
  const locked = await tx.query<{ key_id: string }>(lockBatch, [position, last]);
  // A statement of its own: it sees what those wrote for whose locks this one had come too early a moment ago.
  await tx.query(sweepKeys, [locked.rows.map(({ key_id }) => key_id), nowMs, longestMs]);
  return locked.rows.length === Number(keys) ? { last: Number(last), isBusy: false } : { last: position, isBusy: true };
}

const selectSweep = `
  select s.is_due, s.generation
  from keyfold.key_list_sweeps s
  where s.id = 1
    and pg_try_advisory_xact_lock(${SWEEP_LOCK})`;

// Ended for good: only another maximum lifetime, and so a sweep, can bring them back.
const endKeys = `
  update keyfold.api_keys
  set list_class = 'over'
  where key_id in (
    select key_id
    from keyfold.api_keys
    where list_class in ('live', 'pending')
      and ends_at_ms <= $1::bigint
    limit $2::int
    for update skip locked
  )`;

// Positions are committed in order, so no key can come to lie behind the one that was swept last.
const selectBatch = `
  select max(batch.created_position) as last, count(*) as keys
  from (
    select created_position
    from keyfold.api_keys
    where created_position > $1::bigint
    order by created_position
    limit $2::int
  ) as batch`;

const lockBatch = `
  select key_id
  from keyfold.api_keys
  where created_position > $1::bigint
    and created_position <= $2::bigint
  for update skip locked`;

// Keys that are written meanwhile are written under the maximum in force by the projection itself.
const sweepKeys = `
  update keyfold.api_keys as written
  set ends_at_ms = swept.ends_at_ms, list_class = swept.list_class
  from (
    select k.key_id, ends.at_ms as ends_at_ms,
      case
        when k.is_revoked or not (${isNotBulkRevoked}) then 'revoked'
        when k.superseded_until_ms is not null then 'superseded'
        when ends.at_ms <= $2::bigint then 'over'
        when k.is_pending then 'pending'
        else 'live'
      end as list_class
    from keyfold.api_keys k
    cross join lateral (select ${endsUnder('$3::bigint')} as at_ms) as ends
    where k.key_id = any ($1::text[])
  ) as swept
  where written.key_id = swept.key_id
    and (written.ends_at_ms is distinct from swept.ends_at_ms or written.list_class <> swept.list_class)`;

const finishSweep = `
  update keyfold.key_list_sweeps
  set is_due = false, max_days = $1::int
  where id = 1
    and generation = $2::bigint`;
