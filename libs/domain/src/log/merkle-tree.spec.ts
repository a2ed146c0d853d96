import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Frontier } from './frontier.js';
import { EMPTY_ROOT, leafHash, nodeHash } from './merkle-hash.js';
import { type NodeId, planConsistency, planInclusion, planRoot } from './proof-plan.js';
import { verifyConsistency, verifyInclusion } from './proof-verification.js';

// RFC 6962, 2.1, word for word, over SHA-256 from elsewhere: what everything below is compared to.
function sha256(...parts: readonly Uint8Array[]): Buffer {
  return parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
}
function mth(leaves: readonly Uint8Array[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), first);
  const k = splitOf(leaves.length);
  return sha256(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}
function path(m: number, leaves: readonly Uint8Array[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = splitOf(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}
function subproof(m: number, leaves: readonly Uint8Array[], isWhole: boolean): Buffer[] {
  if (m === leaves.length) return isWhole ? [] : [mth(leaves)];
  const k = splitOf(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), isWhole), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}
function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

const LEAVES = Array.from({ length: 300 }, (_, index) => Buffer.from(`leaf ${index}`));
const ROOTS = Array.from({ length: 301 }, (_, size) => mth(LEAVES.slice(0, size)));

function rootOf(size: number): Buffer {
  return ROOTS[size] ?? mth([]);
}

/** What storage would hold: the hash of a perfect subtree. */
function stored({ level, index }: NodeId): Buffer {
  const leaves = 2 ** level;
  return mth(LEAVES.slice(index * leaves, (index + 1) * leaves));
}

/** Of thousands of proofs: `toEqual` would look at each byte of each hash as at a member of an object. */
function hexOf(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => Buffer.from(hash).toString('hex')).join(' ');
}

function flip(bytes: Uint8Array, bit: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

function inclusionOf(leafIndex: number, treeSize: number) {
  const proof = planInclusion(leafIndex, treeSize).assemble(stored);
  return { leafHash: leafHash(LEAVES[leafIndex] ?? Buffer.of()), leafIndex, treeSize, proof, root: rootOf(treeSize) };
}

function consistencyOf(fromSize: number, toSize: number) {
  const proof = planConsistency(fromSize, toSize).assemble(stored);
  return { fromSize, fromRoot: rootOf(fromSize), toSize, toRoot: rootOf(toSize), proof };
}

const sizeAndIndex = fc
  .integer({ min: 1, max: 300 })
  .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat(255), fc.nat()));

describe('the frontier', () => {
  test('has the root of RFC 6962 at every size to 300, also after a round trip through bytes', () => {
    let frontier = Frontier.empty();
    for (const [size, leaf] of LEAVES.entries()) {
      expect(frontier.size).toBe(size);
      expect(frontier.root().equals(rootOf(size))).toBe(true);
      const restored = Frontier.from(size, frontier.toBytes());
      expect(restored.root().equals(rootOf(size))).toBe(true);
      if (size % 3 === 0) frontier = restored;
      frontier.append(leafHash(leaf));
    }
    expect(frontier.root().equals(rootOf(300))).toBe(true);
  });

  test('is the same by leaves as by their hashes', () => {
    const [byHash, byLeaf] = [Frontier.empty(), Frontier.empty()];
    for (const leaf of [...LEAVES, Buffer.of(), Buffer.alloc(100_000, 0xff)]) {
      byHash.append(leafHash(leaf));
      byLeaf.appendLeaf(leaf);
      expect(byLeaf.toBytes().equals(byHash.toBytes())).toBe(true);
    }
    expect(byLeaf.size).toBe(302);
  });

  test('a clone grows on its own', () => {
    const frontier = Frontier.from(3, Buffer.concat([stored({ level: 1, index: 0 }), stored({ level: 0, index: 2 })]));
    const clone = frontier.clone();
    clone.append(leafHash(Buffer.from('other')));
    frontier.append(leafHash(LEAVES[3] ?? Buffer.of()));
    expect(frontier.root().equals(rootOf(4))).toBe(true);
    expect(clone.root().equals(rootOf(4))).toBe(false);
    expect(clone.size).toBe(4);
  });

  test('neither its root nor the bytes it was restored from are tied to it', () => {
    const bytes = Buffer.from(leafHash(LEAVES[0] ?? Buffer.of()));
    const frontier = Frontier.from(1, bytes);
    bytes.fill(0);
    frontier.root().fill(0);
    expect(frontier.root().equals(rootOf(1))).toBe(true);
    Frontier.empty().root().fill(0);
    expect(EMPTY_ROOT.equals(rootOf(0))).toBe(true);
  });

  test('grows beyond 2^32 leaves', () => {
    const size = 2 ** 40 - 1;
    const part = Buffer.alloc(32, 5);
    const frontier = Frontier.from(size, Buffer.concat(Array.from({ length: 40 }, () => part)));
    let expected: Buffer = part;
    for (let level = 0; level < 40; level++) expected = nodeHash(part, expected);
    frontier.append(part);
    expect(frontier.size).toBe(2 ** 40);
    expect(frontier.toBytes().equals(expected)).toBe(true);
  });

  test.each([
    [3, 32],
    [3, 96],
    [0, 32],
    [1, 31],
    [-1, 0],
    [1.5, 32],
    [2 ** 53, 32],
  ])('is not restored for size %d from %d bytes', (size, bytes) => {
    expect(() => Frontier.from(size, Buffer.alloc(bytes))).toThrow(RangeError);
  });

  test('takes nothing but hashes of 32 bytes', () => {
    expect(() => {
      Frontier.empty().append(Buffer.alloc(31));
    }).toThrow(RangeError);
    expect(() => nodeHash(Buffer.alloc(32), Buffer.alloc(33))).toThrow(RangeError);
  });
});

describe('leaf hashes', () => {
  test('are the prefixed SHA-256 at any length', () => {
    for (const length of [0, 1, 500, 65_534, 65_535, 65_536, 100_000]) {
      const leaf = Buffer.alloc(length, length & 0xff);
      expect(leafHash(leaf).equals(sha256(Buffer.of(0), leaf))).toBe(true);
    }
  });
});

describe('proofs', () => {
  test('are those of RFC 6962 and verify, for every leaf and size to 70', () => {
    for (let size = 1; size <= 70; size++) {
      expect(planRoot(size).assemble(stored)).toEqual([rootOf(size)]);
      for (let index = 0; index < size; index++) {
        const claim = inclusionOf(index, size);
        expect(hexOf(claim.proof)).toBe(hexOf(path(index, LEAVES.slice(0, size))));
        expect(verifyInclusion(claim)).toBe(true);
      }
    }
  });

  test('of consistency are those of RFC 6962 and verify, for every pair of sizes to 70', () => {
    for (let toSize = 1; toSize <= 70; toSize++) {
      for (let fromSize = 1; fromSize <= toSize; fromSize++) {
        const claim = consistencyOf(fromSize, toSize);
        expect(hexOf(claim.proof)).toBe(hexOf(subproof(fromSize, LEAVES.slice(0, toSize), true)));
        expect(verifyConsistency(claim)).toBe(true);
      }
    }
  });

  test('of inclusion fail with any bit flipped, another index, another size, a hash more or less', () => {
    fc.assert(
      fc.property(sizeAndIndex, ([size, index, bit, pick]) => {
        const claim = inclusionOf(index, size);
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, root: flip(claim.root, bit) })).toBe(false);
        expect(verifyInclusion({ ...claim, leafHash: flip(claim.leafHash, bit) })).toBe(false);
        const at = pick % Math.max(1, claim.proof.length);
        const flipped = claim.proof.map((hash, other) => (other === at ? flip(hash, bit) : hash));
        expect(verifyInclusion({ ...claim, proof: flipped })).toBe(claim.proof.length === 0);
        expect(verifyInclusion({ ...claim, proof: [...claim.proof, claim.root] })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: claim.proof.slice(0, -1) })).toBe(claim.proof.length === 0);
        expect(verifyInclusion({ ...claim, leafIndex: size })).toBe(false);
        const otherIndex = pick % size;
        expect(verifyInclusion({ ...claim, leafIndex: otherIndex })).toBe(otherIndex === index);
      }),
      { numRuns: 300 },
    );
  });

  test('of consistency fail with any bit flipped, another root, a hash more or less', () => {
    fc.assert(
      fc.property(sizeAndIndex, ([toSize, before, bit, pick]) => {
        const fromSize = before + 1;
        const claim = consistencyOf(fromSize, toSize);
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, fromRoot: flip(claim.fromRoot, bit) })).toBe(false);
        expect(verifyConsistency({ ...claim, toRoot: flip(claim.toRoot, bit) })).toBe(false);
        const at = pick % Math.max(1, claim.proof.length);
        const flipped = claim.proof.map((hash, other) => (other === at ? flip(hash, bit) : hash));
        expect(verifyConsistency({ ...claim, proof: flipped })).toBe(claim.proof.length === 0);
        expect(verifyConsistency({ ...claim, proof: [...claim.proof, claim.toRoot] })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: claim.proof.slice(0, -1) })).toBe(claim.proof.length === 0);
        expect(verifyConsistency({ ...claim, fromSize: toSize + 1 })).toBe(false);
        expect(verifyConsistency({ ...claim, fromSize: 0 })).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('name each node once, perfect and within the tree, also at the largest sizes', () => {
    const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [lower, upper] = [Math.min(a, b), Math.max(a, b)];
        for (const plan of [planInclusion(lower - 1, upper), planConsistency(lower, upper), planRoot(upper)]) {
          expect(new Set(plan.nodes.map((node) => `${node.level}/${node.index}`)).size).toBe(plan.nodes.length);
          for (const { level, index } of plan.nodes) {
            expect(Number.isSafeInteger(level) && Number.isSafeInteger(index)).toBe(true);
            expect((BigInt(index) + 1n) * 2n ** BigInt(level)).toBeLessThanOrEqual(BigInt(upper));
          }
          expect(plan.assemble(() => Buffer.alloc(32)).length).toBeLessThanOrEqual(54);
        }
      }),
    );
  });

  test('for one tree prove nothing for a taller one that shares its first steps', () => {
    expect(verifyInclusion({ ...inclusionOf(1, 4), treeSize: 8 })).toBe(false);
    expect(verifyConsistency({ ...consistencyOf(2, 4), toSize: 8 })).toBe(false);
    expect(verifyConsistency({ ...consistencyOf(3, 4), toSize: 5 })).toBe(false);
  });

  test('from size 0 and between equal sizes are empty', () => {
    expect(consistencyOf(0, 9).proof).toEqual([]);
    expect(verifyConsistency(consistencyOf(0, 9))).toBe(true);
    expect(verifyConsistency({ ...consistencyOf(0, 9), fromRoot: rootOf(1) })).toBe(false);
    expect(verifyConsistency(consistencyOf(0, 0))).toBe(true);
    expect(verifyConsistency({ ...consistencyOf(0, 0), toRoot: rootOf(1) })).toBe(false);
    expect(verifyConsistency({ ...consistencyOf(0, 0), fromRoot: rootOf(1), toRoot: rootOf(1) })).toBe(false);
    expect(verifyConsistency({ ...consistencyOf(5, 5), toRoot: rootOf(4) })).toBe(false);
    expect(planRoot(0).assemble(stored)).toEqual([rootOf(0)]);
  });

  test.each([
    [1, 1],
    [-1, 1],
    [0.5, 1],
    [0, 2 ** 53],
  ])('cannot be planned for leaf %d in a tree of %d', (index, size) => {
    expect(() => planInclusion(index, size)).toThrow(RangeError);
    expect(verifyInclusion({ ...inclusionOf(0, 1), leafIndex: index, treeSize: size })).toBe(false);
    expect(() => planConsistency(size + 1, size)).toThrow(RangeError);
  });

  test('with a hash of another length are false, never an exception', () => {
    const inclusion = inclusionOf(2, 7);
    expect(verifyInclusion({ ...inclusion, proof: inclusion.proof.map((hash) => hash.subarray(1)) })).toBe(false);
    expect(verifyInclusion({ ...inclusion, leafHash: Buffer.of() })).toBe(false);
    expect(verifyInclusion({ ...inclusion, root: Buffer.of() })).toBe(false);
    const consistency = consistencyOf(3, 7);
    expect(verifyConsistency({ ...consistency, proof: [Buffer.of(), ...consistency.proof.slice(1)] })).toBe(false);
    expect(verifyConsistency({ ...consistency, fromRoot: Buffer.of() })).toBe(false);
  });
});
