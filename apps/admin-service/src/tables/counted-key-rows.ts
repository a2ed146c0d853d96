import type pg from 'pg';
import { DAY_MS, KEY_STATUSES, type KeyStatus } from '@keyfold/domain';
import { isNotBulkRevoked } from './bulk-revocations.js';
import { type CountedKeys, type CountLimits, idlePlace } from './counted-keys.js';
import type { ListPolicy } from './key-status-conditions.js';

/** Keys whose rows one statement reads: all of them at once would meet its time limit. */
const PAGE_KEYS = 100_000;

interface Counting {
  readonly limits: CountLimits;
  readonly policy: ListPolicy;
  /** Counts the keys of those whom this user supervises; null: all. */
  readonly supervisorId: string | null;
}

/** Counts keys row by row, page by page, all on the transaction's snapshot. Agrees with `keyStatus`. */
export async function countRows(tx: pg.ClientBase, { limits, policy, supervisorId }: Counting): Promise<CountedKeys> {
  const totals = new Totals(limits);
  const { ends, idle, made, nowMs } = limits;
  const text = countPage(policy, supervisorId !== null);
  const values = [PAGE_KEYS, nowMs, ends, made, idle, ...(supervisorId === null ? [] : [supervisorId])];
  // A page is put together in memory, and by one plan for all pages.
  await tx.query(`set local work_mem = '32MB'; set local jit = off`);
  for (let after: number | null = 0; after !== null;) {
    const { rows }: pg.QueryResult<GroupRow> = await tx.query<GroupRow>(text, [after, ...values]);
    for (const row of rows) totals.add(row);
    const isLast: boolean = rows.reduce((sum, { keys }) => sum + keys, 0) < PAGE_KEYS;
    after = isLast ? null : Math.max(...rows.map(({ last }) => Number(last)));
  }
  return totals.counted;
}

/** Keys of a page that are alike. */
interface GroupRow {
  readonly status: KeyStatus;
  /** How many limits of each kind active keys have reached; null for other keys. */
  readonly ends: number | null;
  readonly made: number | null;
  readonly idle: number | null;
  /** Numbers of weeks. */
  readonly issued: number;
  readonly revoked: number | null;
  readonly keys: number;
  /** The largest position. */
  readonly last: string;
}

class Totals {
  private readonly byStatus = Object.fromEntries(KEY_STATUSES.map((status) => [status, 0])) as Record<
    KeyStatus,
    number
  >;
  private readonly ends: number[];
  private readonly made: number[];
  private readonly idle: number[];
  private readonly issued = new Map<number, number>();
  private readonly revoked = new Map<number, number>();

  constructor(private readonly limits: CountLimits) {
    this.ends = limits.ends.map(() => 0);
    this.made = limits.made.map(() => 0);
    this.idle = limits.idle.map(() => 0);
  }

  add({ ends, idle, issued, keys, made, revoked, status }: GroupRow): void {
    this.byStatus[status] += keys;
    addBefore(this.ends, ends, keys);
    addBefore(this.made, made, keys);
    addBefore(this.idle, idle, keys);
    this.addTo(this.issued, issued, keys);
    this.addTo(this.revoked, revoked, keys);
  }

  private addTo(weeks: Map<number, number>, week: number | null, keys: number): void {
    if (week !== null && week >= this.limits.firstWeek) weeks.set(week, (weeks.get(week) ?? 0) + keys);
  }

  get counted(): CountedKeys {
    const { byStatus, ends, idle, issued, made, revoked } = this;
    return { byStatus, ends, idle, issued, made, revoked };
  }
}

/** Keys that have reached so many limits come before all others of them. */
function addBefore(counts: number[], reached: number | null, keys: number): void {
  if (reached === null) return;
  for (let nth = reached; nth < counts.length; nth++) counts[nth] = (counts[nth] ?? 0) + keys;
}

const weekIn = (ms: string): string => `((${ms} - ${4 * DAY_MS}) / ${7 * DAY_MS})::int`;

// A key that the sweep has not come to yet was revoked by no record of its own.
const revokedAtMs = (isSwept: boolean): string =>
  isSwept
    ? 'k.revoked_at_ms'
    : `coalesce(k.revoked_at_ms, (
        select min(b.at_ms)
        from keyfold.bulk_revocation_records b
        where b.user_id in (k.user_id, '')
          and b.position > k.created_position
          and (b.issued_before_ms is null or k.created_at_ms < b.issued_before_ms)
      ))`;

// The class says what a key's own records and time have made of it; what it does not say before the sweep is which keys
// are revoked in bulk, and which have ended. Only what an index has is named here: see migration 0019.
const page = ({ isSwept }: ListPolicy, isOfSupervisor: boolean): string => `
    select k.created_position, k.created_at_ms, k.list_class, k.issued_at_ms, k.own_expires_at_ms, k.revoked_at_ms,
      k.user_id, k.issued_at_ms is null as is_pending, ${isSwept ? 'k.ends_at_ms' : 'null::bigint as ends_at_ms'},
      k.list_class = 'revoked'${isSwept ? '' : ` or not (${isNotBulkRevoked})`} as is_revoked
    from keyfold.api_keys k
    ${pageOf('k', isOfSupervisor)}`;

/** Of keys and of their uses the same page: each key has a row there. */
const pageOf = (alias: string, isOfSupervisor: boolean): string => `where ${alias}.created_position > $1::bigint
      ${isOfSupervisor ? `and ${alias}.supervisor_id = $7::text` : ''}
    order by ${alias}.created_position
    limit $2::int`;

const statusOf = (isSwept: boolean): string => `
      case
        when k.is_revoked then 'revoked'
        when k.list_class = 'superseded' then 'superseded'
        when ${isSwept ? `k.list_class = 'over' or ` : ''}k.ends_at_ms <= $3::bigint then 'expired'
        when k.is_pending then 'pending'
        else 'active'
      end`;

// A key that has not been claimed has no beginning of its lifetime.
const countPage = (policy: ListPolicy, isOfSupervisor: boolean): string => `
  select k.status,
    case when k.status = 'active' then width_bucket(k.ends_at_ms, $4::bigint[]) end as ends,
    case when k.status = 'active' then width_bucket(k.created_at_ms, $5::bigint[]) end as made,
    case when k.status = 'active' then ${idlePlace('k', 'u', '$6')} end as idle,
    ${weekIn('k.created_at_ms')} as issued,
    case when k.status = 'revoked' then ${weekIn(revokedAtMs(policy.isSwept))} end as revoked,
    count(*)::int as keys, max(k.created_position) as last
  from (
    select k.*, ${statusOf(policy.isSwept)} as status
    from (
      select k.created_position, k.created_at_ms, k.list_class, k.is_revoked, k.is_pending, k.revoked_at_ms, k.user_id,
        ${policy.endsAt} as ends_at_ms
      from (${page(policy, isOfSupervisor)}) as k
    ) as k
  ) as k
  left join (
    select u.created_position, u.last_use
    from keyfold.key_uses u
    ${pageOf('u', isOfSupervisor)}
  ) as u on u.created_position = k.created_position
  group by 1, 2, 3, 4, 5, 6`;
