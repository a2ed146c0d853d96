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

/** A part of a list that one index has in order. */
interface Sorting {
  readonly conditions: (filter: KeyFilter, bind: Bind) => readonly string[];
  readonly sort: string;
  readonly value: string;
  /** Where the part goes on after the cursor; null: it is over. */
  readonly after: (cursor: KeyCursor, bind: Bind) => string | null;
}

const EPOCH = `timestamptz '1970-01-01 00:00:00+00'`;

const usedBefore = (ms: number, bind: Bind): string => `k.last_used_at < to_timestamp(${bind(ms)}::float8 / 1000)`;

const before = (sort: string, value: string, position: string): string =>
  `(${sort}, k.created_position) < (${value}, ${position}::bigint)`;

const beforePosition = ({ position }: KeyCursor, bind: Bind): string =>
  `k.created_position < ${bind(position)}::bigint`;

/** Of what each order consists, first to last. Last use is a cursor in microseconds, as exact as the column; 0 for a key that was never used. */
const SORTINGS: Readonly<Record<KeyOrder, readonly Sorting[]>> = {
  created: [{ conditions: () => [], sort: '0', value: `'0'`, after: beforePosition }],
  expiry: [
    {
      conditions: () => [],
      sort: 'k.own_expires_at_ms',
      value: 'k.own_expires_at_ms::text',
      after: ({ value, position }, bind) => before('k.own_expires_at_ms', `${bind(value)}::bigint`, bind(position)),
    },
  ],
  use: [
    {
      // Said again without its alternative, for the index.
      conditions: ({ unusedSinceMs }, bind) => [usedBefore(unusedSinceMs ?? 0, bind)],
      sort: 'k.last_used_at',
      value: '(extract(epoch from k.last_used_at) * 1000000)::bigint::text',
      after: ({ value, position }, bind) =>
        value === '0'
          ? null
          : before('k.last_used_at', `${EPOCH} + ${bind(value)}::bigint * interval '1 microsecond'`, bind(position)),
    },
    {
      conditions: () => ['k.last_used_at is null'],
      sort: EPOCH,
      value: `'0'`,
      after: (cursor, bind) => (cursor.value === '0' ? beforePosition(cursor, bind) : 'true'),
    },
  ],
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
  const common = narrowing(filter, page, bind);
  const limit = bind(page.rows);
  const statuses = branchesOf(filter.status, page, bind);
  const select = (conditions: readonly string[], { sort, value }: Sorting): string => `
    select ${columns}, k.created_position, ${value} as cursor_value, ${sort} as sort_value
    from keyfold.api_keys k
    where ${[...conditions, ...common, 'true'].join('\n      and ')}
    order by ${sort.startsWith('k.') ? `${sort} desc, ` : ''}k.created_position desc
    limit ${limit}::int`;
  const branches = SORTINGS[orderOf(filter)].flatMap((sorting) => {
    const start = page.after === null ? 'true' : sorting.after(page.after, bind);
    if (start === null) return [];
    return statuses.map((status) => select([...status, ...sorting.conditions(filter, bind), start], sorting));
  });
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
  if (unusedSinceMs !== null) conditions.push(`(k.last_used_at is null or ${usedBefore(unusedSinceMs, bind)})`);
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
    // Found user by user, which the planner would not do on its own: it cannot know how few they are.
    `k.key_id = any (array(
        select revoked.key_id
        from keyfold.bulk_revocations b
        cross join lateral (
          select r.key_id
          from keyfold.api_keys r
          where r.user_id = b.user_id
            and r.created_position < b.before_position
          offset 0
        ) revoked
      ))`,
  ],
];
