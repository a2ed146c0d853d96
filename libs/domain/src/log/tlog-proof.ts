import { decodeBase64 } from './base64.js';
import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { HASH_BYTES } from './merkle-hash.js';
import { NoteError, type NoteVerifier } from './note-key.js';
import { verifyInclusion } from './proof-verification.js';

// C2SP tlog-proof: title, an optional line of extra data, index, one hash a line, an empty line, the checkpoint
// verbatim.
const TITLE = 'c2sp.org/tlog-proof@v1';
const MAX_HASHES = 64;

/** That an entry is in a log, in one text that can be checked offline. */
export interface TlogProof {
  /** From 0; a record's position - 1. */
  readonly index: number;
  /** The audit path (RFC 6962, 2.1.1), 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note of the tree that the path leads to. */
  readonly checkpoint: string;
}

/** The text of a proof, to be kept in a file `*.tlog-proof`. */
export function encodeTlogProof({ checkpoint, hashes, index }: TlogProof): string {
  const path = hashes.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
  return `${TITLE}\nindex ${index}\n${path}\n${checkpoint}`;
}

/**
 * Reads the text of a proof; extra data is passed over, since nothing vouches for it. @throws NoteError if it is
 * malformed
 */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  if (end < 0) throw new NoteError('the proof has no checkpoint');
  const [title, ...rest] = text.slice(0, end).split('\n');
  if (title !== TITLE) throw new NoteError(`a proof begins with ${TITLE}`);
  const [indexLine, ...path] = rest[0]?.startsWith('extra ') === true ? rest.slice(1) : rest;
  const digits = /^index (0|[1-9]\d{0,15})$/.exec(indexLine ?? '')?.[1];
  if (digits === undefined || path.length > MAX_HASHES) throw new NoteError('the index or the path is malformed');
  return { index: Number(digits), hashes: path.map(parseHash), checkpoint: text.slice(end + 2) };
}

/**
 * What a proof shows: that the leaf is the record at `index` of the log whose key this is.
 *
 * @returns the checkpoint that it is under.
 * @throws NoteError if the proof is malformed, its checkpoint not by this key, or the leaf not in that tree at that
 *   place.
 */
export function openTlogProof(text: string, leafHash: Uint8Array, verifier: NoteVerifier): Checkpoint {
  const { checkpoint: note, hashes, index } = parseTlogProof(text);
  const checkpoint = openCheckpoint(note, verifier);
  const claim = { leafHash, leafIndex: index, treeSize: checkpoint.size, proof: hashes, root: checkpoint.root };
  if (!verifyInclusion(claim)) throw new NoteError('the record is not in the tree of the checkpoint at this index');
  return checkpoint;
}

function parseHash(line: string): Buffer {
  const hash = decodeBase64(line, 'base64');
  if (hash?.byteLength !== HASH_BYTES) throw new NoteError('a hash of the path is malformed');
  return hash;
}
