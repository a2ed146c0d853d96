import { z } from 'zod';
import { formatInstant } from '@keyfold/domain';
import { fieldRule } from '@keyfold/service-kit';
import { pageQuery, pageQueryOf } from '../../http/cursor.js';
import { Flag, InstantMs, wholeNumber } from '../../http/fields.js';
import { isCleanText } from '../../http/json-body.js';

/** A position or size in a URL: a whole number from `least`, in its only spelling. */
const exactly = z.string().min(1).max(200).refine(isCleanText, fieldRule('UNCLEAN_TEXT'));

/** Postgres writes what lies before this year in another way. */
const YEAR_ONE_MS = Date.parse('0001-01-01T00:00:00.000Z');

/** RFC 3339 with any offset, as the instant in UTC. */
const instant = InstantMs.transform((ms) => formatInstant(Math.max(ms, YEAR_ONE_MS)));

/** The position that the page before ended with; `d` in front where the list is from the newest down. */
const EVENT_CURSOR = /^d?\d{1,15}$/;

const EventsMembers = z.strictObject({
  ...pageQueryOf(EVENT_CURSOR),
  order: z.enum(['asc', 'desc']).optional(),
  after: wholeNumber(0).optional(),
  stream: exactly.optional(),
  type: exactly.optional(),
  actor: exactly.optional(),
  from: instant.optional(),
  to: instant.optional(),
  reveal: Flag.optional(),
});

export const EventsQuery = EventsMembers.superRefine(({ cursor, order }, context) => {
  if (cursor !== undefined && cursor.startsWith('d') !== (order === 'desc'))
    context.addIssue({ code: 'custom', path: ['cursor'], ...fieldRule('CURSOR') });
});

export const EventQuery = z.strictObject({ reveal: Flag.optional() });

export const EventPath = z.strictObject({ position: wholeNumber(1) });

export const TreeSizeQuery = z.strictObject({ treeSize: wholeNumber(1).optional() });

export const ConsistencyQuery = z.strictObject({ from: wholeNumber(0), to: wholeNumber(0) });

export const CosignedQuery = z.strictObject({
  ...pageQuery,
  from: instant.optional(),
  to: instant.optional(),
});

export const StateQuery = z.strictObject({
  position: wholeNumber(0).optional(),
  at: instant.optional(),
  reveal: Flag.optional(),
});

export const ExplainBody = z
  .strictObject({
    keyId: z.string().min(1).max(128).refine(isCleanText, fieldRule('UNCLEAN_TEXT')),
    username: exactly.optional(),
    position: z.int().min(1).optional(),
    at: instant.optional(),
    method: exactly.optional(),
    ip: exactly.optional(),
    scopes: z.array(exactly).max(100).optional(),
  })
  .meta({ id: 'ExplainDecision' });

export const ExportQuery = z.strictObject({
  treeSize: wholeNumber(1).optional(),
  from: wholeNumber(1).optional(),
  to: wholeNumber(1).optional(),
  openings: Flag.optional(),
});
