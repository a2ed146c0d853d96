import { decodeBase62, digitAt, encodeBase62, isBase62 } from './base62.js';
import { crc32 } from './crc32.js';
import { hmacInput, type HmacKey, hmacKey, hmacSha256, MESSAGE_OFFSET } from './hmac-sha256.js';
import type { SharedKeys } from './shared-keys.js';

/** An API key taken apart, or the first check that it failed. */
export type ParsedApiKey =
  { ok: true; keyId: string; secret: string; hint: string } | { ok: false; failedAt: 'shape' | 'checksum' | 'tag' };

// kf_<key id>_<secret><tag><checksum>
const PREFIX = 'kf_';
const KEY_ID_BYTES = 16;
const SECRET_BYTES = 32;
const TAG_BYTES = 8;
const CHECKSUM_BYTES = 4;
const KEY_ID_START = PREFIX.length;
const KEY_ID_END = KEY_ID_START + 22;
const SECRET_START = KEY_ID_END + 1;
const SECRET_END = SECRET_START + 43;
const TAG_END = SECRET_END + 11;
const LENGTH = TAG_END + 6;
const HINT_CHARACTERS = 4;
// Base 62 has room for more than the bits it carries; what lies beyond was made by nobody.
const LAST_KEY_ID = encodeBase62(new Uint8Array(KEY_ID_BYTES).fill(0xff), KEY_ID_END - KEY_ID_START);
const LAST_SECRET = encodeBase62(new Uint8Array(SECRET_BYTES).fill(0xff), SECRET_END - SECRET_START);

/**
 * Makes an API key: `kf_<key id>_<secret><tag><checksum>`, 86 characters of `[A-Za-z0-9_]`.
 *
 * @param input `keyIdBytes`: 16 random bytes, public; `secretBytes`: 32 random bytes.
 * @param keys the first tag key makes the tag.
 * @returns the key, and of it the key id (22 characters), the secret (43: what is hashed and remembered), the hint (the
 *   last 4).
 * @throws RangeError if the bytes are not as many, or there is no tag key.
 */
export function makeApiKey(
  input: { keyIdBytes: Uint8Array; secretBytes: Uint8Array },
  keys: SharedKeys,
): { key: string; keyId: string; secret: string; hint: string } {
  if (input.keyIdBytes.byteLength !== KEY_ID_BYTES) throw new RangeError(`a key id has ${KEY_ID_BYTES} bytes`);
  if (input.secretBytes.byteLength !== SECRET_BYTES) throw new RangeError(`a secret has ${SECRET_BYTES} bytes`);
  const tagKey = tagKeysOf(keys)[0];
  if (tagKey === undefined) throw new RangeError('there is no tag key');
  const keyId = encodeBase62(input.keyIdBytes, KEY_ID_END - KEY_ID_START);
  const secret = encodeBase62(input.secretBytes, SECRET_END - SECRET_START);
  const body = `${PREFIX}${keyId}_${secret}`;
  tagInput.write(body, MESSAGE_OFFSET, 'latin1');
  const tag = hmacSha256(tagKey, tagInput).subarray(0, TAG_BYTES);
  const tagged = body + encodeBase62(tag, TAG_END - SECRET_END);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(tagged));
  const key = tagged + encodeBase62(checksum, LENGTH - TAG_END);
  return { key, keyId, secret, hint: key.slice(-HINT_CHARACTERS) };
}

/**
 * The bytes that a key id was made of, for a key that is made after its id was given out. @throws RangeError if it is
 * no key id
 */
export function keyIdBytesOf(keyId: string): Buffer {
  if (keyId.length !== KEY_ID_END - KEY_ID_START) throw new RangeError('this is no key id');
  return decodeBase62(keyId, KEY_ID_BYTES);
}

/**
 * Takes an API key apart, cheapest check first: shape, checksum, tag. A key that passes was made by who holds a tag
 * key, so only such a key can cost its sender's target a look-up or an Argon2 computation. Never throws.
 *
 * @param text as presented; whatever it is.
 * @param keys all tag keys are tried.
 */
export function parseApiKey(text: string, keys: SharedKeys): ParsedApiKey {
  if (!hasShape(text)) return { ok: false, failedAt: 'shape' };
  if (crc32(text, TAG_END) !== checksumOf(text)) return { ok: false, failedAt: 'checksum' };
  tagInput.write(text, MESSAGE_OFFSET, SECRET_END, 'latin1');
  if (!hasTag(text, keys)) return { ok: false, failedAt: 'tag' };
  return {
    ok: true,
    keyId: copyOf(KEY_ID_START, KEY_ID_END),
    secret: copyOf(SECRET_START, SECRET_END),
    hint: text.slice(-HINT_CHARACTERS),
  };
}

// What a tag is made over. Shared by all calls: nothing awaits between filling and reading it.
const tagInput = hmacInput(SECRET_END);

/**
 * The key id that a text names which has the shape of a key, genuine or not; null if it has not. Says nothing about
 * whether there is such a key: for counting what is tried.
 */
export function presentedKeyId(text: string): string | null {
  return hasShape(text) ? text.slice(KEY_ID_START, KEY_ID_END) : null;
}

// Copies, since the engine's slices would keep the whole text, with the secret, alive in every cache by key id.
function copyOf(from: number, to: number): string {
  return tagInput.toString('latin1', MESSAGE_OFFSET + from, MESSAGE_OFFSET + to);
}

function hasShape(text: string): boolean {
  return (
    text.length === LENGTH &&
    text.startsWith(PREFIX) &&
    text[KEY_ID_END] === '_' &&
    isBase62(text, KEY_ID_START, KEY_ID_END) &&
    isBase62(text, SECRET_START, LENGTH) &&
    text.slice(KEY_ID_START, KEY_ID_END) <= LAST_KEY_ID &&
    text.slice(SECRET_START, SECRET_END) <= LAST_SECRET
  );
}

// At most 62^6, so exact; a value of 2^32 or more is no CRC and equals none.
function checksumOf(text: string): number {
  let value = 0;
  for (let at = TAG_END; at < LENGTH; at++) value = value * 62 + digitAt(text, at);
  return value;
}

function hasTag(text: string, keys: SharedKeys): boolean {
  // The presented tag is taken apart rather than the true one put together: all that depends on the true tag is one
  // comparison of integers, which takes the same time wherever they differ.
  let high = 0;
  let low = 0;
  for (let at = SECRET_END; at < TAG_END; at++) {
    const next = low * 62 + digitAt(text, at);
    low = next % 2 ** 32;
    high = high * 62 + (next - low) / 2 ** 32;
  }
  if (high >= 2 ** 32) return false;
  for (const tagKey of tagKeysOf(keys)) {
    const mac = hmacSha256(tagKey, tagInput);
    if (((mac.readUInt32BE(0) ^ high) | (mac.readUInt32BE(4) ^ low)) === 0) return true;
  }
  return false;
}

const prepared = new WeakMap<SharedKeys, readonly HmacKey[]>();

function tagKeysOf(keys: SharedKeys): readonly HmacKey[] {
  let tagKeys = prepared.get(keys);
  if (tagKeys === undefined) {
    tagKeys = keys.tagKeys.map(hmacKey);
    prepared.set(keys, tagKeys);
  }
  return tagKeys;
}
