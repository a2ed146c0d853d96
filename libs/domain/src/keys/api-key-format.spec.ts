import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyIdBytesOf, makeApiKey, parseApiKey, presentedKeyId } from './api-key-format.js';
import { encodeBase62 } from './base62.js';
import { crc32 } from './crc32.js';
import { deriveSharedKeys, SharedSecretError } from './shared-keys.js';

const OLD = 'an-older-entry-of-the-shared-secret';
const NEW = 'a-newer-entry-of-the-shared-secret!';
const KEYS = deriveSharedKeys([NEW, OLD]);
const OTHER_KEYS = deriveSharedKeys(['an-entry-that-nobody-shares-with-us']);
const FIXED = makeApiKey({ keyIdBytes: Buffer.alloc(16, 0xa5), secretBytes: Buffer.alloc(32, 0x5a) }, KEYS);

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function numberOf(base62: string): bigint {
  return base62.split('').reduce((sum, digit) => sum * 62n + BigInt(ALPHABET.indexOf(digit)), 0n);
}

/** A text of the right shape with the checksum that belongs to it: what anyone can make. */
function withChecksum(tagged: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(tagged));
  return tagged + encodeBase62(bytes, 6);
}

describe('making an API key', () => {
  test('gives the documented form', () => {
    expect(FIXED.key).toMatch(/^kf_[0-9A-Za-z]{22}_[0-9A-Za-z]{60}$/);
    expect(FIXED.key).toHaveLength(86);
    expect(FIXED.key.slice(3, 25)).toBe(FIXED.keyId);
    expect(FIXED.key.slice(26, 69)).toBe(FIXED.secret);
    expect(FIXED.key.slice(-4)).toBe(FIXED.hint);
  });

  test('follows the design: HKDF, truncated HMAC, CRC-32, base 62', () => {
    const tagKey = Buffer.from(hkdfSync('sha256', NEW, '', 'keyfold/v1/api-key-tag', 32));
    const body = FIXED.key.slice(0, 69);
    const tag = createHmac('sha256', tagKey).update(body, 'ascii').digest().readBigUInt64BE(0);
    expect(numberOf(FIXED.key.slice(69, 80))).toBe(tag);
    expect(numberOf(FIXED.key.slice(80))).toBe(BigInt(crc32(FIXED.key.slice(0, 80))));
    expect(numberOf(FIXED.keyId)).toBe(BigInt(`0x${'a5'.repeat(16)}`));
    expect(numberOf(FIXED.secret)).toBe(BigInt(`0x${'5a'.repeat(32)}`));
  });

  test('never changes for the same bytes: keys in use must go on parsing', () => {
    expect(FIXED.key).toBe('kf_52ZQxdl7BuCeo6GcvXrvOf_LQNUGZHT5u543eF8cvF8tKdPlcVkNSYQAq1KIqZ6f74Gy75MqKMnL636Vd2b');
  });

  test('needs 16 and 32 bytes and a tag key', () => {
    const [keyIdBytes, secretBytes] = [Buffer.alloc(16), Buffer.alloc(32)];
    expect(() => makeApiKey({ keyIdBytes: Buffer.alloc(15), secretBytes }, KEYS)).toThrow(RangeError);
    expect(() => makeApiKey({ keyIdBytes, secretBytes: Buffer.alloc(33) }, KEYS)).toThrow(RangeError);
    expect(() => makeApiKey({ keyIdBytes, secretBytes }, { ...KEYS, tagKeys: [] })).toThrow(RangeError);
  });
});

describe('a key id', () => {
  test('gives back the bytes it was made of, so that a key can be made after its id', () => {
    fc.assert(
      fc.property(bytesOf(16), bytesOf(32), (keyIdBytes, secretBytes) => {
        const { keyId } = makeApiKey({ keyIdBytes, secretBytes }, KEYS);
        expect([...keyIdBytesOf(keyId)]).toEqual([...keyIdBytes]);
      }),
    );
  });

  test.each(['', '0', '0'.repeat(23), `${'0'.repeat(21)}-`, 'z'.repeat(22)])('is not %j', (text) => {
    expect(() => keyIdBytesOf(text)).toThrow(RangeError);
  });
});

describe('parsing an API key', () => {
  test('every key parses back, under any order of the entries that includes its own', () => {
    fc.assert(
      fc.property(bytesOf(16), bytesOf(32), (keyIdBytes, secretBytes) => {
        for (const made of [deriveSharedKeys([OLD]), KEYS]) {
          const { key, keyId, secret, hint } = makeApiKey({ keyIdBytes, secretBytes }, made);
          expect(parseApiKey(key, KEYS)).toEqual({ ok: true, keyId, secret, hint });
          expect(parseApiKey(key, OTHER_KEYS)).toEqual({ ok: false, failedAt: 'tag' });
        }
      }),
      { numRuns: 200 },
    );
  });

  test.each([0x00, 0xff])('the extreme bytes %i parse back', (byte) => {
    const made = makeApiKey({ keyIdBytes: Buffer.alloc(16, byte), secretBytes: Buffer.alloc(32, byte) }, KEYS);
    expect(parseApiKey(made.key, KEYS)).toEqual({ ok: true, ...made, key: undefined });
  });

  test('any other character at any place is refused before the tag is computed', () => {
    for (let at = 0; at < FIXED.key.length; at++) {
      for (const character of `${ALPHABET}_-. \u0000\u007fä\u0130`) {
        if (character === FIXED.key[at]) continue;
        const result = parseApiKey(FIXED.key.slice(0, at) + character + FIXED.key.slice(at + 1), KEYS);
        expect(result).toEqual({ ok: false, failedAt: expect.stringMatching(/^(shape|checksum)$/) });
      }
    }
  });

  test('any other character before the checksum is refused by the tag, if the checksum is made to fit', () => {
    const tagged = FIXED.key.slice(0, 80);
    for (let at = 3; at < tagged.length; at++) {
      if (at === 25) continue;
      for (const character of ALPHABET) {
        if (character === tagged[at]) continue;
        const result = parseApiKey(withChecksum(tagged.slice(0, at) + character + tagged.slice(at + 1)), KEYS);
        expect(result).toEqual({ ok: false, failedAt: expect.stringMatching(/^(shape|tag)$/) });
      }
    }
  });

  test('the fixed characters are checked first', () => {
    for (const at of [0, 1, 2, 25]) {
      const changed = withChecksum(`${FIXED.key.slice(0, at)}x${FIXED.key.slice(at + 1, 80)}`);
      expect(parseApiKey(changed, KEYS)).toEqual({ ok: false, failedAt: 'shape' });
    }
  });

  test('a character less or more, or two swapped, is refused', () => {
    for (let at = 0; at < FIXED.key.length; at++) {
      const [before, after] = [FIXED.key.slice(0, at), FIXED.key.slice(at + 1)];
      expect(parseApiKey(before + after, KEYS).ok).toBe(false);
      expect(parseApiKey(`${before}0${FIXED.key.slice(at)}`, KEYS).ok).toBe(false);
      const swapped = before + after.slice(0, 1) + (FIXED.key[at] ?? '') + after.slice(1);
      if (swapped !== FIXED.key) expect(parseApiKey(swapped, KEYS).ok).toBe(false);
    }
  });

  test('a key id or secret beyond its bits is refused by its shape', () => {
    const beyondId = withChecksum(`kf_${'z'.repeat(22)}_${'0'.repeat(54)}`);
    const beyondSecret = withChecksum(`kf_${'0'.repeat(22)}_${'z'.repeat(43)}${'0'.repeat(11)}`);
    expect(parseApiKey(beyondId, KEYS)).toEqual({ ok: false, failedAt: 'shape' });
    expect(parseApiKey(beyondSecret, KEYS)).toEqual({ ok: false, failedAt: 'shape' });
  });

  test('the one tag in 2^64 is the only one: also not the same number plus 2^64', () => {
    const number = numberOf(FIXED.key.slice(69, 80));
    for (const other of [number + 2n ** 64n, number ^ 1n, number ^ (1n << 63n), number ^ (1n << 32n)]) {
      const tag = encodeBase62(Buffer.from(other.toString(16).padStart(18, '0'), 'hex'), 11);
      expect(parseApiKey(withChecksum(FIXED.key.slice(0, 69) + tag), KEYS)).toEqual({ ok: false, failedAt: 'tag' });
    }
  });

  test('nothing else is a key, and nothing throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^kf_[0-9A-Za-z]{22}_[0-9A-Za-z]{60}$/)),
        (text) => {
          expect(parseApiKey(text, KEYS).ok).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
    for (const text of ['', FIXED.key + FIXED.key, `${FIXED.key}\n`, ` ${FIXED.key}`, FIXED.key.toLowerCase()]) {
      expect(parseApiKey(text, KEYS).ok).toBe(false);
    }
    expect(parseApiKey(FIXED.key, { ...KEYS, tagKeys: [] })).toEqual({ ok: false, failedAt: 'tag' });
  });
});

describe('the key id that a text names', () => {
  test('is that of every key, also of one that nobody made, and none of a text without the shape', () => {
    fc.assert(
      fc.property(bytesOf(16), bytesOf(32), fc.nat(85), (keyIdBytes, secretBytes, cut) => {
        const { key, keyId } = makeApiKey({ keyIdBytes, secretBytes }, OTHER_KEYS);
        expect(presentedKeyId(key)).toBe(keyId);
        expect(presentedKeyId(`${key.slice(0, -6)}000000`)).toBe(keyId);
        expect(presentedKeyId(key.slice(0, cut))).toBeNull();
        expect(presentedKeyId(`${key.slice(0, cut)}-${key.slice(cut + 1)}`)).toBeNull();
      }),
    );
  });
});

describe('shared keys', () => {
  test('each purpose and each entry has a key of its own', () => {
    const all = [...KEYS.tagKeys, ...KEYS.messageKeys, ...KEYS.tokenSeeds].map((key) => key.toString('hex'));
    expect(all).toHaveLength(6);
    expect(new Set(all).size).toBe(6);
    expect(all.every((key) => key.length === 64)).toBe(true);
  });

  test.each([[[]], [['too-short']], [['x'.repeat(31)]], [[NEW, NEW]], [[NEW, 'y'.repeat(31)]]])(
    'unusable entries are refused without being quoted',
    (entries) => {
      expect(() => deriveSharedKeys(entries)).toThrow(SharedSecretError);
      for (const entry of entries) expect(() => deriveSharedKeys(entries)).not.toThrow(entry);
    },
  );
});

describe('CRC-32', () => {
  test('is ISO-HDLC: the check value', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
    expect(crc32('')).toBe(0);
    expect(crc32('123456789 and more', 9)).toBe(0xcbf43926);
  });
});
