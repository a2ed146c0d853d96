import { beforeEach, expect, test } from '@jest/globals';
import {
  checkpointText,
  decideForkAcknowledgement,
  generateSignerKey,
  type NewEvent,
  originAfterFork,
  parseSignerKey,
  parseVerifierKey,
  signCheckpoint,
  signerNamed,
} from '@keyfold/domain';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import { type ProvenOrigins, proveOrigins, successorOf } from './proven-origins.js';

const FIRST = 'keyfold.local/0123';
const SECOND = originAfterFork(FIRST, 'aaaaaaaaaaaa');
const THIRD = originAfterFork(FIRST, 'bbbbbbbbbbbb');
const text = generateSignerKey(FIRST, Buffer.alloc(32, 1));
const keyOf = (origin: string): ReturnType<typeof parseVerifierKey> =>
  parseVerifierKey(parseSignerKey(signerNamed(text, origin)).verifierKey);

let log: MemoryLog;

beforeEach(() => {
  log = new MemoryLog();
  log.append(...usersCreated(1, 30));
});

function acknowledged(origin: string, next: string): NewEvent[] {
  const checkpoint = checkpointText({ origin, size: 40, root: Buffer.alloc(32, 1) });
  const fork = { position: 30, checkpoint };
  return decideForkAcknowledgement({ named: fork, next, origin }, fork, []);
}

/** What an admin-service answers that works for the origin, and signs by the key. */
const answer = (origin: string, key = text): Promise<ProvenOrigins> =>
  proveOrigins(log, async () => {
    const { root, size } = await log.head();
    return { size, checkpoint: signCheckpoint({ origin, root, size }, parseSignerKey(signerNamed(key, origin))) };
  });

test('the log is followed from any of its origins to the last one, and not back', async () => {
  log.append(...acknowledged(FIRST, SECOND), ...usersCreated(100, 5));
  log.append(...acknowledged(SECOND, THIRD), ...usersCreated(200, 5));
  const proven = await answer(THIRD);
  expect(successorOf(keyOf(FIRST), proven)?.name).toBe(THIRD);
  expect(successorOf(keyOf(SECOND), proven)?.name).toBe(THIRD);
  expect(successorOf(keyOf(THIRD), proven)).toBeNull();
  // The old database, still answering somewhere: no record of it leads from the new origin to its own.
  expect(() => successorOf(keyOf(THIRD), { checkpoint: proven.checkpoint, records: [] })).not.toThrow();
  const reversed = { ...proven, records: proven.records.toReversed() };
  expect(successorOf(keyOf(FIRST), reversed)?.name).toBe(THIRD);
  const old = await answer(SECOND);
  expect(() => successorOf(keyOf(THIRD), old)).toThrow(expect.objectContaining({ code: 'BAD_REPLY' }));
});

test('nobody is led elsewhere by another key, by records that are not in the tree, or by none', async () => {
  log.append(...acknowledged(FIRST, SECOND));
  const proven = await answer(SECOND);
  const refused = (origins: ProvenOrigins): void => {
    expect(() => successorOf(keyOf(FIRST), origins)).toThrow(expect.objectContaining({ code: 'BAD_REPLY' }));
  };
  expect(successorOf(keyOf(FIRST), proven)?.verifierKey).toBe(keyOf(SECOND).verifierKey);
  refused(await answer(SECOND, generateSignerKey(FIRST, Buffer.alloc(32, 2))));
  refused({ ...proven, records: [] });
  const [record] = proven.records;
  if (record === undefined) throw new Error('there is one');
  refused({ ...proven, records: [{ ...record, proof: [] }] });
  const user = await log.readAt(1);
  const [proof = []] = await log.inclusionProofs([0], 31);
  refused({ ...proven, records: [{ leaf: user?.leaf ?? Buffer.of(), proof }] });
  // A log that the same key signs, and that has no such fork.
  const other = new MemoryLog();
  other.append(...usersCreated(1, 31));
  log = other;
  refused({ ...(await answer(SECOND)), records: proven.records });
});
