import { createPublicKey, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openCheckpoint, signCheckpoint } from './checkpoint.js';
import { Frontier } from './frontier.js';
import { leafHash, nodeHash } from './merkle-hash.js';
import { generateSignerKey, parseSignerKey, parseVerifierKey } from './note-key.js';
import { type NodeId, planInclusion } from './proof-plan.js';
import { verifyInclusion } from './proof-verification.js';

// @sigstore/verify, written by others for Sigstore's transparency log. Its modules for proofs and notes are not
// exported, so they are loaded by their place in the package.
interface OtherMerkle {
  verifyMerkleInclusion: (
    entry: { canonicalizedBody: Buffer; inclusionProof: { logIndex: string; hashes: Buffer[] } },
    checkpoint: { logSize: bigint; logHash: Buffer },
  ) => void;
}
interface OtherCheckpoint {
  verifyCheckpoint: (
    entry: { inclusionProof: { checkpoint: { envelope: string } } },
    logs: readonly { logID: Buffer; baseURL: string; publicKey: KeyObject }[],
  ) => { origin: string; logSize: bigint; logHash: Buffer };
}
const require = createRequire(import.meta.url);
const tlog = join(dirname(require.resolve('@sigstore/verify/package.json')), 'dist', 'tlog');
const { verifyMerkleInclusion } = require(join(tlog, 'merkle.js')) as OtherMerkle;
const { verifyCheckpoint } = require(join(tlog, 'checkpoint.js')) as OtherCheckpoint;

const LEAVES = Array.from({ length: 70 }, (_, index) => Buffer.from(`leaf ${index}`));
const ORIGIN = 'keyfold.local/other';
const SIGNER = parseSignerKey(generateSignerKey(ORIGIN, Buffer.alloc(32, 4)));

function hashOf({ level, index }: NodeId): Buffer {
  if (level === 0) return leafHash(LEAVES[index] ?? Buffer.of());
  return nodeHash(hashOf({ level: level - 1, index: 2 * index }), hashOf({ level: level - 1, index: 2 * index + 1 }));
}

function accepts(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

function expectAgreement(leaf: Buffer, leafIndex: number, treeSize: number, root: Buffer): void {
  const proof = planInclusion(leafIndex, treeSize).assemble(hashOf);
  const theirVerdict = (hashes: Buffer[]) =>
    accepts(() => {
      const inclusionProof = { logIndex: String(leafIndex), hashes };
      verifyMerkleInclusion({ canonicalizedBody: leaf, inclusionProof }, { logSize: BigInt(treeSize), logHash: root });
    });
  expect(theirVerdict(proof)).toBe(true);
  for (const hashes of [proof, proof.slice(1), [...proof, root], proof.toReversed()]) {
    const claim = { leafHash: leafHash(leaf), leafIndex, treeSize, proof: hashes, root };
    expect(verifyInclusion(claim)).toBe(theirVerdict(hashes));
  }
}

function publicKeyOf(verifierKey: string): KeyObject {
  const key = Buffer.from(verifierKey.slice(verifierKey.lastIndexOf('+') + 1), 'base64');
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') },
    format: 'jwk',
  });
}

describe('an implementation by others', () => {
  test('agrees with ours on every inclusion proof to size 70, right and damaged', () => {
    const frontier = Frontier.empty();
    for (const [last, newest] of LEAVES.entries()) {
      frontier.append(leafHash(newest));
      const root = frontier.root();
      for (const [leafIndex, leaf] of LEAVES.slice(0, last + 1).entries())
        expectAgreement(leaf, leafIndex, last + 1, root);
    }
  });

  test('reads our checkpoint, and refuses it changed or under another key', () => {
    const checkpoint = { origin: ORIGIN, size: 70, root: hashOf({ level: 6, index: 0 }) };
    const note = signCheckpoint(checkpoint, SIGNER);
    const log = {
      logID: Buffer.from(SIGNER.keyId, 'hex'),
      baseURL: ORIGIN,
      publicKey: publicKeyOf(SIGNER.verifierKey),
    };
    const verify = (envelope: string, logs: (typeof log)[]) =>
      verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, logs);

    expect(verify(note, [log])).toMatchObject({ origin: ORIGIN, logSize: 70n, logHash: checkpoint.root });
    expect(openCheckpoint(note, parseVerifierKey(SIGNER.verifierKey))).toEqual(checkpoint);
    expect(accepts(() => verify(note.replace('\n70\n', '\n71\n'), [log]))).toBe(false);
    const other = parseSignerKey(generateSignerKey(ORIGIN, Buffer.alloc(32, 5)));
    expect(accepts(() => verify(note, [{ ...log, publicKey: publicKeyOf(other.verifierKey) }]))).toBe(false);
  });
});
