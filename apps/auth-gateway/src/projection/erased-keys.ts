import { type ApiKeyState, apiKeyStream, eraseFromKey, isExistingKey } from '@keyfold/domain';
import type { ChangeOf, Fact, FactChange } from '../facts/fact.js';
import type { BaseLookup } from './batch-fold.js';
import type { ProjectionTransaction } from './projection-store.js';

/** Where the keys of a person are. */
type ErasedFrom = Pick<ProjectionTransaction, 'keysOf' | 'load'>;

/**
 * What an erasure takes from the keys of the person: names, address ranges and hashes kept here are openings of the
 * log, and must go where the log's own go. A fold from an empty gateway, which never gets those openings, ends in the
 * same states.
 */
export async function erasedKeys(
  tx: ErasedFrom,
  changes: readonly FactChange[],
  base: BaseLookup,
): Promise<FactChange[]> {
  const erasures = new Map(changes.filter(isErasure).map((change) => [change.id, change.position]));
  if (erasures.size === 0) return [];
  const inBatch = new Map(changes.filter(isKey).map((change) => [change.id, change]));
  const result: FactChange[] = [];
  for (const [userId, position] of erasures) {
    for (const keyId of await keyIdsOf(tx, userId, inBatch)) {
      const change = inBatch.get(keyId);
      const fact = change?.fact ?? (await factOf(tx, keyId, base));
      if (fact === undefined) continue;
      const erased = { version: fact.version, state: eraseFromKey(fact.state) };
      const { isNew, commitments } = change ?? { isNew: false, commitments: {} };
      const stream = apiKeyStream(keyId);
      result.push({ category: 'api-key', stream, id: keyId, fact: erased, isNew, position, commitments });
    }
  }
  return result;
}

async function keyIdsOf(
  tx: ErasedFrom,
  userId: string,
  inBatch: ReadonlyMap<string, ChangeOf<'api-key'>>,
): Promise<Set<string>> {
  const ids = new Set(await tx.keysOf(userId));
  for (const [keyId, { fact }] of inBatch)
    if (isExistingKey(fact.state) && fact.state.userId === userId) ids.add(keyId);
  return ids;
}

async function factOf(tx: ErasedFrom, keyId: string, base: BaseLookup): Promise<Fact<ApiKeyState> | undefined> {
  // Looked up under the category of keys, so it is a key's.
  return (base('api-key', keyId) ?? (await tx.load('api-key', [keyId])).get(keyId)) as Fact<ApiKeyState> | undefined;
}

/** Whether the change leaves an erased user. */
export function isErasure(change: FactChange): change is ChangeOf<'user'> {
  return change.category === 'user' && change.fact.state.status === 'erased';
}

function isKey(change: FactChange): change is ChangeOf<'api-key'> {
  return change.category === 'api-key';
}
