import { ProblemError } from '@keyfold/service-kit';
import { z } from 'zod';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Query members of every list. Spread into the route's own strict schema. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `must be a whole number from 1 to ${MAX_LIMIT}`)
    .transform(Number)
    .refine((limit) => limit <= MAX_LIMIT, `must be a whole number from 1 to ${MAX_LIMIT}`)
    .optional(),
  cursor: z.string().max(200).optional(),
};

export const PageQuery = z.strictObject(pageQuery);

/** Where a page begins and how long it is. Lists are ordered by a position in the log, which no later write changes. */
export interface PageRequest {
  readonly limit: number;
  /** The position of the last item of the page before, or null for the first page. */
  readonly after: number | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** @throws ProblemError 400 if the cursor is none of ours */
export function readPage(query: { limit?: number | undefined; cursor?: string | undefined }): PageRequest {
  return { limit: query.limit ?? DEFAULT_LIMIT, after: query.cursor === undefined ? null : decodeCursor(query.cursor) };
}

/**
 * Cuts the one row more that a query reads to know whether there is a next page.
 *
 * @param rows at most `limit + 1` rows in order
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  page: PageRequest,
  item: (row: Row) => Item,
  positionOf: (row: Row) => number,
): Page<Item> {
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > page.limit && last !== undefined ? encodeCursor(positionOf(last)) : null;
  return { items: shown.map(item), nextCursor };
}

function encodeCursor(position: number): string {
  return Buffer.from(`p${position}`).toString('base64url');
}

function decodeCursor(cursor: string): number {
  const position = /^p(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  if (position === undefined || encodeCursor(Number(position)) !== cursor)
    throw new ProblemError(400, 'INVALID_REQUEST', 'The request has members that cannot be used.', {
      errors: [{ path: '/cursor', message: 'is not a cursor of this service' }],
    });
  return Number(position);
}
