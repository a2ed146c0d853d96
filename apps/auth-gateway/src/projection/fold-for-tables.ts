import type { Category } from '@keyfold/domain';
import type { VerifiedRecord } from '@keyfold/messaging';
import type { FactChange } from '../facts/fact.js';
import type { BaseLookup, FoldedBatch } from './batch-fold.js';
import { erasedKeys } from './erased-keys.js';
import { foldWithRows } from './fold-with-rows.js';

/** The tables that a fold goes on from. */
export interface FoldedTables {
  load(category: Category, ids: readonly string[]): Promise<Map<string, FactChange['fact']>>;
  /** Keys of a person who was erased. */
  keysOf(userId: string): Promise<string[]>;
}

/**
 * Folds records onto tables: what the rows have to become, the keys of erased persons included.
 *
 * @param inMemory facts that spare the look-up of their rows; they must stand where the tables do
 * @throws what foldWithRows throws
 */
export async function foldForTables(
  tables: FoldedTables,
  records: readonly VerifiedRecord[],
  inMemory: BaseLookup = () => undefined,
): Promise<FoldedBatch> {
  const folded = await foldWithRows(records, inMemory, tables);
  const erased = await erasedKeys(tables, folded.changes, inMemory);
  if (erased.length === 0) return folded;
  const replaced = new Set(erased.map(({ stream }) => stream));
  return { ...folded, changes: [...folded.changes.filter(({ stream }) => !replaced.has(stream)), ...erased] };
}
