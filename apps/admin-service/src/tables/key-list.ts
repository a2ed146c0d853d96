import type { KeyStatus } from '@keyfold/domain';
import { type Bind, conditionsOf, type ListPolicy } from './key-status-conditions.js';
import type { KeySearch } from './search-words.js';

/** What a list of keys may be narrowed to. A member that is null does not restrict. */
export interface KeyFilter {
  readonly status: KeyStatus | null;
  readonly userId: string | null;
  /** Effective expiry before this instant. */
  readonly expiresBeforeMs: number | null;
  /** Never used, or last used before this instant. */
  readonly unusedSinceMs: number | null;
  /** Made before this instant. */
  readonly createdBeforeMs: number | null;
  /** Keys of the users whom this user supervises. */
  readonly supervisorId: string | null;
  /** All words in the key's name, or all in its owner's user name. */
  readonly search: KeySearch | null;
  /** Null: the order that the filter gives. */
  readonly order: KeyOrder | null;
}

/**
 * What keys are listed by: creation, effective expiry (one that no end is known of comes last) or last use (a key never
 * used comes first).
 */
export type KeySorting = 'created' | 'expiry' | 'use';

/** An order in which keys are listed, backed by indexes; within a value by the position of the key's first record. */
export interface KeyOrder {
  readonly by: KeySorting;
  readonly isDescending: boolean;
}

/** The last item of the page before. */
export interface KeyCursor {
  readonly order: KeyOrder;
  readonly value: string;
  readonly position: number;
}

/**
 * Every list of keys has one order, given by its filters unless it was asked for, so that a cursor of one never fits
 * another by accident.
 */
export function orderOf({ expiresBeforeMs, order, status, unusedSinceMs }: KeyFilter): KeyOrder {
  if (order !== null) return order;
  if (expiresBeforeMs !== null || status === 'expired') return { by: 'expiry', isDescending: true };
  return { by: unusedSinceMs === null ? 'created' : 'use', isDescending: true };
}

/** What a key whose end is not known yet is sorted by: the largest `bigint`. */
const ENDLESS = '9223372036854775807';

/** The text of a cursor: the order, its value, the position. */
export const KEY_CURSOR = new RegExp(`^(?:[cC]0|[eE](?:\\d{1,15}|${ENDLESS})|[uU]\\d{1,17})\\.\\d{1,15}$`);

const LETTERS: Readonly<Record<KeySorting, string>> = { created: 'c', expiry: 'e', use: 'u' };

/** Small for descending, capital for ascending. */
const letterOf = ({ by, isDescending }: KeyOrder): string => (isDescending ? LETTERS[by] : LETTERS[by].toUpperCase());

export function cursorText(order: KeyOrder, value: string, position: string): string {
  return `${letterOf(order)}${value}.${position}`;
}

/** @returns null if it is a cursor of another order */
export function parseCursor(text: string, order: KeyOrder): KeyCursor | null {
  const [value = '', position] = text.slice(1).split('.');
  return text.startsWith(letterOf(order)) ? { order, value, position: Number(position) } : null;
}

interface Sorting {
  /** A cursor's value in SQL, of what is sorted by. */
  readonly text: (sort: string) => string;
  /** A cursor's value in the type of the sort. */
  readonly value: (parameter: string) => string;
}

const EPOCH = `timestamptz '1970-01-01 00:00:00+00'`;

/** Last use is a cursor in microseconds, as exact as the column; 0 for a key that was never used. */
const SORTINGS: Readonly<Record<KeySorting, Sorting>> = {
  created: { text: () => `'0'`, value: (parameter) => parameter },
  expiry: { text: (sort) => `(${sort})::text`, value: (parameter) => `${parameter}::bigint` },
  use: {
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

/** A part of a list: disjoint from the others, with an index of its own. */
interface Branch {
  readonly conditions: readonly string[];
  /** What is sorted by before the position; null for nothing. */
  readonly sort: string | null;
}

/**
 * One page of keys. Agrees with `keyStatus` and `effectiveExpiry` on every row: what those compute for a key is stated
 * here for all of them. A list of several conditions is put together from a page of each, so that each comes from its
 * index.
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
  const isByUse = order.by === 'use';
  // All keys by creation have the index of their positions.
  const isOfAll = order.by === 'created' && filter.status === null && filter.supervisorId === null;
  const isByClass = policy.isSwept && !isOfAll;
  const common = narrowing(filter, { endsAt: policy.endsAt, isByUse: isByClass && isByUse }, bind);
  const start = after && startBehind(after, isByClass, bind);
  const limit = bind(page.rows);
  const statuses = isOfAll
    ? [[]]
    : conditionsOf(filter.status, policy, { bind, classOf: isByClass && isByUse ? 'u' : 'k' });
  const inOrder = orderBy(order, isByClass);
  const branches = inSearch(filter.search, statuses, bind).flatMap((conditions) => sorted(conditions, filter, policy));
  const parts = branches.map(
    ({ conditions, sort }) => `
    select ${columns}, k.created_position, ${SORTINGS[order.by].text(sort ?? '0')} as cursor_value, ${sort ?? '0'} as sort_value
    from keyfold.api_keys k
    ${isByUse ? '' : 'left '}join keyfold.key_uses u on u.created_position = k.created_position
    where ${[...conditions, ...common, ...(start ? [start(sort)] : []), 'true'].join('\n      and ')}
    order by ${inOrder(sort)}
    limit ${limit}::int`,
  );
  return { text: parts.length === 1 ? parts.join('') : merged(parts, order, limit), values };
}

function merged(parts: readonly string[], { isDescending }: KeyOrder, limit: string): string {
  const direction = isDescending ? 'desc' : 'asc';
  return `${parts.map((part) => `(${part})`).join(' union all ')}
  order by sort_value ${direction}, created_position ${direction}
  limit ${limit}::int`;
}

/** @returns what a branch that is sorted by `sort` is ordered by: as an index is, forwards or backwards */
function orderBy({ by, isDescending }: KeyOrder, isByClass: boolean): (sort: string | null) => string {
  const [direction, opposite] = isDescending ? ['desc', 'asc'] : ['asc', 'desc'];
  const position = isByClass ? `-k.created_position ${opposite}` : `k.created_position ${direction}`;
  const owner = by === 'use' ? 'u' : 'k';
  return (sort) => (sort === null ? position : `${sort} ${direction}, ${owner}.created_position ${direction}`);
}

/**
 * The conditions with what they are sorted by. An end that is not known has a branch of its own: no index puts it into
 * an order of values.
 */
function sorted(conditions: readonly string[], filter: KeyFilter, { endsAt }: ListPolicy): Branch[] {
  switch (orderOf(filter).by) {
    case 'created':
      return [{ conditions, sort: null }];
    case 'use':
      return [{ conditions, sort: 'u.last_use' }];
    case 'expiry':
      // Where the filter is about the end, keys without one are out of it.
      if (filter.expiresBeforeMs !== null || filter.status === 'expired') return [{ conditions, sort: endsAt }];
      return [
        { conditions: [...conditions, `(${endsAt}) is not null`], sort: endsAt },
        { conditions: [...conditions, `(${endsAt}) is null`], sort: `${ENDLESS}::bigint` },
      ];
  }
}

/** Found by the name, or else by the owner: each has an index, their disjunction has none. */
function inSearch(search: KeySearch | null, statuses: readonly string[][], bind: Bind): readonly string[][] {
  if (search === null) return statuses;
  const words = `${bind(search.words)}::tsquery`;
  const isNamed = `k.search_words @@ ${words}`;
  // The index finds people by their other names, too: by these nobody finds a key.
  const isOwned = `k.user_id in (
        select o.user_id
        from keyfold.users o
        where o.search_words @@ ${words}
          and o.username ~ all (${bind(search.beginnings)}::text[])
      )`;
  return statuses.flatMap((conditions) => [
    [...conditions, isNamed],
    [...conditions, `not (${isNamed})`, isOwned],
  ]);
}

// In the order of use both what is sorted by and what is left out must be of one index, so it is `u` that names them.
function narrowing(filter: KeyFilter, { endsAt, isByUse }: { endsAt: string; isByUse: boolean }, bind: Bind): string[] {
  const { createdBeforeMs, userId, supervisorId, expiresBeforeMs, unusedSinceMs } = filter;
  const conditions: string[] = [];
  if (userId !== null) conditions.push(`k.user_id = ${bind(userId)}::text`);
  if (supervisorId !== null) conditions.push(`${isByUse ? 'u' : 'k'}.supervisor_id = ${bind(supervisorId)}::text`);
  if (expiresBeforeMs !== null) conditions.push(`${endsAt} < ${bind(expiresBeforeMs)}::bigint`);
  if (createdBeforeMs !== null)
    conditions.push(`${isByUse ? 'u' : 'k'}.created_at_ms < ${bind(createdBeforeMs)}::bigint`);
  if (unusedSinceMs !== null) conditions.push(`u.last_use < to_timestamp(${bind(unusedSinceMs)}::float8 / 1000)`);
  return conditions;
}

/** @returns the condition of a branch that is sorted by `sort` */
function startBehind(
  { order, value, position }: KeyCursor,
  isByClass: boolean,
  bind: Bind,
): (sort: string | null) => string {
  const { by, isDescending } = order;
  const behind = isDescending ? '<' : '>';
  const bound = `${bind(position)}::bigint`;
  if (by === 'created') {
    const condition = isByClass
      ? `-k.created_position ${isDescending ? '>' : '<'} -${bound}`
      : `k.created_position ${behind} ${bound}`;
    return () => condition;
  }
  const limit = `(${SORTINGS[by].value(bind(value))}, ${bound})`;
  return (sort) => `(${sort ?? '0'}, ${by === 'use' ? 'u' : 'k'}.created_position) ${behind} ${limit}`;
}
