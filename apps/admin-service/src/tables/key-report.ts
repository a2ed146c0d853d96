import type pg from 'pg';
import { DAY_MS } from '@keyfold/domain';
import type { Database } from '../platform/database.js';
import { readPolicy } from './api-key-queries.js';
import { isNotBulkRevoked } from './bulk-revocations.js';
import {
  firstRevokedAtMs,
  ownRevokedAtMs,
  PAGE_KEYS,
  pageEnd,
  startOf,
  weekIn,
  weekOf,
  WEEKS,
} from './key-counting.js';
import { type ListPolicy, readListPolicy } from './key-status-conditions.js';
import { withSnapshot } from './snapshot.js';

/** The least and the largest `bigint`. */
const BEFORE_ALL = '-9223372036854775808';
const BEHIND_ALL = '9223372036854775807';

/** Where one group of ages ends and the next begins, in days. */
export const AGE_LIMITS = [7, 30, 60, 90, 180] as const;
/** The same for the time that is left. */
export const EXPIRY_LIMITS = [1, 7, 30, 60, 90] as const;

export interface KeyReport {
  /** Log time of the count. */
  readonly countedAtMs: number;
  /** Active keys, by the group of their age: one group more than there are limits. */
  readonly byAge: readonly number[];
  /** The same keys, by the time to their effective expiry. */
  readonly byExpiry: readonly number[];
  /** Of a year, the oldest first; weeks begin on Monday, UTC. */
  readonly weeks: readonly { readonly startMs: number; readonly issued: number; readonly revoked: number }[];
}

/** How many keys were issued and revoked in each week before `until`, by the week's number. It never changes again. */
export interface PastWeeks {
  readonly until: number;
  readonly issued: Counts;
  readonly revoked: Counts;
}

type Counts = ReadonlyMap<number, number>;

/**
 * Counts keys for a report, all on one snapshot. While a sweep of the key lists is due, the rows of all keys are read:
 * slower, never wrong.
 *
 * @param known what an earlier report found: weeks that are over are then not counted again
 */
export async function reportKeys(
  { logTime, pool }: Database,
  known: PastWeeks | null,
): Promise<{ readonly report: KeyReport; readonly past: PastWeeks | null }> {
  return withSnapshot(pool, async (tx) => {
    const { nowMs, settings } = await readPolicy(tx, logTime);
    const policy = await readListPolicy(tx, { settings: settings.settings, nowMs });
    const week = weekOf(nowMs);
    const past = known?.until === week ? known : null;
    const active = await (policy.isSwept ? countActive(tx, nowMs) : countActiveByRows(tx, policy));
    const issued = await countIssued(tx, week, past);
    const revoked = await (policy.isSwept && past !== null
      ? countRevoked(tx, week, past)
      : countRevokedRows(tx, policy.isSwept));
    const first = week - WEEKS + 1;
    const weeks = Array.from({ length: WEEKS }, (_, index) => ({
      startMs: startOf(first + index),
      issued: issued.get(first + index) ?? 0,
      revoked: revoked.get(first + index) ?? 0,
    }));
    const before = { until: week, issued: upTo(week, issued), revoked: upTo(week, revoked) };
    return { report: { countedAtMs: nowMs, ...active, weeks }, past: before };
  });
}

function upTo(week: number, counts: Counts): Counts {
  return new Map([...counts].filter(([number]) => number < week));
}

type Active = Pick<KeyReport, 'byAge' | 'byExpiry'>;

interface ActiveRow {
  readonly age: number;
  readonly expiry: number;
  readonly keys: number;
}

/** Of the one index that has class, end and position, and of nothing else: positions are in the order of creation. */
async function countActive(tx: pg.ClientBase, nowMs: number): Promise<Active> {
  const limits = await tx.query<{ positions: string[] }>(selectPositions, [agesBefore(nowMs), BEHIND_ALL]);
  const positions = limits.rows[0]?.positions ?? [];
  const { rows } = await tx.query<ActiveRow>(selectActive, [nowMs, positions, endsAfter(nowMs)]);
  return grouped(rows);
}

async function countActiveByRows(tx: pg.ClientBase, { endsAt, nowMs }: ListPolicy): Promise<Active> {
  const values = [nowMs, agesBefore(nowMs), endsAfter(nowMs)];
  return grouped(await countByPages<ActiveRow>(tx, { text: selectActiveRows(endsAt), start: '0', values }));
}

/** The instants at which keys of each limit were made, the oldest first. */
function agesBefore(nowMs: number): number[] {
  return AGE_LIMITS.map((days) => nowMs - days * DAY_MS).reverse();
}

function endsAfter(nowMs: number): number[] {
  return EXPIRY_LIMITS.map((days) => nowMs + days * DAY_MS);
}

/** `width_bucket` counts how many limits a value has reached; the youngest keys have reached all that were given. */
function grouped(rows: readonly ActiveRow[]): Active {
  const byAge = Array.from({ length: AGE_LIMITS.length + 1 }, () => 0);
  const byExpiry = Array.from({ length: EXPIRY_LIMITS.length + 1 }, () => 0);
  for (const { age, expiry, keys } of rows) {
    byAge[AGE_LIMITS.length - age] = (byAge[AGE_LIMITS.length - age] ?? 0) + keys;
    byExpiry[expiry] = (byExpiry[expiry] ?? 0) + keys;
  }
  return { byAge, byExpiry };
}

interface WeekRow {
  readonly week: number;
  readonly keys: number;
}

async function countIssued(tx: pg.ClientBase, week: number, past: PastWeeks | null): Promise<Counts> {
  const { rows } = await tx.query<WeekRow>(selectIssued, [startOf(past === null ? week - WEEKS + 1 : week)]);
  return new Map([...(past?.issued ?? []), ...rows.map(({ keys, week: of }) => [of, keys] as const)]);
}

/**
 * Keys revoked this week are all revoked keys less those of earlier weeks, so no row of a key that was revoked long ago
 * is read.
 */
async function countRevoked(tx: pg.ClientBase, week: number, { revoked }: PastWeeks): Promise<Counts> {
  const { rows } = await tx.query<{ keys: number }>(selectRevoked);
  const before = [...revoked.values()].reduce((sum, keys) => sum + keys, 0);
  return new Map([...revoked, [week, (rows[0]?.keys ?? 0) - before]]);
}

async function countRevokedRows(tx: pg.ClientBase, isSwept: boolean): Promise<Counts> {
  const total = new Map<number, number>();
  const pages = { text: selectRevokedRows(isSwept), start: BEFORE_ALL, values: [] };
  for (const { keys, week } of await countByPages<WeekRow>(tx, pages)) total.set(week, (total.get(week) ?? 0) + keys);
  return total;
}

interface Pages {
  /** A query of one row. Its parameters: where the previous page ended, how many keys to read, and then `values`. */
  readonly text: string;
  readonly start: string;
  readonly values: readonly unknown[];
}

async function countByPages<Group>(tx: pg.ClientBase, { start, text, values }: Pages): Promise<Group[]> {
  const found: Group[] = [];
  for (let after: string | null = start; after !== null;) {
    const { rows }: pg.QueryResult<{ groups: Group[] | null; last: string | null }> = await tx.query(text, [
      after,
      PAGE_KEYS,
      ...values,
    ]);
    found.push(...(rows[0]?.groups ?? []));
    after = rows[0]?.last ?? null;
  }
  return found;
}

// Of each instant the first position at it or later; behind all where no key is that young.
const selectPositions = `
  select array_agg(coalesce(first.created_position, $2::bigint) order by asked.at_ms) as positions
  from unnest($1::bigint[]) as asked (at_ms)
  left join lateral (
    select k.created_position
    from keyfold.api_keys k
    where k.created_at_ms >= asked.at_ms
    order by k.created_at_ms, k.created_position
    limit 1
  ) as first on true`;

const selectActive = `
  select width_bucket(k.created_position, $2::bigint[]) as age, width_bucket(k.ends_at_ms, $3::bigint[]) as expiry,
    count(*)::int as keys
  from keyfold.api_keys k
  where k.list_class = 'live'
    and k.ends_at_ms > $1::bigint
  group by 1, 2`;

const selectActiveRows = (endsAt: string): string => `
  with page as materialized (
    select k.created_position, k.created_at_ms, ${endsAt} as ends_at_ms,
      not k.is_pending and not k.is_revoked and k.superseded_until_ms is null and ${isNotBulkRevoked} as is_living
    from keyfold.api_keys k
    where k.created_position > $1::bigint
    order by k.created_position
    limit $2::int
  ),
  groups as (
    select width_bucket(p.created_at_ms, $4::bigint[]) as age, width_bucket(p.ends_at_ms, $5::bigint[]) as expiry,
      count(*)::int as keys
    from page p
    where p.is_living
      and p.ends_at_ms > $3::bigint
    group by 1, 2
  )
  select (select jsonb_agg(g) from groups g) as groups, ${pageEnd('created_position')}`;

const selectIssued = `
  select (${weekIn('k.created_at_ms')})::int as week, count(*)::int as keys
  from keyfold.api_keys k
  where k.created_at_ms >= $1::bigint
  group by 1`;

const selectRevoked = `
  select count(*)::int as keys
  from keyfold.api_keys k
  where k.list_class = 'revoked'`;

const selectRevokedRows = (isSwept: boolean): string => {
  // As the index on the class is sorted.
  const order = isSwept ? '-k.created_position' : 'k.created_position';
  return `
  with page as materialized (
    select k.user_id, k.created_position, k.created_at_ms, ${order} as place,
      ${isSwept ? 'true' : `(k.is_revoked or not (${isNotBulkRevoked}))`} as is_revoked,
      ${ownRevokedAtMs} as own_revoked_at_ms
    from keyfold.api_keys k
    where ${order} > $1::bigint
      ${isSwept ? `and k.list_class = 'revoked'` : ''}
    order by ${order}
    limit $2::int
  ),
  revocations as (
    select ${firstRevokedAtMs('p')} as at_ms
    from page p
    where p.is_revoked
  ),
  groups as (
    select ${weekIn('r.at_ms')} as week, count(*)::int as keys
    from revocations r
    group by 1
  )
  select (select jsonb_agg(g) from groups g) as groups, ${pageEnd('place')}`;
};
