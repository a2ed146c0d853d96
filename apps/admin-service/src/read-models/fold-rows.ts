import type { Category, ReadOf } from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';
import type { ProjectedRecord } from './projected-record.js';

/** A stream's fold after the records, and what its row says besides. */
export interface FoldedRow<State> {
  readonly id: string;
  readonly state: State;
  readonly version: number;
  readonly createdPosition: number;
}

/**
 * Folds records of many streams onto their stored states: one query for all, so that a batch of appends costs a round trip or two.
 *
 * @param select takes the ids as `$1::text[]` and gives `id`, `state`, `created_position`
 */
export async function foldRows<C extends Category, State>(
  tx: Tx,
  records: readonly ProjectedRecord<C>[],
  from: { select: string; initial: State; fold: (state: State, read: ReadOf<C>) => State },
): Promise<FoldedRow<State>[]> {
  const ids = [...new Set(records.map(({ id }) => id))];
  const stored = await tx.query<{ id: string; state: State; created_position: string }>(from.select, [ids]);
  const rows = new Map<string, FoldedRow<State>>();
  for (const { id, state, created_position } of stored.rows)
    rows.set(id, { id, state, version: 0, createdPosition: Number(created_position) });
  for (const { id, read, version, position } of records) {
    const before = rows.get(id);
    const state = from.fold(before?.state ?? from.initial, read);
    rows.set(id, { id, state, version, createdPosition: before?.createdPosition ?? position });
  }
  return [...rows.values()];
}
