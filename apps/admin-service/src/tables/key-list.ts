import type { KeyStatus } from '@keyfold/domain';
import { conditionsOf, type Bind, type ListPolicy } from './key-status-conditions.js';

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

/** The orders in which keys are listed, each backed by indexes; all descending, and within a value by the position of the key's first record. */
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

interface Sorting {
  /** What is sorted by before the position; null for nothing. */
  readonly sort: (policy: ListPolicy) => string | null;
  /** The same as a cursor says it. */
  readonly text: (policy: ListPolicy) => string;
  /** A cursor's value in the type of the sort. */
  readonly value: (parameter: string) => string;
}

const EPOCH = `timestamptz '1970-01-01 00:00:00+00'`;

/** Last use is a cursor in microseconds, as exact as the column; 0 for a key that was never used. */
const SORTINGS: Readonly<Record<KeyOrder, Sorting>> = {
  created: { sort: () => null, text: () => `'0'`, value: (parameter) => parameter },
  expiry: {
    sort: ({ endsAt }) => endsAt,
    text: ({ endsAt }) => `(${endsAt})::text`,
    value: (parameter) => `${parameter}::bigint`,
  },
  use: {
    sort: () => 'u.last_use',
    text: () => `
      case u.last_use when '-infinity' then '0' else (extract(epoch from u.last_use) * 1000000)::bigint::text end`,
    value: (parameter) => `
      case ${parameter}::bigint
        when 0 then timestamptz '-infinity'
        else ${EPOCH} + ${parameter}::bigint * interval '1 microsecond'
      end`,
  },
};

interface Query {
  readonly text: string;
  readonly values: unknown[];
}

/**
 * One page of keys. Agrees with `keyStatus` and `effectiveExpiry` on every row: what those compute for a key is stated here for all of them. A
 * list of several conditions is put together from a page of each, so that each comes from its index.
 *
 * @param columns of `k` and its use `u`; the row's cursor comes besides as `cursor_value`, `created_position`
 */
export function keyListQuery(
  columns: string,
  filter: KeyFilter,
  page: { after: KeyCursor | null; rows: number; policy: ListPolicy },
): Query {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const { policy, after } = page;
  const order = orderOf(filter);
  const sorting = SORTINGS[order];
  const sort = sorting.sort(policy);
  // All keys, newest first, have the index of their positions.
  const isOfAll = order === 'created' && filter.status === null && filter.supervisorId === null;
  const isByClass = policy.isSwept && !isOfAll;
  const start = after === null ? [] : [startBehind(after, { ...page, isByClass }, bind)];
  const isByUse = isByClass && order === 'use';
  const common = [...narrowing(filter, { endsAt: policy.endsAt, isByUse }, bind), ...start];
  const limit = bind(page.rows);
  const position = isByClass ? '-k.created_position' : 'k.created_position desc';
  const branches = (isOfAll ? [[]] : conditionsOf(filter.status, policy, { bind, classOf: isByUse ? 'u' : 'k' })).map(
    (conditions) => `
    select ${columns}, k.created_position, ${sorting.text(policy)} as cursor_value, ${sort ?? '0'} as sort_value
    from keyfold.api_keys k
    ${order === 'use' ? '' : 'left '}join keyfold.key_uses u on u.created_position = k.created_position
    where ${[...conditions, ...common, 'true'].join('\n      and ')}
    order by ${sort === null ? position : `${sort} desc, ${order === 'use' ? 'u' : 'k'}.created_position desc`}
    limit ${limit}::int`,
  );
  const merged = `${branches.map((branch) => `(${branch})`).join(' union all ')}
  order by sort_value desc, created_position desc
  limit ${limit}::int`;
  return { text: branches.length === 1 ? branches.join('') : merged, values };
}

// In the order of use both what is sorted by and what is left out must be of one index, so it is `u` that names them.
function narrowing(filter: KeyFilter, { endsAt, isByUse }: { endsAt: string; isByUse: boolean }, bind: Bind): string[] {
  const { userId, supervisorId, expiresBeforeMs, unusedSinceMs } = filter;
  const conditions: string[] = [];
  if (userId !== null) conditions.push(`k.user_id = ${bind(userId)}::text`);
  if (supervisorId !== null) conditions.push(`${isByUse ? 'u' : 'k'}.supervisor_id = ${bind(supervisorId)}::text`);
  if (expiresBeforeMs !== null) conditions.push(`${endsAt} < ${bind(expiresBeforeMs)}::bigint`);
  if (unusedSinceMs !== null) conditions.push(`u.last_use < to_timestamp(${bind(unusedSinceMs)}::float8 / 1000)`);
  return conditions;
}

function startBehind(
  { order, value, position }: KeyCursor,
  { policy, isByClass }: { policy: ListPolicy; isByClass: boolean },
  bind: Bind,
): string {
  const { sort, value: valueOf } = SORTINGS[order];
  const sortText = sort(policy);
  const behind = isByClass ? `-k.created_position > -` : 'k.created_position < ';
  return sortText === null
    ? `${behind}${bind(position)}::bigint`
    : `(${sortText}, ${order === 'use' ? 'u' : 'k'}.created_position) < (${valueOf(bind(value))}, ${bind(position)}::bigint)`;
}
