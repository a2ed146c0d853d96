import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { decodeBase64 } from './base64.js';

/** Makes signatures under a name. */
export interface NoteSigner {
  readonly name: string;
  /** 8 hex digits: the 4 bytes by which a signature names its key. */
  readonly keyId: string;
  /** The public key in the text form that {@link parseVerifierKey} takes. */
  readonly verifierKey: string;
  /** Raw Ed25519, 64 bytes. Whoever signs anything but a note must make the message unlike any note's text. */
  sign(message: Uint8Array): Buffer;
}

/** Checks signatures made under a name. */
export interface NoteVerifier {
  readonly name: string;
  /** 8 hex digits: the 4 bytes by which a signature names its key. */
  readonly keyId: string;
  /** The text form that {@link parseVerifierKey} took. */
  readonly verifierKey: string;
  /** Raw Ed25519. False for whatever is malformed; never throws. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * A key, note or checkpoint is malformed, or its signature is not the expected one. Messages never contain a private
 * key.
 */
export class NoteError extends Error {
  readonly code = 'INVALID_NOTE';
  override readonly name = 'NoteError';
}

/**
 * How a key signs: the byte that comes before it in its text form and in its hash (C2SP signed-note, signature types).
 */
export const KEY_TYPE = { ed25519: 0x01, cosignature: 0x04 } as const;
export type KeyType = (typeof KEY_TYPE)[keyof typeof KEY_TYPE];

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const PRIVATE_PREFIX = 'PRIVATE+KEY+';
// DER of the algorithm identifier; the 32 bytes of the key follow.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * The text form of a private key: `PRIVATE+KEY+<name>+<hash>+<base64(0x01 || seed)>`, as Go's sumdb/note writes it.
 *
 * @param name not empty, without white space, control characters and `+`; for a log it is the origin.
 * @param seed 32 random bytes (the Ed25519 private key of RFC 8032).
 * @throws NoteError if either is not so.
 */
export function generateSignerKey(name: string, seed: Uint8Array): string {
  return encodePrivateKey(name, seed, KEY_TYPE.ed25519);
}

/**
 * Reads a private key from its text form.
 *
 * @throws NoteError if it is malformed, of another algorithm, or its hash does not match.
 */
export function parseSignerKey(text: string): NoteSigner {
  return readPrivateKey(text, KEY_TYPE.ed25519);
}

/**
 * Reads a public key from its text form: `<name>+<hash>+<base64(0x01 || public key)>` (C2SP signed-note, vkey).
 *
 * @throws NoteError if it is malformed, of another algorithm, or its hash does not match.
 */
export function parseVerifierKey(text: string): NoteVerifier {
  return readPublicKey(text, KEY_TYPE.ed25519);
}

/** The text form of a private key of a type. @throws NoteError if the name or the seed is invalid */
export function encodePrivateKey(name: string, seed: Uint8Array, type: KeyType): string {
  if (seed.byteLength !== KEY_BYTES) throw new NoteError(`a seed has ${KEY_BYTES} bytes`);
  const publicKey = publicKeyBytes(privateKeyOf(seed));
  return `${PRIVATE_PREFIX}${name}+${keyIdOf(name, publicKey, type)}+${encodeKey(seed, type)}`;
}

/** Reads a private key of one type alone: a key never signs in two formats. @throws NoteError */
export function readPrivateKey(text: string, type: KeyType): NoteSigner {
  if (!text.startsWith(PRIVATE_PREFIX)) throw new NoteError('a signer key begins with PRIVATE+KEY+');
  const { name, keyId, key } = parseKey(text.slice(PRIVATE_PREFIX.length), type);
  const privateKey = privateKeyOf(key);
  const publicKey = publicKeyBytes(privateKey);
  if (keyIdOf(name, publicKey, type) !== keyId) throw new NoteError('the hash in the signer key does not match');
  return {
    name,
    keyId,
    verifierKey: `${name}+${keyId}+${encodeKey(publicKey, type)}`,
    sign: (message) => sign(null, message, privateKey),
  };
}

/**
 * The name and the seed in a log's private key, to derive further keys from. @throws NoteError if the text is malformed
 */
export function seedOf(text: string): { readonly name: string; readonly seed: Buffer } {
  const { name } = parseSignerKey(text);
  return { name, seed: parseKey(text.slice(PRIVATE_PREFIX.length), KEY_TYPE.ed25519).key };
}

/**
 * The same private key under another name, as a log signs that goes on under another origin. What is signed begins with
 * the name, so nothing signed under one passes under the other.
 *
 * @param text the private key in its text form
 * @throws NoteError if the text or the name is malformed
 */
export function signerNamed(text: string, name: string): string {
  return generateSignerKey(name, seedOf(text).seed);
}

/** The same public key under another name: see {@link signerNamed}. @throws NoteError if the name is malformed */
export function verifierNamed({ verifierKey }: Pick<NoteVerifier, 'verifierKey'>, name: string): NoteVerifier {
  const { key } = parseKey(verifierKey, KEY_TYPE.ed25519);
  const { ed25519: type } = KEY_TYPE;
  return parseVerifierKey(`${name}+${keyIdOf(name, key, type)}+${encodeKey(key, type)}`);
}

/** Reads a public key of one type alone. @throws NoteError */
export function readPublicKey(text: string, type: KeyType): NoteVerifier {
  const { name, keyId, key } = parseKey(text, type);
  if (keyIdOf(name, key, type) !== keyId) throw new NoteError('the hash in the verifier key does not match');
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' });
  return {
    name,
    keyId,
    verifierKey: text,
    verify: (message, signature) =>
      signature.byteLength === SIGNATURE_BYTES && verify(null, message, publicKey, signature),
  };
}

/**
 * Whether the text can name a key: not empty, well-formed, no white space, control character or `+` (C2SP signed-note).
 */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\p{White_Space}\p{Cc}+]+$/u.test(name);
}

// The key's base64 may contain '+', the name and the hash may not.
const KEY_TEXT = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/;

function parseKey(text: string, type: KeyType): { name: string; keyId: string; key: Buffer } {
  const [, name, keyId, encoded] = KEY_TEXT.exec(text) ?? [];
  if (name === undefined || keyId === undefined || encoded === undefined || !isKeyName(name)) {
    throw new NoteError('a key is <name>+<hash>+<base64>');
  }
  const bytes = decodeBase64(encoded, 'base64');
  if (bytes?.[0] !== type || bytes.byteLength !== 1 + KEY_BYTES) {
    throw new NoteError(type === KEY_TYPE.ed25519 ? 'not an Ed25519 key' : 'not an Ed25519 cosignature key');
  }
  return { name, keyId, key: bytes.subarray(1) };
}

function encodeKey(key: Uint8Array, type: KeyType): string {
  return Buffer.concat([Buffer.of(type), key]).toString('base64');
}

// The first 4 bytes of SHA-256(name || 0x0A || type || public key).
function keyIdOf(name: string, publicKey: Uint8Array, type: KeyType): string {
  if (!isKeyName(name)) throw new NoteError('a key name has no white space, control character or +');
  const input = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), publicKey]);
  return hash('sha256', input, 'hex').slice(0, 8);
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function publicKeyBytes(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.byteLength);
}
