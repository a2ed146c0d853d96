import { encodePrivateKey, KEY_TYPE, NoteError, readPrivateKey, readPublicKey } from './note-key.js';
import { signatureLine } from './signed-note.js';

/** Cosigns checkpoints of logs under a name of its own (C2SP tlog-cosignature, cosignature/v1). */
export interface Cosigner {
  readonly name: string;
  /** 8 hex digits: the 4 bytes by which a signature names its key. */
  readonly keyId: string;
  /** The public key in the text form that {@link parseCosignerVerifierKey} takes. */
  readonly verifierKey: string;
  /**
   * Raw Ed25519, 64 bytes, for messages other than cosignatures. They must not begin with `cosignature/v1`, or the
   * signature would pass for one.
   */
  sign(message: Uint8Array): Buffer;
}

/** Checks cosignatures made under a name. */
export interface CosignatureVerifier {
  readonly name: string;
  readonly keyId: string;
  /** The text form that {@link parseCosignerVerifierKey} took. */
  readonly verifierKey: string;
  /** Raw Ed25519, for messages other than cosignatures. False for whatever is malformed; never throws. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

const TIME_BYTES = 8;

/**
 * The text form of a cosigner's private key: `PRIVATE+KEY+<name>+<hash>+<base64(0x04 || seed)>`.
 *
 * @param seed 32 random bytes (the Ed25519 private key of RFC 8032). One seed serves one name: the signed message of
 *   cosignature/v1 does not say who cosigns.
 * @throws NoteError if the name or the seed is invalid
 */
export function generateCosignerKey(name: string, seed: Uint8Array): string {
  return encodePrivateKey(name, seed, KEY_TYPE.cosignature);
}

/** Reads what {@link generateCosignerKey} writes. @throws NoteError if it is malformed or of another type */
export function parseCosignerKey(text: string): Cosigner {
  return readPrivateKey(text, KEY_TYPE.cosignature);
}

/**
 * Reads a cosigner's public key: `<name>+<hash>+<base64(0x04 || public key)>` (C2SP signed-note, vkey of type 0x04).
 *
 * @throws NoteError if it is malformed, of another type, or its hash does not match
 */
export function parseCosignerVerifierKey(text: string): CosignatureVerifier {
  return readPublicKey(text, KEY_TYPE.cosignature);
}

/**
 * Cosigns a checkpoint: says that the cosigner has verified this tree as an extension of all that it has seen of the
 * log.
 *
 * @param text the text of the checkpoint's note, without any signature line
 * @param timeSeconds POSIX time of the cosignature, whole seconds
 * @returns the signature line, newline included, to be put at the end of the note
 * @throws NoteError unless the time is an integer from 0 on
 */
export function cosignatureLine(text: string, cosigner: Cosigner, timeSeconds: number): string {
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) throw new NoteError('a time is a number of whole seconds');
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(timeSeconds));
  const signature = cosigner.sign(cosignedMessage(text, BigInt(timeSeconds)));
  return signatureLine(cosigner, Buffer.concat([time, signature]));
}

/**
 * Checks a cosignature of a checkpoint.
 *
 * @param text the text of the checkpoint's note, without any signature line
 * @param signature the bytes behind the key id in the signature's line: 8 of the time, 64 of Ed25519
 * @returns its POSIX time in seconds; null if it is malformed or not by this key. Never throws.
 */
export function verifyCosignature(
  text: string,
  signature: Uint8Array,
  verifier: CosignatureVerifier,
): { readonly timeSeconds: number } | null {
  if (signature.byteLength <= TIME_BYTES) return null;
  const time = Buffer.from(signature.subarray(0, TIME_BYTES)).readBigUInt64BE();
  // Beyond it a number is not exact, and no honest clock gets there.
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const isGenuine = verifier.verify(cosignedMessage(text, time), signature.subarray(TIME_BYTES));
  return isGenuine ? { timeSeconds: Number(time) } : null;
}

// C2SP tlog-cosignature, "Ed25519 signed message".
function cosignedMessage(text: string, time: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
}
