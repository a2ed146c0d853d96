import { describe, expect, test } from '@jest/globals';
import { Frontier } from './frontier.js';
import { EMPTY_ROOT, leafHash, nodeHash } from './merkle-hash.js';
import { type NodeId, planConsistency, planInclusion } from './proof-plan.js';
import { verifyConsistency, verifyInclusion } from './proof-verification.js';

// The RFC 6962 vectors of Certificate Transparency, as github.com/transparency-dev/merkle has them in
// proof/verify_test.go.
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  bytes,
);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const A = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e';
const B = '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4';
const C = 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b';
const D = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0';
const E = 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7';
const F = '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7';
const G = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a';
const H = 'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f';

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function root(size: number): Buffer {
  return bytes(ROOTS[size] ?? '');
}

function hashOf({ level, index }: NodeId): Buffer {
  if (level === 0) return leafHash(LEAVES[index] ?? Buffer.of());
  return nodeHash(hashOf({ level: level - 1, index: 2 * index }), hashOf({ level: level - 1, index: 2 * index + 1 }));
}

describe('the published vectors of RFC 6962', () => {
  test('give these roots', () => {
    const frontier = Frontier.empty();
    expect(EMPTY_ROOT).toEqual(root(0));
    for (const [size, leaf] of LEAVES.entries()) {
      expect(frontier.root()).toEqual(root(size));
      frontier.append(leafHash(leaf));
    }
    expect(frontier.root()).toEqual(root(8));
  });

  test.each<[number, number, string[]]>([
    [1, 1, []],
    [1, 8, [F, A, B]],
    [6, 8, [C, D, E]],
    [3, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
    [2, 5, ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', A, C]],
  ])('prove leaf %d in the tree of %d', (leaf, treeSize, hashes) => {
    const leafIndex = leaf - 1; // The vectors count leaves from 1.
    const proof = hashes.map(bytes);
    expect(planInclusion(leafIndex, treeSize).assemble(hashOf)).toEqual(proof);
    const claim = {
      leafHash: hashOf({ level: 0, index: leafIndex }),
      leafIndex,
      treeSize,
      proof,
      root: root(treeSize),
    };
    expect(verifyInclusion(claim)).toBe(true);
    for (const wrong of [leafIndex - 1, leafIndex + 1, leafIndex ^ 2]) {
      expect(verifyInclusion({ ...claim, leafIndex: wrong })).toBe(false);
    }
    expect(verifyInclusion({ ...claim, treeSize: treeSize * 2 })).toBe(false);
    expect(verifyInclusion({ ...claim, treeSize: Math.floor(treeSize / 2) })).toBe(false);
  });

  test.each<[number, number, string[]]>([
    [1, 1, []],
    [1, 8, [F, A, B]],
    [6, 8, [G, D, E]],
    [2, 5, [A, C]],
    [6, 7, [G, H, E]],
  ])('prove that the tree of %d is the beginning of the tree of %d', (fromSize, toSize, hashes) => {
    const proof = hashes.map(bytes);
    expect(planConsistency(fromSize, toSize).assemble(hashOf)).toEqual(proof);
    const claim = { fromSize, fromRoot: root(fromSize), toSize, toRoot: root(toSize), proof };
    expect(verifyConsistency(claim)).toBe(true);
    if (fromSize === toSize) return;
    for (const wrong of [fromSize - 1, fromSize + 1, fromSize ^ 2]) {
      expect(verifyConsistency({ ...claim, fromSize: wrong })).toBe(false);
    }
    expect(verifyConsistency({ ...claim, toSize: toSize * 2 })).toBe(false);
    expect(verifyConsistency({ ...claim, toSize: Math.floor(toSize / 2) })).toBe(false);
    expect(verifyConsistency({ ...claim, fromRoot: claim.toRoot, toRoot: claim.fromRoot })).toBe(false);
  });
});
