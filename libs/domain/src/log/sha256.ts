import { hash } from 'node:crypto';

/**
 * SHA-256 of the bytes, 32 bytes. The detour over a string is deliberate: asked for a buffer, node:crypto makes a memory
 * block of its own for each hash, which costs more than hashing one tree node does.
 */
export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(sha256Text(bytes), 'latin1');
}

/** The same as a string of 32 characters, one for each byte: for hashes that are hashed again, a Buffer for each would be most of the work. */
export function sha256Text(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'binary');
}
