import { fromBase64, hex, sha256, utf8 } from './bytes.js';
import { HASH_BYTES, type Tree } from './tree.js';

/** A signed checkpoint (C2SP tlog-checkpoint), taken apart; nothing of it is verified yet. */
export interface Checkpoint extends Tree {
  /** As it came: the evidence. */
  readonly text: string;
  readonly signedText: string;
  readonly origin: string;
  readonly signatures: readonly NoteSignature[];
}

interface NoteSignature {
  readonly name: string;
  readonly keyHash: string;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** @returns null if it is no checkpoint */
export function readCheckpoint(text: unknown): Checkpoint | null {
  if (typeof text !== 'string') return null;
  const end = text.lastIndexOf('\n\n');
  if (end < 0) return null;
  const signedText = text.slice(0, end + 1);
  const [origin = '', size = '', rootText = ''] = signedText.split('\n');
  const root = fromBase64(rootText);
  const signatures = text
    .slice(end + 2)
    .split('\n')
    .filter(Boolean)
    .map(readSignature);
  if (origin === '' || !/^[1-9]\d{0,14}$/.test(size) || root?.length !== HASH_BYTES) return null;
  if (!signatures.every((one) => one !== null)) return null;
  return { text, signedText, origin, size: Number(size), root, signatures };
}

function readSignature(line: string): NoteSignature | null {
  const [, name = '', blob = ''] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
  const raw = fromBase64(blob);
  if (name === '' || raw === null || raw.length <= 4) return null;
  return { name, keyHash: hex(raw.slice(0, 4)), signature: raw.slice(4) };
}

export interface VerifierKey {
  /** `<name>+<8 digits>`. */
  readonly id: string;
  readonly name: string;
  readonly key: PublicKey;
}

/** As this platform's WebCrypto has it, a browser's or that of the tests. */
type PublicKey = Parameters<typeof crypto.subtle.verify>[1];

/**
 * Reads a verifier key (C2SP signed-note): `<name>+<8 hexadecimal digits>+<base64 of 0x01 and 32 bytes>`; the digits
 * are a hash over the rest.
 *
 * @returns null if it is none
 * @throws DOMException NotSupportedError if this browser does not know Ed25519
 */
export async function readVerifierKey(text: string): Promise<VerifierKey | null> {
  const [, name = '', keyHash = '', encoded = ''] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  const raw = fromBase64(encoded);
  if (raw?.length !== 33 || raw[0] !== 1) return null;
  const computed = await sha256(utf8(`${name}\n`), raw);
  if (hex(computed.slice(0, 4)) !== keyHash) return null;
  const key = await crypto.subtle.importKey('raw', raw.slice(1), 'Ed25519', false, ['verify']);
  return { id: `${name}+${keyHash}`, name, key };
}

/** Who has signed, as `<name>+<8 digits>`; nothing is verified. */
export function signersOf({ signatures }: Checkpoint): string[] {
  return signatures.map(({ keyHash, name }) => `${name}+${keyHash}`);
}

export async function isSignedBy({ signatures, signedText }: Checkpoint, { id, key }: VerifierKey): Promise<boolean> {
  const found = signatures.find(({ keyHash, name }) => `${name}+${keyHash}` === id);
  return found !== undefined && crypto.subtle.verify('Ed25519', key, found.signature, utf8(signedText));
}
