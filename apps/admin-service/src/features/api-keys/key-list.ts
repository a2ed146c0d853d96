import { z } from 'zod';
import { KEY_STATUSES } from '@keyfold/domain';
import { fieldProblem, fieldRule, invalidRequest } from '@keyfold/service-kit';
import type { Caller } from '../../http/caller.js';
import { pageQueryOf, type PageRequest, readPageOfIds } from '../../http/cursor.js';
import { Id, InstantMs } from '../../http/fields.js';
import { isCleanText } from '../../http/json-body.js';
import { KEY_CURSOR, type KeyCursor, type KeyFilter, orderOf, parseCursor } from '../../tables/key-list.js';
import { keySearch } from '../../tables/search-words.js';

const SORTED_BY = { createdAt: 'created', effectiveExpiresAt: 'expiry', lastUsedAt: 'use' } as const;
const KEY_SORTS = [
  'createdAt',
  '-createdAt',
  'effectiveExpiresAt',
  '-effectiveExpiresAt',
  'lastUsedAt',
  '-lastUsedAt',
] as const;
type KeySort = (typeof KEY_SORTS)[number];

export const KeyListQuery = z
  .strictObject({
    ...pageQueryOf(KEY_CURSOR),
    status: z.enum(KEY_STATUSES).optional(),
    userId: Id.optional(),
    query: z.string().max(200).refine(isCleanText, fieldRule('UNSEARCHABLE')).optional(),
    sort: z.enum(KEY_SORTS).optional(),
    expiresBefore: InstantMs.optional(),
    unusedSince: InstantMs.optional(),
    createdBefore: InstantMs.optional(),
  })
  .superRefine((query, context) => {
    const order = orderOf(filterOf(query, null));
    if (query.cursor !== undefined && parseCursor(query.cursor, order) === null)
      context.addIssue({ code: 'custom', path: ['cursor'], ...fieldRule('CURSOR') });
  });

export type KeyListQuery = z.output<typeof KeyListQuery>;

/** All keys for who manages them, for a supervisor those of the users whom they supervise. */
export function keyFilter(query: KeyListQuery, caller: Caller): KeyFilter {
  return filterOf(query, caller.may('api-keys.manage') ? null : caller.userId);
}

export function keyPage(query: KeyListQuery): PageRequest<KeyCursor> {
  const { limit, after } = readPageOfIds(query);
  return { limit, after: after === null ? null : parseCursor(after, orderOf(filterOf(query, null))) };
}

/** A file has all keys that match. @throws ProblemError 400 */
export function refusePaging(query: KeyListQuery): void {
  const errors = (['limit', 'cursor'] as const).flatMap((member) =>
    query[member] === undefined ? [] : [fieldProblem(`/${member}`, 'NO_PAGES')],
  );
  if (errors.length > 0) throw invalidRequest('A CSV file has all keys: leave out limit and cursor.', errors);
}

/** Whether the query is a search for no word at all, which finds nothing. */
export function findsNothing({ query = '' }: KeyListQuery): boolean {
  return query.trim() !== '' && keySearch(query) === null;
}

function filterOf(asked: KeyListQuery, supervisorId: string | null): KeyFilter {
  const { status = null, userId = null, query = '', sort } = asked;
  const { createdBefore = null, expiresBefore = null, unusedSince = null } = asked;
  return {
    status,
    userId,
    expiresBeforeMs: expiresBefore,
    unusedSinceMs: unusedSince,
    createdBeforeMs: createdBefore,
    supervisorId,
    search: keySearch(query),
    order: sort === undefined ? null : { by: SORTED_BY[withoutSign(sort)], isDescending: sort.startsWith('-') },
  };
}

// of KEY_SORTS
const withoutSign = (sort: KeySort): keyof typeof SORTED_BY => sort.replace('-', '') as keyof typeof SORTED_BY;
