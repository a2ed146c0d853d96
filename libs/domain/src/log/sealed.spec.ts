import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from './canonical-json.js';
import { commitmentOf, type Opening, OpeningError, opensCommitment, sealValue } from './sealed.js';

const SALT = Buffer.alloc(32, 7);
const salt = fc.uint8Array({ minLength: 32, maxLength: 32 });
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.maxSafeInteger(), { maxKeys: 3 }),
);

describe('sealed fields', () => {
  test('the commitment is base64url(SHA-256(salt || canonical JSON))', () => {
    const { opening, commitment } = sealValue({ b: 1, a: 'ä' }, SALT);
    const expected = createHash('sha256').update(SALT).update('{"a":"ä","b":1}').digest('base64url');
    expect(commitment).toBe(expected);
    expect(commitmentOf(opening)).toBe(expected);
    expect(opening.salt).toBe(SALT.toString('base64url'));
  });

  test('an opening opens its own commitment, also after a round trip through JSON', () => {
    fc.assert(
      fc.property(value, salt, (plain, bytes) => {
        const { opening, commitment } = sealValue(plain, bytes);
        expect(opensCommitment(opening, commitment)).toBe(true);
        expect(opensCommitment(JSON.parse(JSON.stringify(opening)) as Opening, commitment)).toBe(true);
      }),
    );
  });

  test('no other value, salt or commitment opens', () => {
    fc.assert(
      fc.property(value, value, salt, fc.nat(255), (plain, other, bytes, bit) => {
        const { opening, commitment } = sealValue(plain, bytes);
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(opensCommitment({ ...opening, salt: changed.toString('base64url') }, commitment)).toBe(false);
        expect(opensCommitment(opening, sealValue(plain, changed).commitment)).toBe(false);
        const otherCommitment = sealValue(other, bytes).commitment;
        expect(opensCommitment(opening, otherCommitment)).toBe(otherCommitment === commitment);
      }),
    );
  });

  test.each<[string, unknown]>([
    ['a short salt', { salt: SALT.subarray(1).toString('base64url'), value: 'x' }],
    ['a salt with padding', { salt: `${SALT.toString('base64url')}=`, value: 'x' }],
    ['a salt with trailing bits', { salt: `${SALT.toString('base64url').slice(0, -1)}d`, value: 'x' }],
    ['a salt with a space', { salt: `${SALT.toString('base64url')} `, value: 'x' }],
    ['a salt that is no text', { salt: 7, value: 'x' }],
    ['no salt', { value: 'x' }],
    ['no value', { salt: SALT.toString('base64url') }],
    ['a value without canonical form', { salt: SALT.toString('base64url'), value: 0.5 }],
  ])('an opening with %s opens nothing and does not throw', (_, opening) => {
    expect(opensCommitment(opening as Opening, sealValue('x', SALT).commitment)).toBe(false);
    expect(() => commitmentOf(opening as Opening)).toThrow();
  });

  test('a salt of another length is refused when sealing', () => {
    expect(() => sealValue('x', Buffer.alloc(31))).toThrow(OpeningError);
    expect(() => sealValue('x', Buffer.alloc(33))).toThrow(OpeningError);
  });
});
