import { decodeBase64 } from './base64.js';
import { isKeyName, NoteError, type NoteSigner, type NoteVerifier } from './note-key.js';

// C2SP signed-note: the text, an empty line, then one line for each signature: `— <name> <base64(key id ||
// signature)>`.
const SIGNATURE_MARK = '\u2014 ';
const KEY_ID_BYTES = 4;
// Bounds for notes from strangers, as in Go's sumdb/note: a note may carry the signatures of many witnesses.
const MAX_NOTE_CHARACTERS = 1_000_000;
const MAX_SIGNATURES = 100;

/**
 * Signs a text as a C2SP signed note.
 *
 * @param text not empty, ends in a newline, well-formed, no control character but newlines.
 * @throws NoteError if the text is not so.
 */
export function signNote(text: string, signer: NoteSigner): string {
  requireNoteText(text);
  return `${text}\n${signatureLine(signer, signer.sign(Buffer.from(text)))}`;
}

/** One line of a note's signatures, its newline included. */
export function signatureLine({ name, keyId }: { name: string; keyId: string }, signature: Uint8Array): string {
  const bytes = Buffer.concat([Buffer.from(keyId, 'hex'), signature]);
  return `${SIGNATURE_MARK}${name} ${bytes.toString('base64')}\n`;
}

/**
 * The text of a C2SP signed note, once the verifier's signature has been found on it and checked. Signatures by others
 * (witnesses, say) are passed over, but must be well-formed.
 *
 * @param maxSignatures the most signature lines that are read; 100 unless given
 * @throws NoteError if the note is malformed, not signed by this key, or the signature is wrong.
 */
export function openNote(note: string, verifier: NoteVerifier, maxSignatures?: number): string {
  const { text, signatures } = readNote(note, maxSignatures);
  const own = signatures.find((line) => line.name === verifier.name && line.keyId === verifier.keyId);
  if (own === undefined) throw new NoteError(`the note is not signed by ${verifier.name}+${verifier.keyId}`);
  if (!verifier.verify(Buffer.from(text), own.signature)) throw new NoteError('the signature of the note is wrong');
  return text;
}

/** A signature as its line has it, not checked. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

/**
 * Takes a note apart without checking any signature.
 *
 * @param maxSignatures the most signature lines that are read
 * @throws NoteError if the note is malformed or has more signatures
 */
export function readNote(
  note: string,
  maxSignatures = MAX_SIGNATURES,
): { readonly text: string; readonly signatures: readonly NoteSignature[] } {
  if (note.length > MAX_NOTE_CHARACTERS) throw new NoteError('the note is too long');
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new NoteError('the note has no signatures');
  const text = note.slice(0, end + 1);
  requireNoteText(text);
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw new NoteError('the note has too many signatures');
  return { text, signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [name, encoded, ...rest] = line.startsWith(SIGNATURE_MARK) ? line.slice(SIGNATURE_MARK.length).split(' ') : [];
  if (name === undefined || encoded === undefined || rest.length > 0 || !isKeyName(name)) {
    throw new NoteError('a signature line is malformed');
  }
  const bytes = decodeBase64(encoded, 'base64');
  if (bytes === null || bytes.byteLength <= KEY_ID_BYTES) throw new NoteError('a signature is malformed');
  return { name, keyId: bytes.toString('hex', 0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

function requireNoteText(text: string): void {
  if (!text.endsWith('\n')) throw new NoteError('the text of a note ends in a newline');
  if (!text.isWellFormed() || /[\x00-\x09\x0b-\x1f]/.test(text)) {
    throw new NoteError('the text of a note has a control character or malformed Unicode');
  }
}
