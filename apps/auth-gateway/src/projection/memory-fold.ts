import { eraseFromKey, isExistingKey } from '@keyfold/domain';
import type { VerifiedRecord } from '@keyfold/messaging';
import type { FactChange } from '../facts/fact.js';
import type { Unheld } from '../facts/gateway-facts.js';
import { type BaseLookup, foldBatch, type FoldedBatch } from './batch-fold.js';
import { isErasure } from './erased-keys.js';

/** What memory takes over of a batch. */
export interface ForMemory {
  readonly changes: readonly FactChange[];
  /** Records of streams that memory does not hold. It must know of them: rows read before are stale from now on. */
  readonly unheld: readonly Unheld[];
}

/**
 * Folds what the tables have already, since another process of this gateway has written it, onto what memory holds. No
 * row is read: rows may be of any later position.
 */
export function foldForMemory(
  records: readonly VerifiedRecord[],
  inMemory: BaseLookup,
): ForMemory & Pick<FoldedBatch, 'unusable'> {
  const folded = foldBatch(records, inMemory);
  const unheld = folded.leftOut.map(unheldBy);
  const erased = new Set([
    ...folded.changes.filter(isErasure).map(({ id }) => id),
    ...unheld.map(({ erasedUserId }) => erasedUserId),
  ]);
  const changes = erased.size === 0 ? folded.changes : folded.changes.map((change) => withoutErased(change, erased));
  return { changes, unheld, unusable: folded.unusable };
}

function unheldBy({ record: { position, stream, type } }: VerifiedRecord): Unheld {
  return { stream, position, erasedUserId: type === 'UserErased' ? stream.slice('user/'.length) : null };
}

/**
 * A key that is touched in the batch that erases its owner would otherwise keep what was to be destroyed, here and in
 * later rows.
 */
function withoutErased(change: FactChange, erased: ReadonlySet<string | null>): FactChange {
  if (change.category !== 'api-key') return change;
  const { state, version } = change.fact;
  if (!isExistingKey(state) || !erased.has(state.userId)) return change;
  return { ...change, fact: { version, state: eraseFromKey(state) } };
}
