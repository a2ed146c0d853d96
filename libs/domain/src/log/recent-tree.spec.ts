import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Frontier } from './frontier.js';
import { leafHash } from './merkle-hash.js';
import { verifyConsistency } from './proof-verification.js';
import { RecentTree } from './recent-tree.js';

const leaf = (nth: number): Buffer => leafHash(Buffer.from(`leaf ${nth}`));

/** The frontier of the first `size` leaves, and the root it gives. */
function frontierAt(size: number): Frontier {
  const frontier = Frontier.empty();
  for (let nth = 0; nth < size; nth += 1) frontier.append(leaf(nth));
  return frontier;
}

function grown(since: number, size: number): RecentTree {
  const tree = new RecentTree(frontierAt(since));
  for (let nth = since; nth < size; nth += 1) tree.append(leaf(nth));
  return tree;
}

const sizes = fc
  .tuple(fc.nat(300), fc.nat(80), fc.nat(80), fc.nat(80))
  .map(([since, ...steps]) => steps.reduce((all, step) => [...all, (all.at(-1) ?? 0) + step], [since]));

describe('the end of a tree', () => {
  test('has every root and consistency proof between the sizes that it was kept for', () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), ([since = 0, from = 0, to = 0, size = 0], isCut) => {
        const tree = grown(since, size);
        if (isCut) tree.forgetBefore(from);
        expect(tree.since).toBe(isCut ? from : since);
        const [fromRoot, toRoot] = [frontierAt(from).root(), frontierAt(to).root()];
        expect(tree.rootAt(from)).toEqual(fromRoot);
        expect(tree.rootAt(to)).toEqual(toRoot);
        expect(tree.frontier().toBytes()).toEqual(frontierAt(size).toBytes());
        const proof = tree.consistencyProof(from, to);
        expect(verifyConsistency({ fromSize: from, fromRoot, toSize: to, toRoot, proof })).toBe(true);
      }),
    );
  });

  test('grows on after it has forgotten its beginning, as often as that happens', () => {
    const tree = grown(5, 5);
    for (let size = 6; size <= 700; size += 1) {
      tree.append(leaf(size - 1));
      if (size % 50 === 0) tree.forgetBefore(size - 20);
      if (size % 7 === 0) expect(tree.rootAt(size)).toEqual(frontierAt(size).root());
    }
    expect(tree.rootAt(690)).toEqual(frontierAt(690).root());
  });

  test('says nothing of a size that it does not know', () => {
    const tree = grown(10, 20);
    for (const size of [9, 21]) expect(() => tree.rootAt(size)).toThrow(RangeError);
    expect(() => tree.consistencyProof(9, 20)).toThrow(RangeError);
    expect(() => tree.consistencyProof(12, 21)).toThrow(RangeError);
    tree.forgetBefore(15);
    expect(() => tree.rootAt(14)).toThrow(RangeError);
  });
});
