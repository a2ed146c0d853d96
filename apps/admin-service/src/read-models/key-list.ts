import { DAY_MS, SETTINGS_BOUNDS, type KeyStatus, type SecuritySettings } from '@keyfold/domain';
import { isNotBulkRevoked, revokedBelow } from './bulk-revocations.js';

/** What a list of keys may be narrowed to. A member that is null does not restrict. */
export interface KeyFilter {
  readonly status: KeyStatus | null;
  readonly userId: string | null;
  /** Effective expiry before this instant. */
  readonly expiresBeforeMs: number | null;
  /** Never used, or last used before this instant. */
  readonly unusedSinceMs: number | null;
  /** Keys of the users whom this user supervises. */
  readonly supervisorId: string | null;
}

/** The orders in which keys are listed, each backed by an index; all descending, and within a value by the position of the key's first record. */
export type KeyOrder = 'created' | 'expiry' | 'use';

/** The last item of the page before. */
export interface KeyCursor {
  readonly order: KeyOrder;
  readonly value: string;
  readonly position: number;
}

/** Every list of keys has one order, given by its filters, so that a cursor of one never fits another by accident. */
export function orderOf({ status, expiresBeforeMs, unusedSinceMs }: KeyFilter): KeyOrder {
  if (expiresBeforeMs !== null || status === 'expired') return 'expiry';
  return unusedSinceMs === null ? 'created' : 'use';
}

/** The text of a cursor: the order, its value, the position. */
export const KEY_CURSOR = /^(?:c0|e\d{1,15}|u\d{1,17})\.\d{1,15}$/;

const LETTERS: Readonly<Record<KeyOrder, string>> = { created: 'c', expiry: 'e', use: 'u' };

export function cursorText(order: KeyOrder, value: string, position: string): string {
  return `${LETTERS[order]}${value}.${position}`;
}

/** @returns null if it is a cursor of another order */
export function parseCursor(text: string, order: KeyOrder): KeyCursor | null {
  const [value = '', position] = text.slice(1).split('.');
  return text.startsWith(LETTERS[order]) ? { order, value, position: Number(position) } : null;
}

/** Microseconds since 1970, so that a cursor is as exact as the column. A key that was never used: 0. */
const LAST_USED = `coalesce(k.last_used_at, timestamptz '1970-01-01 00:00:00+00')`;

const ORDERS: Readonly<Record<KeyOrder, { sort: string; value: string; after: (parameter: string) => string }>> = {
  created: { sort: 'k.created_position', value: `'0'`, after: () => 'true' },
  expiry: { sort: 'k.own_expires_at_ms', value: 'k.own_expires_at_ms::text', after: (value) => `${value}::bigint` },
  use: {
    sort: LAST_USED,
    value: `(extract(epoch from ${LAST_USED}) * 1000000)::bigint::text`,
    after: (value) => `timestamptz '1970-01-01 00:00:00+00' + ${value}::bigint * interval '1 microsecond'`,
  },
};

interface Query {
  readonly text: string;
  readonly values: unknown[];
}

/**
 * One page of keys. Agrees with `keyStatus` and `effectiveExpiry` on every row: what those compute for a key is stated here for all of them.
 *
 * @param columns of `k`; the row's cursor comes besides as `cursor_value`, `created_position`
 */
export function keyListQuery(
  columns: string,
  filter: KeyFilter,
  page: { after: KeyCursor | null; rows: number; settings: SecuritySettings; nowMs: number },
): Query {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const order = orderOf(filter);
  const { sort, value } = ORDERS[order];
  const common = [...narrowing(filter, page, bind), ...beginning(order, page.after, bind)];
  const limit = bind(page.rows);
  const orderBy = order === 'created' ? `${sort} desc` : `${sort} desc, k.created_position desc`;
  const select = (conditions: readonly string[]): string => `
    select ${columns}, k.created_position, ${value} as cursor_value, ${sort} as sort_value
    from keyfold.api_keys k
    where ${[...conditions, ...common, 'true'].join('\n      and ')}
    order by ${orderBy}
    limit ${limit}::int`;
  const branches = branchesOf(filter.status, page, bind).map(select);
  const merged = `${branches.map((branch) => `(${branch})`).join(' union all ')}
  order by sort_value desc, created_position desc
  limit ${limit}::int`;
  const text = branches.length === 1 ? branches.join('') : merged;
  return { text, values };
}

type Bind = (value: unknown) => string;
type Policy = { readonly settings: SecuritySettings; readonly nowMs: number };

function narrowing(filter: KeyFilter, policy: Policy, bind: Bind): string[] {
  const { userId, supervisorId, expiresBeforeMs, unusedSinceMs } = filter;
  const conditions: string[] = [];
  if (userId !== null) conditions.push(`k.user_id = ${bind(userId)}::text`);
  if (supervisorId !== null) conditions.push(supervisedBy(bind(supervisorId)));
  if (expiresBeforeMs !== null) conditions.push(...endsBefore(expiresBeforeMs, policy, bind));
  if (unusedSinceMs !== null) conditions.push(`${LAST_USED} < to_timestamp(${bind(unusedSinceMs)}::float8 / 1000)`);
  return conditions;
}

const supervisedBy = (parameter: string): string => `k.user_id in (
        select u.user_id
        from keyfold.users u
        where u.supervisor_id = ${parameter}::text
          and u.status in ('active', 'deactivated')
      )`;

/** Effective expiry before the instant. The first condition follows from the second; it is there for the index. */
function endsBefore(instantMs: number, { settings }: Policy, bind: Bind): string[] {
  const lifetimeMs = settings.maxApiKeyLifetimeDays * DAY_MS;
  // The policy of its day bound every key to this from its start, give or take what clocks differ.
  const longestMs = SETTINGS_BOUNDS.maxApiKeyLifetimeDays.max * DAY_MS + 60_000;
  return [
    `k.own_expires_at_ms < ${bind(instantMs + longestMs - lifetimeMs)}::bigint`,
    `(k.own_expires_at_ms < ${bind(instantMs)}::bigint or k.issued_at_ms < ${bind(instantMs - lifetimeMs)}::bigint)`,
  ];
}

function beginning(order: KeyOrder, after: KeyCursor | null, bind: Bind): string[] {
  if (after === null) return [];
  if (order === 'created') return [`k.created_position < ${bind(after.position)}::bigint`];
  const value = ORDERS[order].after(bind(after.value));
  return [`(${ORDERS[order].sort}, k.created_position) < (${value}, ${bind(after.position)}::bigint)`];
}

/** The conditions of a status. Alternatives are branches of their own, disjoint, since each has an index and their disjunction has none. */
function branchesOf(status: KeyStatus | null, policy: Policy, bind: Bind): string[][] {
  const { settings, nowMs } = policy;
  const living = ['not k.is_revoked', isNotBulkRevoked];
  const unended = [...living, 'k.superseded_until_ms is null'];
  switch (status) {
    case null:
      return [[]];
    case 'revoked':
      return revokedBranches;
    case 'superseded':
      return [[...living, 'k.superseded_until_ms is not null']];
    case 'expired':
      return [[...unended, ...endsBefore(nowMs + 1, policy, bind)]];
    case 'pending':
      return [[...unended, 'k.is_pending', `coalesce(k.own_expires_at_ms > ${bind(nowMs)}::bigint, true)`]];
    case 'active':
      return [
        [
          ...unended,
          'not k.is_pending',
          `k.own_expires_at_ms > ${bind(nowMs)}::bigint`,
          `k.issued_at_ms > ${bind(nowMs - settings.maxApiKeyLifetimeDays * DAY_MS)}::bigint`,
        ],
      ];
  }
}

const revokedBranches = [
  ['k.is_revoked'],
  ['not k.is_revoked', `k.created_position < ${revokedBelow}`],
  [
    'not k.is_revoked',
    `k.created_position >= ${revokedBelow}`,
    `exists (
        select 1
        from keyfold.bulk_revocations b
        where b.user_id = k.user_id
          and k.created_position < b.before_position
      )`,
  ],
];
