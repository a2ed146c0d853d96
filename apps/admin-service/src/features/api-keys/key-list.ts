import { z } from 'zod';
import type { Caller } from '../../http/caller.js';
import { pageQueryOf, readPageOfIds, type PageRequest } from '../../http/cursor.js';
import { Id, InstantMs } from '../../http/fields.js';
import { KEY_CURSOR, orderOf, parseCursor, type KeyCursor, type KeyFilter } from '../../tables/key-list.js';
import { KEY_STATUSES } from './api-key-resource.js';

export const KeyListQuery = z
  .strictObject({
    ...pageQueryOf(KEY_CURSOR),
    status: z.enum(KEY_STATUSES).optional(),
    userId: Id.optional(),
    expiresBefore: InstantMs.optional().meta({
      format: 'date-time',
      description: 'Effective expiry before this instant.',
    }),
    unusedSince: InstantMs.optional().meta({
      format: 'date-time',
      description: 'Never used, or last used before this instant.',
    }),
  })
  .superRefine((query, context) => {
    const order = orderOf(filterOf(query, null));
    if (query.cursor !== undefined && parseCursor(query.cursor, order) === null)
      context.addIssue({ code: 'custom', path: ['cursor'], message: 'is not a cursor of this list' });
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

function filterOf(query: KeyListQuery, supervisorId: string | null): KeyFilter {
  const { status = null, userId = null, expiresBefore = null, unusedSince = null } = query;
  return { status, userId, expiresBeforeMs: expiresBefore, unusedSinceMs: unusedSince, supervisorId };
}
