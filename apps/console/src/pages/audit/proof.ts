import canonicalize from 'canonicalize';
import type { Event, InclusionProof } from '../../api/types.gen.js';

/** One step of a verdict, in the order in which an auditor would check. */
export type StepName = 'record' | 'path' | 'root' | 'signature' | 'key';

export interface Verdict {
  readonly steps: readonly { readonly name: StepName; readonly isGood: boolean }[];
  /** What was computed here, in hexadecimal, to be compared by eye or pasted elsewhere. */
  readonly leafHash: string;
  readonly nodes: readonly PathNode[];
  readonly root: string;
  readonly treeSize: number;
  readonly origin: string;
}

/** A hash on the way from the leaf to the root, and the sibling that it was joined with. */
export interface PathNode {
  readonly sibling: string;
  readonly side: 'left' | 'right';
  readonly result: string;
}

/**
 * Exactly the members that the leaf is made of; anything else in an answer (revealed values) is no part of the record.
 */
const MEMBERS = [
  'position',
  'stream',
  'version',
  'type',
  'schemaVersion',
  'recordedAt',
  'actor',
  'correlationId',
  'data',
  'sealed',
] as const satisfies readonly (keyof Event)[];

/**
 * Recomputes on this page what the server claims: the record's canonical bytes (RFC 8785), its leaf hash, the path to
 * the root (RFC 6962), the root in the checkpoint, and the checkpoint's Ed25519 signature (C2SP signed-note).
 *
 * @param pinnedKey the log's verifier key as the auditor has it from elsewhere
 * @throws Error if proof, checkpoint or key cannot be read at all
 */
export async function verifyInclusion(record: Event, proof: InclusionProof, pinnedKey: string): Promise<Verdict> {
  const leaf = await hash(Uint8Array.of(0), utf8(canonicalRecord(record)));
  const { nodes, root, isWellFormed } = await climb(leaf, record.position - 1, proof);
  const note = readNote(proof.checkpoint);
  const key = await readVerifierKey(pinnedKey);
  return {
    steps: [
      { name: 'record', isGood: proof.leafIndex === record.position - 1 },
      { name: 'path', isGood: isWellFormed },
      { name: 'root', isGood: note.size === proof.treeSize && hex(note.root) === hex(root) },
      { name: 'key', isGood: key.name === note.origin },
      { name: 'signature', isGood: await isSignedBy(note, key) },
    ],
    leafHash: hex(leaf),
    nodes,
    root: hex(root),
    treeSize: proof.treeSize,
    origin: note.origin,
  };
}

function canonicalRecord(record: Event): string {
  const text = canonicalize(Object.fromEntries(MEMBERS.map((name) => [name, record[name]])));
  if (text === undefined) throw new Error('the record has no canonical form');
  return text;
}

/** RFC 9162, 2.1.3.2. */
async function climb(
  leaf: Uint8Array,
  leafIndex: number,
  { hashes, treeSize }: InclusionProof,
): Promise<{ nodes: PathNode[]; root: Uint8Array; isWellFormed: boolean }> {
  let [index, last, result] = [leafIndex, treeSize - 1, leaf];
  const nodes: PathNode[] = [];
  let isWellFormed = leafIndex < treeSize;
  for (const text of hashes) {
    const sibling = bytes(text);
    // More hashes than the tree is high.
    if (last === 0) isWellFormed = false;
    const isRightChild = index % 2 === 1 || index === last;
    if (isRightChild) {
      result = await hash(Uint8Array.of(1), sibling, result);
      while (index % 2 === 0 && index !== 0) [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
    } else result = await hash(Uint8Array.of(1), result, sibling);
    nodes.push({ sibling: hex(sibling), side: isRightChild ? 'left' : 'right', result: hex(result) });
    [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
  }
  return { nodes, root: result, isWellFormed: isWellFormed && last === 0 };
}

interface Note {
  readonly signedText: string;
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly signatures: readonly { readonly name: string; readonly keyHash: string; readonly signature: Uint8Array }[];
}

function readNote(text: string): Note {
  const end = text.lastIndexOf('\n\n');
  if (end < 0) throw new Error('the checkpoint has no signature');
  const signedText = text.slice(0, end + 1);
  const [origin = '', size = '', root = ''] = signedText.split('\n');
  const signatures = [...text.slice(end + 2).matchAll(/^\u2014 (\S+) (\S+)$/gm)].map(([, name = '', blob = '']) => {
    const raw = bytes(blob);
    return { name, keyHash: hex(raw.slice(0, 4)), signature: raw.slice(4) };
  });
  return { signedText, origin, size: Number(size), root: bytes(root), signatures };
}

interface VerifierKey {
  readonly name: string;
  readonly keyHash: string;
  readonly key: CryptoKey;
}

/** `<name>+<8 hexadecimal digits>+<base64 of 0x01 and 32 bytes>`; the digits are a hash over the rest. */
export async function readVerifierKey(text: string): Promise<VerifierKey> {
  const match = /^(\S+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
  const [, name = '', keyHash = '', encoded = ''] = match ?? [];
  const raw = bytes(encoded);
  if (raw.length !== 33 || raw[0] !== 1) throw new Error('this is no verifier key');
  const computed = await hash(utf8(`${name}\n`), raw);
  if (hex(computed.slice(0, 4)) !== keyHash) throw new Error('this is no verifier key: its hash does not match');
  return { name, keyHash, key: await crypto.subtle.importKey('raw', raw.slice(1), 'Ed25519', false, ['verify']) };
}

async function isSignedBy({ signatures, signedText }: Note, { name, keyHash, key }: VerifierKey): Promise<boolean> {
  const found = signatures.find((one) => one.name === name && one.keyHash === keyHash);
  if (found === undefined) return false;
  return crypto.subtle.verify('Ed25519', key, found.signature.slice(), utf8(signedText));
}

async function hash(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** @throws DOMException if it is no base64 */
function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function hex(raw: Uint8Array): string {
  return Array.from(raw, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
