import { hash } from 'node:crypto';
import { canonicalJson, type JsonValue } from './canonical-json.js';

/**
 * What opens a commitment. Kept beside the record, never in it, so that it can be destroyed without breaking a proof.
 */
export interface Opening {
  /** base64url of 32 random bytes. */
  readonly salt: string;
  readonly value: JsonValue;
}

/** The opening cannot have come from {@link sealValue}. */
export class OpeningError extends Error {
  readonly code = 'INVALID_OPENING';
  override readonly name = 'OpeningError';
}

/** Bytes of a salt. */
export const SALT_BYTES = 32;
// The one spelling of 32 bytes in base64url: the last character carries four bits, its lowest two are zero.
const SALT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
// Salt and value are put together here to be hashed. Safe to share: nothing awaits between filling it and hashing it.
const input = Buffer.alloc(4_096);

/**
 * Seals a value: what goes into the record (the commitment) and what is kept beside it (the opening).
 *
 * @param salt 32 fresh random bytes, never used for another field: a known or repeated salt makes the value guessable.
 * @throws OpeningError if the salt is not 32 bytes; CanonicalJsonError if the value has no canonical form.
 */
export function sealValue(value: JsonValue, salt: Uint8Array): { opening: Opening; commitment: string } {
  if (salt.byteLength !== SALT_BYTES) throw new OpeningError(`a salt has ${SALT_BYTES} bytes`);
  const saltText = Buffer.from(salt.buffer, salt.byteOffset, SALT_BYTES).toString('base64url');
  return { opening: { salt: saltText, value }, commitment: commit(saltText, value) };
}

/**
 * base64url(SHA-256(salt || RFC 8785 bytes of the value)): 43 characters.
 *
 * @throws OpeningError if the salt is not the base64url of 32 bytes; CanonicalJsonError if the value has no canonical
 *   form.
 */
export function commitmentOf({ salt, value }: Opening): string {
  if (typeof salt !== 'string' || !SALT.test(salt))
    throw new OpeningError(`a salt is the base64url of ${SALT_BYTES} bytes`);
  return commit(salt, value);
}

/**
 * Whether this opening is the one that was sealed. An opening that is malformed in any way opens nothing; never throws.
 */
export function opensCommitment(opening: Opening, commitment: string): boolean {
  try {
    // Neither side is secret from who can ask, so the comparison need not take constant time.
    return commitmentOf(opening) === commitment;
  } catch {
    return false;
  }
}

/** @param salt base64url of exactly {@link SALT_BYTES} */
function commit(salt: string, value: JsonValue): string {
  const json = canonicalJson(value);
  // A character takes at most three bytes.
  const bytes = SALT_BYTES + 3 * json.length <= input.byteLength ? input : Buffer.alloc(SALT_BYTES + 3 * json.length);
  bytes.write(salt, 0, SALT_BYTES, 'base64url');
  const end = SALT_BYTES + bytes.write(json, SALT_BYTES);
  return hash('sha256', bytes.subarray(0, end), 'base64url');
}
