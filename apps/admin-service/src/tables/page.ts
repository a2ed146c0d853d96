/**
 * Where a page begins and how long it is. A list is ordered by something that no later write changes: a position in the
 * log, or an id.
 */
export interface PageRequest<Key = number> {
  readonly limit: number;
  /** The key of the last item of the page before, or null for the first page. */
  readonly after: Key | null;
}

/** A part of a list, as it is read. */
export interface RecordPage<Record> {
  readonly records: readonly Record[];
  /** The key of the last one, which the next page begins behind; null if there is no next page. */
  readonly next: string | null;
}

/**
 * Cuts the one row more that a query reads to know whether there is a next page.
 *
 * @param rows at most `limit + 1` rows in order
 */
export function cutPage<Row>(
  rows: readonly Row[],
  page: PageRequest<unknown>,
  keyOf: (row: Row) => number | string,
): RecordPage<Row> {
  const records = rows.slice(0, page.limit);
  const last = records.at(-1);
  return { records, next: rows.length > page.limit && last !== undefined ? String(keyOf(last)) : null };
}
