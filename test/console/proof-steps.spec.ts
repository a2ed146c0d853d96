import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  Frontier,
  generateSignerKey,
  leafHash as domainLeafHash,
  nodeHash,
  parseSignerKey,
  planConsistency,
  planInclusion,
  type ProofPlan,
  signCheckpoint,
} from '@keyfold/domain';
import { fromBase64, hex, utf8 } from '../../apps/console/src/pages/audit/bytes.js';
import {
  isSignedBy,
  readCheckpoint,
  readVerifierKey,
  signersOf,
} from '../../apps/console/src/pages/audit/signed-note.js';
import { climb, isConsistent, leafHash, readHashes, type Tree } from '../../apps/console/src/pages/audit/tree.js';

/* The steps of the proof page against the log's own trees and signatures: every size, every record, every pair. */

const SIZE = 20;
const leaves = Array.from({ length: SIZE }, (_, nth) => domainLeafHash(Buffer.from(`record ${nth}`)));

type Bytes = Uint8Array<ArrayBuffer>;
const bytes = (hash: Uint8Array): Bytes => Uint8Array.from(hash);

function node(level: number, index: number): Buffer {
  const leaf = leaves[index];
  if (level === 0 && leaf !== undefined) return leaf;
  return nodeHash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
}

const proofBy = (plan: ProofPlan): Bytes[] => plan.assemble(({ index, level }) => node(level, index)).map(bytes);

const trees: Tree[] = Array.from({ length: SIZE + 1 }, (_, size) => {
  const frontier = Frontier.empty();
  for (const leaf of leaves.slice(0, size)) frontier.append(leaf);
  return { size, root: bytes(frontier.root()) };
});
const tree = (size: number): Tree => trees[size] ?? { size: 0, root: new Uint8Array(32) };

const places = trees.flatMap(({ size }) => Array.from({ length: size }, (_, index) => ({ index, size })));
const pairs = places.map(({ index, size }) => ({ older: index + 1, newer: size }));

describe('the path of a record', () => {
  const pathOf = (index: number, size: number): Bytes[] => proofBy(planInclusion(index, size));
  const climbed = (index: number, treeSize: number, path: Bytes[] | null): ReturnType<typeof climb> =>
    climb(bytes(leaves[index] ?? Buffer.alloc(32)), { index, treeSize, path });

  test('leads to the root, from every record of every tree', async () => {
    expect(hex(await leafHash(utf8('record 3')))).toBe(leaves[3]?.toString('hex'));
    for (const { index, size } of places) {
      const { isWellFormed, nodes, root } = await climbed(index, size, pathOf(index, size));
      expect([index, size, isWellFormed, root]).toEqual([index, size, true, hex(tree(size).root)]);
      expect(nodes.at(-1)?.result ?? root).toBe(root);
    }
  });

  test('is malformed with a hash too many or too few, and where the record is not in the tree', async () => {
    for (const { index, size } of places) {
      const path = pathOf(index, size);
      const isWellFormed = async (asked: Bytes[] | null, at = index): Promise<boolean> =>
        (await climbed(at, size, asked)).isWellFormed;
      expect([index, size, await isWellFormed([...path, new Uint8Array(32)])]).toEqual([index, size, false]);
      expect(await isWellFormed(null)).toBe(false);
      expect(await isWellFormed(path, size)).toBe(false);
      if (path.length > 0) expect([index, size, await isWellFormed(path.slice(0, -1))]).toEqual([index, size, false]);
    }
  });

  test('says on which side each sibling was', async () => {
    const { nodes } = await climbed(2, 3, pathOf(2, 3));
    expect(nodes.map(({ side }) => side)).toEqual(['left']);
    expect((await climbed(2, 4, pathOf(2, 4))).nodes.map(({ side }) => side)).toEqual(['right', 'left']);
  });

  test('of a place beyond 32 bits is that place', async () => {
    const path = Array.from({ length: 41 }, () => new Uint8Array(32));
    const [index, treeSize] = [2 ** 40, 2 ** 40 + 2];
    const { isWellFormed, nodes } = await climbed(index, treeSize, path.slice(0, 2));
    expect([isWellFormed, nodes.map(({ side }) => side)]).toEqual([true, ['right', 'left']]);
    expect((await climbed(index, treeSize, path)).isWellFormed).toBe(false);
  });
});

describe('the proof that a tree continues an earlier one', () => {
  const proofOf = (older: number, newer: number): Bytes[] => proofBy(planConsistency(older, newer));

  test('holds for every pair, and in one direction', async () => {
    for (const { newer, older } of pairs) {
      const proof = proofOf(older, newer);
      expect([older, newer, await isConsistent(tree(older), tree(newer), proof)]).toEqual([older, newer, true]);
      if (older < newer) expect(await isConsistent(tree(newer), tree(older), proof)).toBe(false);
    }
  });

  test('fails with another root of either tree, an altered hash, a hash too many or too few, and without one', async () => {
    const other = { root: bytes(domainLeafHash(Buffer.from('other'))) };
    for (const { newer, older } of pairs) {
      const [from, to, proof] = [tree(older), tree(newer), proofOf(older, newer)];
      const altered = proof.map((_, nth) => proof.map((hash, at) => (at === nth ? other.root : hash)));
      const failing = [
        isConsistent({ ...from, ...other }, to, proof),
        isConsistent(from, { ...to, ...other }, proof),
        isConsistent(from, to, [...proof, other.root]),
        isConsistent(from, to, null),
        ...(proof.length > 0 ? [isConsistent(from, to, proof.slice(0, -1))] : []),
        ...altered.map((each) => isConsistent(from, to, each)),
      ];
      expect([older, newer, ...new Set(await Promise.all(failing))]).toEqual([older, newer, false]);
    }
  });

  test('of an empty tree, and of roots that are those of other sizes, proves nothing', async () => {
    expect(await isConsistent(tree(0), tree(4), [])).toBe(false);
    const { root } = tree(8);
    expect(await isConsistent({ size: 8, root }, { size: 4, root }, [])).toBe(false);
    expect(await isConsistent(tree(4), { size: 16, root }, proofOf(4, 8))).toBe(false);
    expect(await isConsistent(tree(4), { size: 8, root: tree(16).root }, proofOf(4, 16))).toBe(false);
  });
});

describe('what a server sends is taken only in its one form', () => {
  const hash = Buffer.from(tree(3).root).toString('base64');

  test.each([
    ['a hash that is too short', Buffer.alloc(31).toString('base64')],
    ['a hash that is too long', Buffer.alloc(33).toString('base64')],
    ['base64 with a space', ` ${hash}`],
    ['base64 without its padding', hash.replace('=', '')],
    ['base64 with stray bits', `${Buffer.alloc(32).toString('base64').slice(0, -2)}B=`],
    ['base64url', Buffer.alloc(32, 0xfb).toString('base64url')],
    ['a number', 5],
  ])('%s is no hash', (_, text) => {
    expect(readHashes([hash, text])).toBeNull();
    expect(readHashes([hash])).toEqual([tree(3).root]);
  });

  test('a list of hashes is a list', () => {
    for (const hashes of [undefined, hash, { 0: hash }]) expect(readHashes(hashes)).toBeNull();
    expect(fromBase64('AAE=')).toEqual(Uint8Array.of(0, 1));
  });
});

/** Well-formed but for its algorithm or its length. */
function verifierKeyOf(algorithm: number, length: number): string {
  const raw = Buffer.concat([Buffer.of(algorithm), randomBytes(length)]);
  const hash = createHash('sha256').update('log.example\n').update(raw).digest('hex').slice(0, 8);
  return `log.example+${hash}+${raw.toString('base64')}`;
}

describe('a checkpoint', () => {
  const signer = parseSignerKey(generateSignerKey('log.example', randomBytes(32)));
  const root = Buffer.from(tree(7).root);
  const text = signCheckpoint({ origin: 'log.example', size: 7, root }, signer);
  const [body = '', signatures = ''] = text.split('\n\n');

  test('is read as it was signed, and its signature holds', async () => {
    const checkpoint = readCheckpoint(text);
    const key = await readVerifierKey(` ${signer.verifierKey}\n`);
    if (checkpoint === null || key === null) throw new Error('both are well-formed');
    expect([checkpoint.origin, checkpoint.size, hex(checkpoint.root)]).toEqual([
      'log.example',
      7,
      root.toString('hex'),
    ]);
    expect([signersOf(checkpoint), key.name]).toEqual([[key.id], 'log.example']);
    expect(await isSignedBy(checkpoint, key)).toBe(true);
    const larger = readCheckpoint(text.replace('\n7\n', '\n8\n'));
    expect([larger?.size, larger && (await isSignedBy(larger, key))]).toEqual([8, false]);
  });

  test('is not signed by a key that others have signed beside, nor by one of the same name', async () => {
    const other = parseSignerKey(generateSignerKey('log.example', randomBytes(32)));
    const key = await readVerifierKey(other.verifierKey);
    const checkpoint = readCheckpoint(text);
    if (checkpoint === null || key === null) throw new Error('both are well-formed');
    expect(await isSignedBy(checkpoint, key)).toBe(false);
    const both = readCheckpoint(
      `${text}${signCheckpoint({ origin: 'log.example', size: 7, root }, other).split('\n\n')[1] ?? ''}`,
    );
    expect([both && signersOf(both).length, both && (await isSignedBy(both, key))]).toEqual([2, true]);
  });

  test.each([
    ['not a text', 7],
    ['without signatures', body],
    ['of an empty tree', text.replace('\n7\n', '\n0\n')],
    ['of a size with a leading zero', text.replace('\n7\n', '\n07\n')],
    ['of a size that a number cannot be', text.replace('\n7\n', '\n9999999999999999\n')],
    ['with a root that is no hash', text.replace(root.toString('base64'), 'AAAA')],
    ['without an origin', text.replace(/^log\.example/, '')],
    ['with a signature of another form', `${body}\n\n${signatures}- someone AAAAAAA=\n`],
    ['with a signature of nothing', `${body}\n\n— log.example AAAAAA==\n`],
  ])('%s is none', (_, altered) => {
    expect(readCheckpoint(altered)).toBeNull();
  });

  test('goes with a verifier key that is one', async () => {
    expect((await readVerifierKey(verifierKeyOf(1, 32)))?.name).toBe('log.example');
  });

  test.each([
    ['of another hash', signer.verifierKey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['of another name', signer.verifierKey.replace('log', 'dog')],
    ['of another algorithm', verifierKeyOf(2, 32)],
    ['with a byte more', verifierKeyOf(1, 33)],
    ['of no form', 'log.example'],
  ])('and a verifier key %s is none', async (_, altered) => {
    expect(await readVerifierKey(altered)).toBeNull();
  });
});
