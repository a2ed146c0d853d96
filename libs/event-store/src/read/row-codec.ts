import { decodeLeaf, type Opening } from '@keyfold/domain';
import type { StoredRecord } from '../append/append-request.js';

/** The columns that {@link storedRecord} reads, of a query with `events e`. */
export const RECORD_COLUMNS = `
    e.leaf,
    (
      select json_object_agg(o.field, json_build_object('salt', o.salt, 'value', o.value::json))
      from keyfold.openings o
      where o.position = e.position
    ) as openings`;

export interface RecordRow {
  readonly leaf: Buffer;
  readonly openings: Record<string, Opening> | null;
}

/**
 * The record as its bytes say it: the columns beside them serve look-ups and are believed in nothing.
 *
 * @throws RecordError if the bytes are no record.
 */
export function storedRecord({ leaf, openings }: RecordRow): StoredRecord {
  return { record: decodeLeaf(leaf), leaf, openings: openings ?? {} };
}
