import { z } from 'zod';
import { fieldRule } from '@keyfold/service-kit';
import { cutPage, type PageRequest, type RecordPage } from '../tables/page.js';

export type { PageRequest };

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

const limit = z
  .string()
  .refine(
    (text) => /^[1-9]\d{0,2}$/.test(text) && Number(text) <= MAX_LIMIT,
    fieldRule('PAGE_SIZE', { max: MAX_LIMIT }),
  )
  .transform(Number)
  .optional()
  .meta({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT });

/** A cursor is read like any member: one of another list is a 400 that comes before 403. */
const cursorOf = (key: RegExp): z.ZodType<string | undefined, string | undefined> =>
  z
    .string()
    .max(200)
    .transform((cursor, context) => {
      const text = Buffer.from(cursor, 'base64url').toString('latin1');
      if (encodeCursor(text) === cursor && key.test(text)) return text;
      context.addIssue({ code: 'custom', ...fieldRule('CURSOR') });
      return z.NEVER;
    })
    .optional();

/** Query members of a list that is ordered by position. Spread into the route's own strict schema. */
export const pageQuery = { limit, cursor: cursorOf(/^\d{1,15}$/) };

export const PageQuery = z.strictObject(pageQuery);

/** Query members of a list whose cursors have a form of their own. */
export const pageQueryOf = (key: RegExp): { limit: typeof limit; cursor: ReturnType<typeof cursorOf> } => ({
  limit,
  cursor: cursorOf(key),
});

/** Query of a list that is ordered by ids of this form. */
export const pageOfIdsQuery = (id: RegExp): z.ZodType<Query> => z.strictObject({ limit, cursor: cursorOf(id) });

interface Query {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** The page that a parsed query asks for. */
export function readPage(query: Query): PageRequest {
  const { limit: shown, after } = readPageOfIds(query);
  return { limit: shown, after: after === null ? null : Number(after) };
}

/** The same for a list that is ordered by ids. */
export function readPageOfIds(query: Query): PageRequest<string> {
  return { limit: query.limit ?? DEFAULT_LIMIT, after: query.cursor ?? null };
}

/** A part of a list, as it is answered. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** @param item what the list shows of one */
export function pageOf<Record, Item>({ records, next }: RecordPage<Record>, item: (row: Record) => Item): Page<Item> {
  return { items: records.map(item), nextCursor: next === null ? null : encodeCursor(next) };
}

/**
 * Cuts the one row more that a query reads to know whether there is a next page.
 *
 * @param rows at most `limit + 1` rows in order
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  page: PageRequest<unknown>,
  item: (row: Row) => Item,
  keyOf: (row: Row) => number | string,
): Page<Item> {
  return pageOf(cutPage(rows, page, keyOf), item);
}

function encodeCursor(key: string): string {
  return Buffer.from(key, 'latin1').toString('base64url');
}
