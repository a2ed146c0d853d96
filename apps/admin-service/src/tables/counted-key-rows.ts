import type pg from 'pg';
import { DAY_MS, KEY_STATUSES, type KeyStatus } from '@keyfold/domain';
import { isNotBulkRevoked, isOtherThanRevoked } from './bulk-revocations.js';
import { type CountedKeys, type CountLimits, idlePlace } from './counted-keys.js';
import type { ListPolicy } from './key-status-conditions.js';

// Keys are joined in memory. In the middle of a sweep the planner takes the index for as costly as the table, and reads
// that: ten times its size. A statement over the rows of some million keys may take longer than others may.
const settings = `
  set local work_mem = '32MB';
  set local jit = off;
  set local enable_seqscan = off;
  set local enable_bitmapscan = off;
  set local statement_timeout = '60s'`;

/** Which keys are counted row by row. */
export interface CountedRows {
  readonly limits: CountLimits;
  readonly policy: ListPolicy;
  /** Of those whom this user supervises; null: of all. */
  readonly supervisorId: string | null;
  /**
   * All: keys of every status. Unrevoked: without those whose class says that they are revoked. Active: those alone,
   * where the class says which keys are revoked.
   */
  readonly keys: 'all' | 'unrevoked' | 'active';
}

/**
 * Counts keys row by row, on the transaction's snapshot, from indexes alone (see migration 0020). Agrees with
 * `keyStatus`. Only keys that may be active are joined with their uses, as only of those it matters.
 */
export async function countRows(tx: pg.ClientBase, rows: CountedRows): Promise<CountedKeys> {
  const { limits, supervisorId } = rows;
  const totals = new Totals(limits);
  const { ends, idle, made, nowMs } = limits;
  const values = [nowMs, ...(supervisorId === null ? [] : [supervisorId])];
  await tx.query(settings);
  for (const text of activeStatements(rows)) {
    const { rows: groups } = await tx.query<GroupRow>(text, [...values, ends, made, idle]);
    for (const group of groups) totals.add(group);
  }
  if (rows.keys === 'active') return totals.counted;
  const { rows: groups } = await tx.query<GroupRow>(selectOthers(rows), values);
  for (const group of groups) totals.add(group);
  return totals.counted;
}

/** Keys that are alike. */
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

// The class says what a key's own records have made of it. What it does not say before the sweep is which keys are
// revoked in bulk, and whether a key that is live or over has ended.
const isLive = `k.list_class = 'live'`;
/** What only a lower maximum lifetime has ended: another one may bring it back. */
const isCapped = ({ longestMs }: ListPolicy): string =>
  `k.list_class = 'over' and k.own_expires_at_ms > k.ends_at_ms and k.issued_at_ms > $1::bigint - ${longestMs}`;

/** Only what the indexes have is named here. */
const rowsOf = (condition: string, { policy, supervisorId }: CountedRows): string => `
      select k.created_position, k.created_at_ms, k.list_class, k.revoked_at_ms, k.user_id, k.is_pending,
        ${policy.endsAt} as ends_at_ms
      from (
        select k.created_position, k.created_at_ms, k.list_class, k.issued_at_ms, k.own_expires_at_ms, k.revoked_at_ms,
          k.user_id, k.issued_at_ms is null as is_pending, k.ends_at_ms
        from keyfold.api_keys k
        where ${condition}
          ${supervisorId === null ? '' : 'and k.supervisor_id = $2::text'}
      ) as k`;

function activeStatements(rows: CountedRows): string[] {
  const { keys, policy, supervisorId } = rows;
  const first = supervisorId === null ? 2 : 3;
  const limits = [first, first + 1, first + 2].map((nth) => `$${nth}`);
  const notRevoked = policy.isSwept || keys === 'active' ? 'true' : isNotBulkRevoked;
  const of = (condition: string, uses: string): string =>
    selectActive({ from: rowsOf(condition, rows), limits, notRevoked, uses });
  const ofLive = of(isLive, usesOfLive(supervisorId !== null));
  return policy.isSwept ? [ofLive] : [ofLive, of(isCapped(policy), usesOfFew)];
}

// Read at once, and not one by one for each key.
const usesOfLive = (isOfSupervisor: boolean): string => `
  join keyfold.key_uses u on u.created_position = k.created_position
    and u.list_class = 'live'
    ${isOfSupervisor ? 'and u.supervisor_id = $2::text' : ''}`;

// The planner cannot know how few they are.
const usesOfFew = `
  cross join lateral (
    select last_use
    from keyfold.key_uses
    where created_position = k.created_position
    offset 0
  ) as u`;

interface ActiveParts {
  readonly from: string;
  readonly notRevoked: string;
  readonly uses: string;
  /** Parameters: of ends, made and idle. */
  readonly limits: readonly string[];
}

const selectActive = ({ from, limits: [ends = '', made = '', idle = ''], notRevoked, uses }: ActiveParts): string => `
  select 'active' as status,
    width_bucket(k.ends_at_ms, ${ends}::bigint[]) as ends,
    width_bucket(k.created_at_ms, ${made}::bigint[]) as made,
    ${idlePlace('k', 'u', idle)} as idle,
    ${weekIn('k.created_at_ms')} as issued,
    null as revoked,
    count(*)::int as keys
  from (${from}
  ) as k
  ${uses}
  where k.ends_at_ms > $1::bigint
    and ${notRevoked}
  group by 2, 3, 4, 5`;

// A key that the sweep has not come to yet was revoked by no record of its own.
const revokedAtMs = `coalesce(k.revoked_at_ms, (
        select min(b.at_ms)
        from keyfold.bulk_revocation_records b
        where b.user_id in (k.user_id, '')
          and b.position > k.created_position
          and (b.issued_before_ms is null or k.created_at_ms < b.issued_before_ms)
      ))`;

const statusOf = (isSwept: boolean): string => `
      case
        when k.list_class = 'revoked'${isSwept ? '' : ` or not (${isNotBulkRevoked})`} then 'revoked'
        when k.list_class = 'superseded' then 'superseded'
        when ${isSwept ? `k.list_class = 'over' or ` : ''}k.ends_at_ms <= $1::bigint then 'expired'
        when k.is_pending then 'pending'
        else 'active'
      end`;

// The status is found once for each key: without the offset it would be put in wherever it is named.
const selectOthers = (rows: CountedRows): string => `
  select k.status, null as ends, null as made, null as idle,
    ${weekIn('k.created_at_ms')} as issued,
    case when k.status = 'revoked' then ${weekIn(rows.policy.isSwept ? 'k.revoked_at_ms' : revokedAtMs)} end as revoked,
    count(*)::int as keys
  from (
    select k.created_position, k.created_at_ms, k.revoked_at_ms, k.user_id, ${statusOf(rows.policy.isSwept)} as status
    from (${rowsOf(rows.keys === 'all' ? 'true' : isOtherThanRevoked, rows)}
    ) as k
    offset 0
  ) as k
  where k.status <> 'active'
  group by 1, 5, 6`;
