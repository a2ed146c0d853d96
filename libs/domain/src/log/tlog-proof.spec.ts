import { describe, expect, test } from '@jest/globals';
import { openTlogProof } from '@keyfold/testing/tlog-proof';
import { signCheckpoint } from './checkpoint.js';
import { Frontier } from './frontier.js';
import { leafHash, nodeHash } from './merkle-hash.js';
import { generateSignerKey, parseSignerKey, parseVerifierKey } from './note-key.js';
import { type NodeId, planInclusion } from './proof-plan.js';
import { parseTilePath, tilePath } from './tile-path.js';
import { encodeTlogProof } from './tlog-proof.js';

const LEAVES = Array.from({ length: 21 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
const SIGNER = parseSignerKey(generateSignerKey('keyfold.local/test', Buffer.alloc(32, 1)));
const LOG = parseVerifierKey(SIGNER.verifierKey);

function nodeOf({ level, index }: NodeId): Buffer {
  if (level === 0) return LEAVES[index] ?? Buffer.of();
  return nodeHash(nodeOf({ level: level - 1, index: 2 * index }), nodeOf({ level: level - 1, index: 2 * index + 1 }));
}

function proofOf(index: number, size: number): string {
  const frontier = Frontier.empty();
  for (const leaf of LEAVES.slice(0, size)) frontier.append(leaf);
  const checkpoint = signCheckpoint({ origin: SIGNER.name, size, root: frontier.root() }, SIGNER);
  return encodeTlogProof({ index, hashes: planInclusion(index, size).assemble(nodeOf), checkpoint });
}

describe('a tlog-proof', () => {
  test('shows that its leaf is in the log, and no other', () => {
    for (let size = 1; size <= LEAVES.length; size += 4) {
      for (let index = 0; index < size; index += 1) {
        const text = proofOf(index, size);
        expect(openTlogProof(text, LEAVES[index] ?? Buffer.of(), LOG).size).toBe(size);
        expect(() => openTlogProof(text, leafHash(Buffer.from('other')), LOG)).toThrow('not in the tree');
      }
    }
  });

  test('has the lines of C2SP tlog-proof', () => {
    const lines = proofOf(3, 5).split('\n');
    expect(lines.slice(0, 2)).toEqual(['c2sp.org/tlog-proof@v1', 'index 3']);
    expect(lines.indexOf('')).toBe(5);
    expect(lines.slice(6, 8)).toEqual(['keyfold.local/test', '5']);
  });
});

describe('a path of a tile', () => {
  test.each([
    ['0/000', { level: 0, index: 0, width: 256 }],
    ['0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['1/999.p/1', { level: 1, index: 999, width: 1 }],
    ['63/x001/000.p/255', { level: 63, index: 1000, width: 255 }],
    ['entries/x001/x234/067.p/8', { level: 'entries', index: 1_234_067, width: 8 }],
  ] as const)('%s names one tile', (path, tile) => {
    expect(parseTilePath(path)).toEqual(tile);
    expect(tilePath(tile)).toBe(path);
  });

  test.each([
    '0/0',
    '0/1000',
    '00/000',
    '64/000',
    '0/x000/001',
    '0/001/002',
    '0/x001',
    '0/000.p/0',
    '0/000.p/01',
    '0/000.p/256',
    '0/000.p/',
    '0/000/',
    '/0/000',
    'other/000',
    '0/x999/x999/x999/x999/999',
    '-1/000',
    '0/ 00',
  ])('%j is none', (path) => {
    expect(parseTilePath(path)).toBeNull();
  });
});
