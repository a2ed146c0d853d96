import { decodeBase64 } from './base64.js';
import { EMPTY_ROOT, HASH_BYTES, sameHash } from './merkle-hash.js';
import { NoteError, type NoteSigner, type NoteVerifier } from './note-key.js';
import { openNote, signNote } from './signed-note.js';

/** The state of a log: what one signature is made over. */
export interface Checkpoint {
  /** Names the log, as in `keyfold.local/<install id>`; the name of its key too. */
  readonly origin: string;
  /** Number of leaves, so the position of the last record. */
  readonly size: number;
  /** RFC 6962 root over them, 32 bytes. */
  readonly root: Buffer;
}

/**
 * Signs a checkpoint (C2SP tlog-checkpoint). Checks its form only: that the log never signs two inconsistent
 * checkpoints is for the caller to see to.
 *
 * @throws NoteError if the origin is not the signer's name, the size or root is none, or size 0 has another root than
 *   the empty one.
 */
export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  const { origin, size, root } = checkpoint;
  if (origin !== signer.name) throw new NoteError('the origin is not the name of the signing key');
  requireState(size, root);
  return signNote(checkpointText(checkpoint), signer);
}

/** What is signed: three lines, the last one ended too. */
export function checkpointText({ origin, root, size }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** More than a checkpoint with the cosignatures of a large installation has. */
export const MAX_CHECKPOINT_CHARACTERS = 16_384;

/** What a checkpoint says, signed or not and by whomever; null if it is malformed. */
export function checkpointOf(note: string): Checkpoint | null {
  const body = note.split('\n\n', 1)[0] ?? '';
  const [origin = '', ...lines] = (body.endsWith('\n') ? body.slice(0, -1) : body).split('\n');
  try {
    return { origin, ...stateOf(lines) };
  } catch {
    return null;
  }
}

/**
 * Reads a signed checkpoint after checking its signature. Extension lines are allowed and ignored, as the format asks.
 *
 * @param maxSignatures the most signature lines that are read, as {@link openNote} takes it
 * @throws NoteError if it is malformed, of another origin than the verifier's name, or not signed by the verifier's
 *   key.
 */
export function openCheckpoint(note: string, verifier: NoteVerifier, maxSignatures?: number): Checkpoint {
  const text = openNote(note, verifier, maxSignatures);
  const [origin, ...lines] = text.slice(0, -1).split('\n');
  if (origin !== verifier.name) throw new NoteError('the checkpoint is of another origin');
  return { origin, ...stateOf(lines) };
}

/** @param lines of the text, behind the origin */
function stateOf([sizeText, rootText, ...extensions]: readonly string[]): Omit<Checkpoint, 'origin'> {
  if (sizeText === undefined || !/^(?:0|[1-9]\d{0,15})$/.test(sizeText)) throw new NoteError('the size is malformed');
  const root = rootText === undefined ? null : decodeBase64(rootText, 'base64');
  if (root === null) throw new NoteError('the root is malformed');
  if (extensions.includes('')) throw new NoteError('an extension line is empty');
  const size = Number(sizeText);
  requireState(size, root);
  return { size, root };
}

function requireState(size: number, root: Uint8Array): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new NoteError('the size is not an integer from 0 to 2^53-1');
  if (root.byteLength !== HASH_BYTES) throw new NoteError(`a root has ${HASH_BYTES} bytes`);
  if (size === 0 && !sameHash(root, EMPTY_ROOT)) throw new NoteError('the root of no leaves is not the empty root');
}
