import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generateSignerKey, openCheckpoint, parseSignerKey, parseVerifierKey } from '../log/index.js';
import { OpeningsDigest } from './openings-digest.js';

const signer = parseSignerKey(generateSignerKey('keyfold.local/sample', Buffer.alloc(32, 1)));
const key = parseVerifierKey(signer.verifierKey);
const other = parseVerifierKey(
  parseSignerKey(generateSignerKey('keyfold.local/sample', Buffer.alloc(32, 2))).verifierKey,
);
const PART = { from: 3, size: 9 };

function digestOf(lines: readonly string[]): OpeningsDigest {
  const digest = new OpeningsDigest();
  for (const line of lines) digest.add(Buffer.from(line));
  return digest;
}

const someLines = fc.array(
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\n', '')),
  { maxLength: 6 },
);

describe('the digest of the openings', () => {
  test('is that of these lines alone, in their order', () => {
    fc.assert(
      fc.property(someLines, someLines, (lines, others) => {
        const note = digestOf(lines).sign(PART, signer);
        expect(digestOf(others).isSigned(note, PART, key)).toBe(JSON.stringify(lines) === JSON.stringify(others));
      }),
    );
    expect(digestOf(['ab']).isSigned(digestOf(['a', 'b']).sign(PART, signer), PART, key)).toBe(false);
  });

  test('is that of the bytes, however many and however long the lines are', () => {
    const lines = Array.from({ length: 9 }, (_, nth) => 'x'.repeat(nth * 10_000));
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const digest = createHash('sha256').update(bytes).digest('base64');
    expect(digestOf(lines).sign(PART, signer)).toContain(`\n9 ${digest}\n`);
    expect(digestOf(lines).count).toBe(9);
  });

  test('holds for its part and key only, and for nothing that is no note', () => {
    const digest = digestOf(['a']);
    const note = digest.sign(PART, signer);
    expect(digest.isSigned(note, PART, key)).toBe(true);
    expect(digest.isSigned(note, { ...PART, from: 4 }, key)).toBe(false);
    expect(digest.isSigned(note, { ...PART, size: 10 }, key)).toBe(false);
    expect(digest.isSigned(note, PART, other)).toBe(false);
    for (const text of ['', 'x', note.slice(0, -1), `${note}x`]) expect(digest.isSigned(text, PART, key)).toBe(false);
  });

  test('passes for no checkpoint', () => {
    expect(() => openCheckpoint(digestOf([]).sign(PART, signer), key)).toThrow();
  });
});
