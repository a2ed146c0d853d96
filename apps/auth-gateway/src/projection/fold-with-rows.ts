import type { Category } from '@keyfold/domain';
import type { VerifiedRecord } from '@keyfold/messaging';
import type { FactChange } from '../facts/fact.js';
import { type BaseLookup, foldBatch, type FoldedBatch, ProjectionDamagedError } from './batch-fold.js';

type Rows = Map<string, FactChange['fact']>;

/** Where facts that are not in memory are read. */
interface RowSource {
  load(category: Category, ids: readonly string[]): Promise<Rows>;
}

/**
 * Folds a batch, reading the rows of those streams alone that neither begin in it nor are in memory: a gateway that
 * starts empty reads none.
 *
 * @throws ProjectionDamagedError if a row is missing, and what foldBatch throws
 */
export async function foldWithRows(
  records: readonly VerifiedRecord[],
  inMemory: BaseLookup,
  from: RowSource,
): Promise<FoldedBatch> {
  const known = foldBatch(records, inMemory);
  if (known.leftOut.length === 0) return known;
  const rows = new Map<string, Rows>();
  for (const [category, ids] of idsOf(known.leftOut)) rows.set(category, await from.load(category, [...ids]));
  const loaded = foldBatch(known.leftOut, (category, id) => rows.get(category)?.get(id));
  const [lost] = loaded.leftOut;
  if (lost !== undefined) {
    const { stream } = lost.record;
    throw new ProjectionDamagedError(`${stream} has no row here`, stream);
  }
  return {
    changes: [...known.changes, ...loaded.changes],
    unusable: [...known.unusable, ...loaded.unusable],
    leftOut: [],
  };
}

function idsOf(records: readonly VerifiedRecord[]): Map<Category, Set<string>> {
  const ids = new Map<Category, Set<string>>();
  for (const { record } of records) {
    const slash = record.stream.indexOf('/');
    // Only records of the four categories are folded, so only they are left out.
    const category = record.stream.slice(0, slash) as Category;
    const ofCategory = ids.get(category) ?? new Set();
    ids.set(category, ofCategory.add(record.stream.slice(slash + 1)));
  }
  return ids;
}
