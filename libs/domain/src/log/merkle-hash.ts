import { hash } from 'node:crypto';

/** Bytes of a hash in the tree. */
export const HASH_BYTES = 32;

/** The root of the tree without leaves: SHA-256 of nothing (RFC 6962, 2.1). Never to be changed. */
export const EMPTY_ROOT: Buffer = sha256(Buffer.alloc(0));

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

// One-shot hashing wants one input, and the prefix comes first. Copying into a buffer that stays is several times
// cheaper than a streaming hash. Safe to share: nothing awaits between filling it and hashing it.
const leafInput = Buffer.alloc(1 + 65_535);
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES);
leafInput[0] = LEAF_PREFIX;
nodeInput[0] = NODE_PREFIX;

/** The hash of a leaf: SHA-256(0x00 || leaf bytes) (RFC 6962, 2.1). */
export function leafHash(leaf: Uint8Array): Buffer {
  return sha256(prefixed(leaf));
}

/** {@link leafHash} as a string of 32 characters, one for each byte. */
export function leafHashText(leaf: Uint8Array): string {
  return sha256Text(prefixed(leaf));
}

/** {@link nodeHash} of hashes as such strings. */
export function nodeHashText(left: string, right: string): string {
  nodeInput.write(left, 1, 'latin1');
  nodeInput.write(right, 1 + HASH_BYTES, 'latin1');
  return sha256Text(nodeInput);
}

function prefixed(leaf: Uint8Array): Uint8Array {
  const size = 1 + leaf.byteLength;
  if (size > leafInput.byteLength) return Buffer.concat([leafInput.subarray(0, 1), leaf]);
  leafInput.set(leaf, 1);
  return leafInput.subarray(0, size);
}

/**
 * The hash of an inner node: SHA-256(0x01 || left || right) (RFC 6962, 2.1).
 *
 * @throws RangeError unless both sides have 32 bytes.
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.byteLength !== HASH_BYTES || right.byteLength !== HASH_BYTES) {
    throw new RangeError(`a hash has ${HASH_BYTES} bytes`);
  }
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** Whether two hashes are equal. They are public, so this need not take constant time. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Throws a RangeError unless the value can be a number of leaves: an integer from 0 to 2^53-1. */
export function requireTreeSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('a tree size is an integer from 0 to 2^53-1');
}

/**
 * SHA-256 of the bytes, 32 bytes. The detour over a string is deliberate: asked for a buffer, node:crypto makes a
 * memory block of its own for each hash, which costs more than hashing one tree node does.
 */
function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(sha256Text(bytes), 'latin1');
}

/**
 * The same as a string of 32 characters, one for each byte: for hashes that are hashed again, a Buffer for each would
 * be most of the work.
 */
function sha256Text(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'binary');
}
