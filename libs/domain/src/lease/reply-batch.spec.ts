import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generateSignerKey, leafHash, parseSignerKey, parseVerifierKey, signNote } from '../log/index.js';
import { type BatchEntry, batchLeaf, batchTree, isInBatch, isSignedBatchHead, signBatchHead } from './index.js';

const hashOf = (nth: number): Buffer => createHash('sha256').update(String(nth)).digest();
const entries = (count: number): BatchEntry[] =>
  Array.from({ length: count }, (_, nth) => ({ requestHash: hashOf(nth), leaseSeconds: nth % 7 === 0 ? 0 : 60 }));
const signer = parseSignerKey(generateSignerKey('log.example', Buffer.alloc(32, 3)));
const verifier = parseVerifierKey(signer.verifierKey);

describe('a batch of replies', () => {
  test('has as leaves SHA-256(0x00, request hash, lease seconds), so the tree is that of RFC 6962', () => {
    const bytes = Buffer.concat([hashOf(1), Buffer.from([0, 0, 0x0e, 0x10])]);
    expect(batchLeaf({ requestHash: hashOf(1), leaseSeconds: 3_600 })).toEqual(leafHash(bytes));
  });

  test('shows each of its entries, whatever its size', () => {
    for (let size = 1; size <= 70; size += 1) {
      const all = entries(size);
      const { paths, root } = batchTree(all.map(batchLeaf));
      for (const [index, entry] of all.entries()) {
        const path = paths[index];
        if (path === undefined) throw new Error('each leaf has a path');
        expect(isInBatch(entry, path, { root, size })).toBe(true);
      }
    }
  });

  test('shows no entry with another lease, another request, another place or another root', () => {
    const at = fc.integer({ min: 1, max: 40 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
    fc.assert(
      fc.property(at, fc.integer({ min: 0, max: 3_600 }), ([size, index], seconds) => {
        const all = entries(size);
        const { paths, root } = batchTree(all.map(batchLeaf));
        const [entry, path] = [all[index], paths[index]];
        if (entry === undefined || path === undefined) throw new Error('each leaf has a path');
        const batch = { root, size };
        if (seconds !== entry.leaseSeconds)
          expect(isInBatch({ ...entry, leaseSeconds: seconds }, path, batch)).toBe(false);
        expect(isInBatch({ ...entry, requestHash: hashOf(999) }, path, batch)).toBe(false);
        expect(isInBatch(entry, { ...path, index: index + 1 }, batch)).toBe(false);
        expect(isInBatch(entry, { ...path, hashes: [...path.hashes, root] }, batch)).toBe(false);
        expect(isInBatch(entry, path, { root: hashOf(998), size })).toBe(false);
      }),
    );
  });

  test('shows nothing malformed, and has no lease that four bytes cannot hold', () => {
    const [entry] = entries(1);
    if (entry === undefined) throw new Error('there is an entry');
    const { root } = batchTree([batchLeaf(entry)]);
    const path = { index: 0, hashes: [] };
    for (const leaseSeconds of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(isInBatch({ ...entry, leaseSeconds }, path, { root, size: 1 })).toBe(false);
    expect(isInBatch({ ...entry, requestHash: Buffer.alloc(31) }, path, { root, size: 1 })).toBe(false);
    expect(isInBatch(entry, { index: 0, hashes: [Buffer.alloc(31)] }, { root, size: 2 })).toBe(false);
    expect(() => batchTree([])).toThrow(RangeError);
  });

  test('is signed by the log, and its signature passes for nothing else that the log signs', () => {
    const text = '{"checkpoint":""}';
    const signature = signBatchHead(text, signer);
    expect(isSignedBatchHead(text, signature, verifier)).toBe(true);
    expect(isSignedBatchHead(`${text} `, signature, verifier)).toBe(false);
    expect(isSignedBatchHead('\ud800', signBatchHead('\ufffd', signer), verifier)).toBe(false);
    expect(verifier.verify(Buffer.from(text), signature)).toBe(false);
    const [, , line = ''] = signNote('log.example\n', signer).split('\n');
    const ofNote = Buffer.from(line.split(' ')[2] ?? '', 'base64').subarray(4);
    expect(isSignedBatchHead('log.example\n', ofNote, verifier)).toBe(false);
  });
});
