import { hash } from 'node:crypto';
import { decodeBase64 } from './base64.js';
import { canonicalJson, type JsonValue } from './canonical-json.js';

/** What opens a commitment. Kept beside the record, never in it, so that it can be destroyed without breaking a proof. */
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

/**
 * Seals a value: what goes into the record (the commitment) and what is kept beside it (the opening).
 *
 * @param salt 32 fresh random bytes, never used for another field: a known or repeated salt makes the value guessable.
 * @throws OpeningError if the salt is not 32 bytes; CanonicalJsonError if the value has no canonical form.
 */
export function sealValue(value: JsonValue, salt: Uint8Array): { opening: Opening; commitment: string } {
  if (salt.byteLength !== SALT_BYTES) throw new OpeningError(`a salt has ${SALT_BYTES} bytes`);
  const saltText = Buffer.from(salt.buffer, salt.byteOffset, SALT_BYTES).toString('base64url');
  return { opening: { salt: saltText, value }, commitment: commit(salt, value) };
}

/**
 * base64url(SHA-256(salt || RFC 8785 bytes of the value)): 43 characters.
 *
 * @throws OpeningError if the salt is not the base64url of 32 bytes; CanonicalJsonError if the value has no canonical form.
 */
export function commitmentOf(opening: Opening): string {
  const salt = typeof opening.salt === 'string' ? decodeBase64(opening.salt, 'base64url') : null;
  if (salt?.byteLength !== SALT_BYTES) throw new OpeningError(`a salt is the base64url of ${SALT_BYTES} bytes`);
  return commit(salt, opening.value);
}

/** Whether this opening is the one that was sealed. An opening that is malformed in any way opens nothing; never throws. */
export function opensCommitment(opening: Opening, commitment: string): boolean {
  try {
    // Neither side is secret from who can ask, so the comparison need not take constant time.
    return commitmentOf(opening) === commitment;
  } catch {
    return false;
  }
}

function commit(salt: Uint8Array, value: JsonValue): string {
  const json = canonicalJson(value);
  const bytes = Buffer.allocUnsafe(SALT_BYTES + Buffer.byteLength(json));
  bytes.set(salt, 0);
  bytes.write(json, SALT_BYTES);
  return hash('sha256', bytes, 'base64url');
}
