import type pg from 'pg';
import { DAY_MS, type KeyStatus } from '@keyfold/domain';
import type { Database } from '../platform/database.js';
import { readPolicy } from './api-key-queries.js';
import { type CountedRows, countRows } from './counted-key-rows.js';
import type { CountedKeys, CountLimits } from './counted-keys.js';
import { readKeptCounts, readUnsweptCounts } from './kept-key-counts.js';
import { readListPolicy } from './key-status-conditions.js';
import { withSnapshot } from './snapshot.js';

const WEEK_MS = 7 * DAY_MS;
/** 5 January 1970 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** That are counted, this one included. */
export const WEEKS = 52;

/** Days from the count to an effective expiry. */
export const DAYS_TO_END = [1, 7, 30, 60, 90] as const;
/** Days between creation and the count. */
export const DAYS_OF_AGE = [7, 30, 60, 90, 180] as const;
/** Days between last use, or else creation, and the count. */
export const DAYS_UNUSED = [30, 90] as const;

/** How many keys there are. All of it is of one position of the log, and of one moment. */
export interface KeyCounts {
  /** Log time of the count. */
  readonly countedAtMs: number;
  /** The log's last position then. */
  readonly position: number;
  readonly byStatus: Readonly<Record<KeyStatus, number>>;
  /** Active keys that end within so many days: a number for each of {@link DAYS_TO_END}. */
  readonly endingWithin: readonly number[];
  /** Active keys made more than so many days ago: a number for each of {@link DAYS_OF_AGE}. */
  readonly olderThan: readonly number[];
  /** Active keys made and last used more than so many days ago: a number for each of {@link DAYS_UNUSED}. */
  readonly unusedFor: readonly number[];
  /** Of a year, the oldest first; weeks begin on Monday, UTC. */
  readonly weeks: readonly { readonly startMs: number; readonly issued: number; readonly revoked: number }[];
}

/**
 * Counts keys on one snapshot. All keys are counted from what is kept for that, whatever their number; row by row are
 * counted those of a supervisor, and while a sweep of the key lists is due those that it can change.
 *
 * @param options.supervisorId counts the keys of those whom this user supervises; null: all
 * @param options.begun is told the position of the snapshot, as soon as there is one
 */
export function countKeys(
  { logTime, pool }: Database,
  { begun = () => undefined, supervisorId }: { supervisorId: string | null; begun?: (position: number) => void },
): Promise<KeyCounts> {
  return withSnapshot(pool, async (tx) => {
    const position = await readPosition(tx);
    begun(position);
    const { nowMs, settings } = await readPolicy(tx, logTime);
    const policy = await readListPolicy(tx, { settings: settings.settings, nowMs });
    const limits = limitsAt(nowMs);
    return { ...toCounts(await counted(tx, { limits, policy, supervisorId }), limits), position };
  });
}

function counted(tx: pg.ClientBase, counting: Omit<CountedRows, 'keys'>): Promise<CountedKeys> {
  const { limits, policy, supervisorId } = counting;
  if (supervisorId !== null) return countRows(tx, { ...counting, keys: 'all' });
  return policy.isSwept ? readKeptCounts(tx, limits) : readUnsweptCounts(tx, { limits, policy });
}

export function limitsAt(nowMs: number): CountLimits {
  const ago = (days: readonly number[]): number[] => days.map((each) => nowMs - each * DAY_MS).reverse();
  return {
    nowMs,
    ends: DAYS_TO_END.map((days) => nowMs + days * DAY_MS),
    made: ago(DAYS_OF_AGE),
    idle: ago(DAYS_UNUSED),
    firstWeek: weekOf(nowMs) - WEEKS + 1,
  };
}

function toCounts(counted: CountedKeys, { firstWeek, nowMs }: CountLimits): Omit<KeyCounts, 'position'> {
  const { byStatus, ends, idle, issued, made, revoked } = counted;
  const weeks = Array.from({ length: WEEKS }, (_, index) => ({
    startMs: FIRST_MONDAY_MS + (firstWeek + index) * WEEK_MS,
    issued: issued.get(firstWeek + index) ?? 0,
    revoked: revoked.get(firstWeek + index) ?? 0,
  }));
  return {
    countedAtMs: nowMs,
    byStatus,
    endingWithin: ends,
    olderThan: made.toReversed(),
    unusedFor: idle.toReversed(),
    weeks,
  };
}

/** The number of the week that an instant is in. Weeks begin on Monday, UTC. */
export function weekOf(ms: number): number {
  return Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS);
}

async function readPosition(tx: pg.ClientBase): Promise<number> {
  const { rows } = await tx.query<{ size: string }>('select size from keyfold.log_head where id = 1');
  return Number(rows[0]?.size ?? 0);
}
