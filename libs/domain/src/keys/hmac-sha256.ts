import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** A key prepared for {@link hmacSha256}: the first block of each of the two hashes. */
export interface HmacKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

/**
 * Prepares a key.
 *
 * @throws RangeError if it is longer than a block (64 bytes): RFC 2104 would hash it first, and no key here is that
 *   long.
 */
export function hmacKey(key: Uint8Array): HmacKey {
  if (key.byteLength > BLOCK_BYTES) throw new RangeError(`a key has at most ${BLOCK_BYTES} bytes`);
  const inner = Buffer.alloc(BLOCK_BYTES, INNER_PAD);
  const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, OUTER_PAD);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ INNER_PAD;
    outer[at] = byte ^ OUTER_PAD;
  }
  return { inner, outer };
}

/**
 * HMAC-SHA-256 (RFC 2104) by two one-shot hashes: a third of the time that node:crypto's createHmac takes for short
 * messages, which counts because a gateway computes two for each request.
 *
 * @param input from {@link hmacInput}: the message at its offset. Its first block is overwritten.
 * @returns 32 bytes.
 */
export function hmacSha256(key: HmacKey, input: Buffer): Buffer {
  input.set(key.inner, 0);
  key.outer.write(hash('sha256', input, 'binary'), BLOCK_BYTES, HASH_BYTES, 'binary');
  return Buffer.from(hash('sha256', key.outer, 'binary'), 'binary');
}

/** Where the message begins in an input of {@link hmacSha256}; the key's block comes before it. */
export const MESSAGE_OFFSET = BLOCK_BYTES;

/** Room for a message of that many bytes, all of which the caller writes. */
export function hmacInput(messageBytes: number): Buffer {
  return Buffer.allocUnsafe(MESSAGE_OFFSET + messageBytes);
}
