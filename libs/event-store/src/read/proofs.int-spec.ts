import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_ROOT, nodeHash, verifyConsistency, verifyInclusion } from '@keyfold/domain';
import { openTestLog, testAppend, testEvent, type TestLog } from '@keyfold/testing/event-log';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';

const SIZE = 256 * 3 + 77;

let postgres: TestPostgres;
let log: TestLog;
const leafHashes: Buffer[] = [];
beforeAll(async () => {
  postgres = await startTestPostgres();
  log = await openTestLog(postgres);
  // Tiles become full at the end of an append, in the middle of one, several in one, and by another replica than the
  // one that began them.
  const stores = [log.store, log.openStore()];
  const sizes = [255, 1, 1, 254, 1, 3, 300, 1, SIZE - 816];
  for (const [nth, size] of sizes.entries()) {
    await stores[nth % 2]?.append(testAppend(Array.from({ length: size }, () => testEvent(`user/${nth}`))));
  }
  for await (const { leafHash } of log.store.leaves({ from: 1, to: SIZE })) leafHashes.push(leafHash);
});
afterAll(async () => {
  await log.close();
  await postgres.stop();
});

// RFC 6962, 2.1, as it is written there.
function recursiveRoot(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first === undefined) return EMPTY_ROOT;
  if (hashes.length === 1) return first;
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return nodeHash(recursiveRoot(hashes.slice(0, k)), recursiveRoot(hashes.slice(k)));
}

const rootOf = (size: number): Buffer => recursiveRoot(leafHashes.slice(0, size));

// Every boundary of a tile and its neighbours, beside any size.
const anySize = fc.oneof(
  fc.constantFrom(0, 1, 2, 255, 256, 257, 511, 512, 513, 767, 768, 769, SIZE - 1, SIZE),
  fc.integer({ min: 0, max: SIZE }),
);

test('the head is the root over all leaves', async () => {
  const head = await log.store.head();
  expect(head.size).toBe(SIZE);
  expect(head.root).toEqual(rootOf(SIZE));
});

test('the root at any size is the recursive one', async () => {
  await fc.assert(
    fc.asyncProperty(anySize, async (size) => {
      expect(await log.store.rootAt(size)).toEqual(rootOf(size));
    }),
    { numRuns: 60 },
  );
});

test('any leaf is proven to be in any tree that has it', async () => {
  await fc.assert(
    fc.asyncProperty(anySize, anySize, async (one, other) => {
      const treeSize = Math.max(one, other, 1);
      const leafIndex = Math.min(one, other, treeSize - 1);
      const proof = await log.store.inclusionProof(leafIndex, treeSize);
      const leafHash = leafHashes[leafIndex] ?? EMPTY_ROOT;
      expect(verifyInclusion({ leafHash, leafIndex, treeSize, proof, root: rootOf(treeSize) })).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('several leaves are proven at once as they are one by one', async () => {
  const leafIndexes = [SIZE - 1, 0, 255, 256, 600, 600];
  const together = await log.store.inclusionProofs(leafIndexes, SIZE);
  expect(together).toEqual(await Promise.all(leafIndexes.map((index) => log.store.inclusionProof(index, SIZE))));
  expect(await log.store.inclusionProofs([], SIZE)).toEqual([]);
});

test('any two sizes are proven to be of one log', async () => {
  await fc.assert(
    fc.asyncProperty(anySize, anySize, async (one, other) => {
      const [fromSize, toSize] = one < other ? [one, other] : [other, one];
      const proof = await log.store.consistencyProof(fromSize, toSize);
      const claim = { fromSize, fromRoot: rootOf(fromSize), toSize, toRoot: rootOf(toSize), proof };
      expect(verifyConsistency(claim)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('tiles of any width that the log has had are served, and no wider ones', async () => {
  for (const [index, width] of [
    [0, 256],
    [0, 1],
    [2, 200],
    [3, 77],
  ] as const) {
    const hashes = leafHashes.slice(index * 256, index * 256 + width);
    expect(await log.store.tile(0, index, width)).toEqual(Buffer.concat(hashes));
  }
  const parents = [0, 1, 2].map((index) => recursiveRoot(leafHashes.slice(index * 256, (index + 1) * 256)));
  expect(await log.store.tile(1, 0, 3)).toEqual(Buffer.concat(parents));
  expect(await log.store.tile(0, 3, 78)).toBeUndefined();
  expect(await log.store.tile(1, 0, 4)).toBeUndefined();
});

test('a proof over a size that the log has not had is refused', async () => {
  await expect(log.store.rootAt(SIZE + 1)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  await expect(log.store.inclusionProof(0, 1024)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
});
