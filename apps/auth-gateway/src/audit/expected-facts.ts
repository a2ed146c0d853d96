import { apiKeyStream, eraseFromKey, isExistingKey, userStream } from '@keyfold/domain';
import type { VerifiedRecord } from '@keyfold/messaging';
import type { FactChange } from '../facts/fact.js';
import { foldBatch } from '../projection/batch-fold.js';
import { isErasure } from '../projection/erased-keys.js';

/** What the log says of streams, as of a size. */
export interface ExpectedFacts {
  /** By stream; null for one that the log does not have. */
  readonly facts: ReadonlyMap<string, FactChange | null>;
  /** Streams with values that have been erased since that size: what they said then cannot be told any more. */
  readonly undetermined: ReadonlySet<string>;
}

/**
 * Folds all records of each of these streams as the projector does.
 *
 * @param streams all of each stream's records up to a size, in order; of a key that of its owner must be among them
 * @throws UnknownRecordError
 */
export function expectedFacts(streams: ReadonlyMap<string, readonly VerifiedRecord[]>): ExpectedFacts {
  const changes = foldBatch([...streams.values()].flat(), () => undefined).changes;
  const byStream = new Map(changes.map((change) => [change.stream, change]));
  const facts = new Map<string, FactChange | null>();
  const undetermined = new Set<string>();
  for (const [stream, records] of streams) {
    const change = byStream.get(stream) ?? null;
    const owner = ownerIn(records);
    const ofOwner = owner === null ? undefined : byStream.get(owner);
    const isErased = ofOwner !== undefined && isErasure(ofOwner);
    if (!isErased && records.some(({ erased }) => erased.length > 0)) undetermined.add(stream);
    facts.set(stream, isErased ? withoutErased(change) : change);
  }
  return { facts, undetermined };
}

/** The stream of the user whose erasure takes values from these records; null if there is none. */
export function ownerIn(records: readonly VerifiedRecord[]): string | null {
  const [first] = records;
  if (first === undefined) return null;
  const { data, stream } = first.record;
  if (stream.startsWith(userStream(''))) return stream;
  const { userId } = data;
  return stream.startsWith(apiKeyStream('')) && typeof userId === 'string' ? userStream(userId) : null;
}

function withoutErased(change: FactChange | null): FactChange | null {
  if (change?.category !== 'api-key' || !isExistingKey(change.fact.state)) return change;
  return { ...change, fact: { version: change.fact.version, state: eraseFromKey(change.fact.state) } };
}
