import { DAY_MS, KEY_STATUSES, type KeyStatus } from '@keyfold/domain';
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
import { endsUnder } from './key-status-conditions.js';

export const ENDING_DAYS = [1, 7, 30] as const;
export const UNUSED_DAYS = [30, 90] as const;

/** How many keys there are, by what an administrator looks after. */
export interface KeySummary {
  /** Log time of the count. */
  readonly countedAtMs: number;
  readonly byStatus: Readonly<Record<KeyStatus, number>>;
  /** Active keys whose effective expiry is that near, by days. */
  readonly ending: readonly number[];
  /** Active keys as old as that which have not been used since, by days. */
  readonly unused: readonly number[];
  /** Of a year, the oldest first; weeks begin on Monday, UTC. */
  readonly weeks: readonly { readonly startMs: number; readonly issued: number; readonly revoked: number }[];
}

/**
 * Counts all keys, page by page. Each page is of its own moment, so what changes meanwhile may be counted as it was or
 * as it is.
 *
 * @param supervisorId counts the keys of those whom this user supervises; null: all
 */
export async function countKeys({ logTime, pool }: Database, supervisorId: string | null): Promise<KeySummary> {
  const { nowMs, settings } = await readPolicy(pool, logTime);
  const maxLifetimeMs = settings.settings.maxApiKeyLifetimeDays * DAY_MS;
  const total = new Totals(nowMs, weekOf(nowMs) - WEEKS + 1);
  for (let after: string | null = '0'; after !== null;) {
    const values: unknown[] = [after, PAGE_KEYS, supervisorId, nowMs, total.firstWeek];
    const { rows } = await pool.query<PageRow>(countPage(maxLifetimeMs), values);
    const page: PageRow | undefined = rows[0];
    if (page === undefined) throw new Error('a count has a row');
    total.add(page);
    after = page.last;
  }
  return total.summary;
}

interface PageRow {
  readonly by_status: Partial<Record<KeyStatus, number>> | null;
  readonly ending: readonly number[];
  readonly unused: readonly number[];
  /** Numbers by the week's number. */
  readonly issued: Readonly<Record<string, number>> | null;
  readonly revoked: Readonly<Record<string, number>> | null;
  /** The position that the page ends with; null if it was the last one. */
  readonly last: string | null;
}

class Totals {
  private readonly byStatus = Object.fromEntries(KEY_STATUSES.map((status) => [status, 0])) as Record<
    KeyStatus,
    number
  >;
  private ending: readonly number[] = ENDING_DAYS.map(() => 0);
  private unused: readonly number[] = UNUSED_DAYS.map(() => 0);
  private readonly weeks = Array.from({ length: WEEKS }, () => ({ issued: 0, revoked: 0 }));

  constructor(
    private readonly nowMs: number,
    readonly firstWeek: number,
  ) {}

  add(page: PageRow): void {
    for (const status of KEY_STATUSES) this.byStatus[status] += page.by_status?.[status] ?? 0;
    this.ending = this.ending.map((count, index) => count + (page.ending[index] ?? 0));
    this.unused = this.unused.map((count, index) => count + (page.unused[index] ?? 0));
    for (const [index, week] of this.weeks.entries()) {
      const number = String(this.firstWeek + index);
      week.issued += page.issued?.[number] ?? 0;
      week.revoked += page.revoked?.[number] ?? 0;
    }
  }

  get summary(): KeySummary {
    const weeks = this.weeks.map((week, index) => ({
      startMs: startOf(this.firstWeek + index),
      ...week,
    }));
    return { countedAtMs: this.nowMs, byStatus: this.byStatus, ending: this.ending, unused: this.unused, weeks };
  }
}

// Agrees with `keyStatus`.
const countPage = (maxLifetimeMs: number): string => `
  with page as materialized (
    select k.user_id, k.created_position, k.created_at_ms, k.is_revoked, k.superseded_until_ms, k.is_pending,
      ${endsUnder(maxLifetimeMs)} as ends_at_ms,
      ${ownRevokedAtMs} as own_revoked_at_ms,
      ${isNotBulkRevoked} as is_not_bulk_revoked
    from keyfold.api_keys k
    where k.created_position > $1::bigint
      and ($3::text is null or k.supervisor_id = $3::text)
    order by k.created_position
    limit $2::int
  ),
  keys as materialized (
    select page.*, u.last_use,
      case
        when page.is_revoked or not page.is_not_bulk_revoked then 'revoked'
        when page.superseded_until_ms is not null then 'superseded'
        when page.ends_at_ms <= $4::bigint then 'expired'
        when page.is_pending then 'pending'
        else 'active'
      end as status
    from page
    join keyfold.key_uses u on u.created_position = page.created_position
  ),
  revocations as (
    select ${firstRevokedAtMs('k')} as at_ms
    from keys k
    where k.status = 'revoked'
  )
  select
    (select jsonb_object_agg(s.status, s.keys) from (select status, count(*) as keys from keys group by status) s) as by_status,
    ${counts(ENDING_DAYS, (days) => `status = 'active' and ends_at_ms <= $4::bigint + ${days * DAY_MS}`)} as ending,
    ${counts(
      UNUSED_DAYS,
      (days) => `status = 'active' and created_at_ms <= $4::bigint - ${days * DAY_MS}
        and last_use < to_timestamp(($4::float8 - ${days * DAY_MS}) / 1000)`,
    )} as unused,
    ${byWeek('created_at_ms', 'keys')} as issued,
    ${byWeek('at_ms', 'revocations')} as revoked,
    ${pageEnd('created_position')}`;

function counts(days: readonly number[], condition: (days: number) => string): string {
  return `array[${days.map((each) => `(select count(*)::int from keys where ${condition(each)})`).join(', ')}]`;
}

function byWeek(ms: string, of: string): string {
  return `(
      select jsonb_object_agg(w.week, w.keys)
      from (select ${weekIn(ms)} as week, count(*) as keys from ${of} group by 1) w
      where w.week >= $5::int
    )`;
}
