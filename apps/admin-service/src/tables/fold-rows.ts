import type { Category, ReadOf } from '@keyfold/domain';
import type { PreparedStatement, Tx } from '@keyfold/event-store';
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

/** What is stored of a stream. */
export interface StoredRow<State> {
  readonly id: string;
  readonly state: State;
  readonly created_position: string | number;
}

/**
 * What this transaction knows of stored rows, by id; null for one that is not there. Kept up to date by {@link
 * foldRows}.
 */
export type KnownRows<State> = Map<string, StoredRow<State> | null>;

/** Gives `id`, `state`, `created_position` of these ids. */
export type SelectRows = (values: [readonly string[]]) => PreparedStatement;

export async function readRows<State>(
  tx: Tx,
  ids: readonly string[],
  { select, known }: { select: SelectRows; known: KnownRows<State> },
): Promise<void> {
  if (ids.length === 0) return;
  const { rows } = await tx.query<StoredRow<State>>(select([ids]));
  for (const id of ids) known.set(id, null);
  for (const row of rows) known.set(row.id, row);
}

/** Folds records of many streams onto their stored states. What is not known of those is read by one query. */
export async function foldRows<C extends Category, State>(
  tx: Tx,
  records: readonly ProjectedRecord<C>[],
  from: {
    select: SelectRows;
    known: KnownRows<State>;
    initial: State;
    fold: (state: State, read: ReadOf<C>) => State;
  },
): Promise<FoldedRow<State>[]> {
  const { known, select } = from;
  await readRows(tx, unknownIds(records, known), { select, known });
  const rows = new Map<string, FoldedRow<State>>();
  for (const record of records) {
    const { id, position, version } = record;
    const before = rows.get(id) ?? unfolded(id, known.get(id) ?? null, { ...from, position });
    rows.set(id, { ...before, state: from.fold(before.state, record.read), version });
  }
  for (const { id, state, createdPosition } of rows.values())
    known.set(id, { id, state, created_position: createdPosition });
  return [...rows.values()];
}

function unfolded<State>(
  id: string,
  stored: StoredRow<State> | null,
  { initial, position }: { initial: State; position: number },
): FoldedRow<State> {
  const beginning = { id, state: initial, before: null, version: 0, createdPosition: position };
  if (stored === null) return beginning;
  const { created_position, state } = stored;
  return { ...beginning, state, before: state, createdPosition: Number(created_position) };
}

/** Of a stream that begins among the records nothing is stored. */
function unknownIds(
  records: readonly ProjectedRecord<Category>[],
  known: ReadonlyMap<string, unknown>,
): readonly string[] {
  const begun = new Set(records.filter(({ version }) => version === 1).map(({ id }) => id));
  return [...new Set(records.map(({ id }) => id).filter((id) => !begun.has(id) && !known.has(id)))];
}
