import { expect, test } from '@jest/globals';
import { leafHash } from '@keyfold/domain';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { userErased, usersCreated } from '@keyfold/testing/feed/test-events';
import { LogShrankError, type RelayBatch, RelayTree } from './relay-tree.js';

/** A log, a tree that has caught up with it, and how often the tree has read it since. */
async function caughtUp(size = 3): Promise<{ log: MemoryLog; tree: RelayTree; reads: () => number }> {
  const log = new MemoryLog();
  log.append(...usersCreated(1, size));
  let reads = 0;
  const readAfter = log.readAfter.bind(log);
  log.readAfter = (position, limit) => {
    reads += 1;
    return readAfter(position, limit);
  };
  const tree = new RelayTree(log, size, () => Promise.resolve());
  expect(await tree.next()).toBeNull();
  reads = 0;
  return { log, tree, reads: () => reads };
}

const positionsOf = (batch: RelayBatch | null): number[] | undefined =>
  batch?.records.map(({ record }) => record.position);

test('what is handed over is not read again, and gives the state that reading gives', async () => {
  const { log, reads, tree } = await caughtUp();
  tree.hand(log.commit(...usersCreated(10, 2)));
  tree.hand(log.commit(...usersCreated(20, 1)));
  const batch = await tree.next();
  expect(positionsOf(batch)).toEqual([4, 5, 6]);
  expect(batch).toMatchObject({ isLast: true, state: { size: 6 }, origin: { grown: { from: 3 } } });
  expect(batch?.origin.grown?.leafHashes).toEqual(log.records.slice(3).map(({ leaf }) => leafHash(leaf)));
  expect(batch?.state.root).toEqual(await log.rootAt(6));
  expect(reads()).toBe(0);
  expect(await tree.next()).toBeNull();
});

test('what others have committed in between is read, and nothing comes twice', async () => {
  const { log, reads, tree } = await caughtUp();
  tree.hand(log.commit(...usersCreated(10, 1)));
  log.append(...usersCreated(20, 2));
  tree.hand(log.commit(...usersCreated(30, 1)));
  expect(positionsOf(await tree.next())).toEqual([4]);
  expect(positionsOf(await tree.next())).toEqual([5, 6, 7]);
  expect(await tree.next()).toBeNull();
  tree.hand(log.commit(...usersCreated(40, 1)));
  expect(positionsOf(await tree.next())).toEqual([8]);
  expect(reads()).toBe(2);
});

test('nothing is taken over by a tree that is not the one appended to', async () => {
  const { log, tree } = await caughtUp(6);
  // The log loses its tail and grows again, by others, to where it was.
  log.cut(3);
  log.append(...usersCreated(100, 3));
  tree.hand(log.commit(...usersCreated(10, 1)));
  const batch = await tree.next();
  expect(positionsOf(batch)).toEqual([7]);
  // Read from the log: its own root, and no claim that it has grown out of what was known.
  expect(batch?.origin.grown).toBeUndefined();
  expect(batch?.state.root).toEqual(await log.rootAt(7));
});

test('an erasure, and what was handed over before it, is read with the openings that are left', async () => {
  const { log, reads, tree } = await caughtUp();
  const created = log.commit(...usersCreated(10, 1));
  tree.hand(created);
  const erasure = log.commit(userErased(10));
  log.erase(4, 'username');
  tree.hand(erasure);
  const batch = await tree.next();
  expect(positionsOf(batch)).toEqual([4, 5]);
  expect(Object.keys(created.records[0]?.openings ?? {})).toContain('username');
  expect(Object.keys(batch?.records[0]?.openings ?? {})).not.toContain('username');
  expect(reads()).toBe(1);
});

test('a relay that is far behind holds no more than its share, and reads the rest', async () => {
  const { log, reads, tree } = await caughtUp();
  for (let nth = 0; nth < 30; nth += 1) tree.hand(log.commit(...usersCreated(1_000 + nth * 100, 100)));
  const seen: number[] = [];
  for (let batch = await tree.next(); batch !== null; batch = await tree.next()) {
    expect(batch.records.length).toBeLessThanOrEqual(500);
    expect(batch.state.root).toEqual(await log.rootAt(batch.state.size));
    seen.push(...(positionsOf(batch) ?? []));
  }
  expect(seen).toEqual(Array.from({ length: 3_000 }, (_, nth) => nth + 4));
  expect(reads()).toBeGreaterThan(2);
});

test('a log that has less than was relayed, or other records at the same size, is not one without news', async () => {
  const shorter = await caughtUp(6);
  shorter.log.cut(3);
  await expect(shorter.tree.next()).rejects.toThrow(LogShrankError);
  const other = await caughtUp(6);
  other.log.cut(3);
  other.log.append(...usersCreated(100, 3));
  await expect(other.tree.next()).rejects.toThrow(LogShrankError);
});
