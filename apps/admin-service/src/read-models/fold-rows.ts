import type { Category, ReadOf } from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';
import type pg from 'pg';
import type { ProjectedRecord } from './projected-record.js';

/** A stream's fold after the records, and what its row says besides. */
export interface FoldedRow<State> {
  readonly id: string;
  readonly state: State;
  /** What was stored before the records; null for a new row. */
  readonly before: State | null;
  readonly version: number;
  readonly createdPosition: number;
}

/**
 * Folds records of many streams onto their stored states: one query for all, so that a batch of appends costs a round trip or two.
 *
 * @param select for these ids: gives `id`, `state`, `created_position`
 */
export async function foldRows<C extends Category, State>(
  tx: Tx,
  records: readonly ProjectedRecord<C>[],
  from: {
    select: (values: [string[]]) => pg.QueryConfig;
    initial: State;
    fold: (state: State, read: ReadOf<C>) => State;
  },
): Promise<FoldedRow<State>[]> {
  const rows = new Map<string, FoldedRow<State>>();
  for (const { id, state, created_position } of await storedRows<State>(tx, records, from.select))
    rows.set(id, { id, state, before: state, version: 0, createdPosition: Number(created_position) });
  for (const { id, read, version, position } of records) {
    const before = rows.get(id);
    const state = from.fold(before?.state ?? from.initial, read);
    rows.set(id, {
      id,
      state,
      before: before?.before ?? null,
      version,
      createdPosition: before?.createdPosition ?? position,
    });
  }
  return [...rows.values()];
}

interface StoredRow<State> {
  readonly id: string;
  readonly state: State;
  readonly created_position: string;
}

/** The rows of streams that were there before; of one that begins among the records nothing is stored. */
async function storedRows<State>(
  tx: Tx,
  records: readonly ProjectedRecord<Category>[],
  select: (values: [string[]]) => pg.QueryConfig,
): Promise<StoredRow<State>[]> {
  const begun = new Set(records.filter(({ version }) => version === 1).map(({ id }) => id));
  const ids = [...new Set(records.map(({ id }) => id).filter((id) => !begun.has(id)))];
  return ids.length === 0 ? [] : (await tx.query<StoredRow<State>>(select([ids]))).rows;
}
