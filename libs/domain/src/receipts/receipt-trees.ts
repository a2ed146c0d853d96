import {
  type Checkpoint,
  leafHash,
  NoteError,
  type NoteVerifier,
  openCheckpoint,
  readNote,
  verifyCosignature,
  verifyInclusion,
} from '../log/index.js';
import type { EnrolledProcess } from './enrolment.js';
import type { Receipt, ReceiptInclusion, ReceiptProof } from './receipt.js';
import { ReceiptError } from './receipt-error.js';

/** A note of the largest size that is read has no more lines. */
const MAX_SIGNATURES = 10_000;

/** A checkpoint that the log has signed and that has the record. */
export interface ProvenTree extends Checkpoint {
  readonly note: string;
}

/**
 * Opens all proofs of a receipt: signed by the log, the largest tree first, each with the record in it.
 *
 * @throws ReceiptError `CHECKPOINT`, `INCLUSION`
 */
export function openProofs(receipt: Receipt, logKey: NoteVerifier): readonly ProvenTree[] {
  const trees = receipt.proofs.map((proof) => openProof(receipt, proof, logKey));
  trees.forEach(({ size }, at) => {
    const before = trees[at - 1];
    if (before !== undefined && before.size <= size) {
      throw new ReceiptError('CHECKPOINT', 'the proofs are not in the order of their trees, the largest first');
    }
  });
  return trees;
}

function openProof({ leaf, position }: Receipt, proof: ReceiptProof, logKey: NoteVerifier): ProvenTree {
  const checkpoint = openSigned(proof.checkpoint, logKey);
  if (checkpoint.size < position) {
    throw new ReceiptError('CHECKPOINT', `a checkpoint of size ${checkpoint.size} does not reach the record`);
  }
  requireInclusion({ leaf, position }, proof.inclusion, checkpoint);
  return { ...checkpoint, note: proof.checkpoint };
}

function openSigned(note: string, logKey: NoteVerifier): Checkpoint {
  try {
    return openCheckpoint(note, logKey, MAX_SIGNATURES);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new ReceiptError('CHECKPOINT', `a checkpoint: ${error.message}`, { cause: error });
  }
}

/** @throws ReceiptError `INCLUSION` unless the proof leads from the record to the signed root */
export function requireInclusion(
  { leaf, position }: { readonly leaf: Buffer; readonly position: number },
  { hashes, leafIndex, treeSize }: ReceiptInclusion,
  { root, size }: Checkpoint,
): void {
  const isProven =
    leafIndex === position - 1 &&
    treeSize === size &&
    verifyInclusion({ leafHash: leafHash(leaf), leafIndex, treeSize, proof: hashes, root });
  if (isProven) return;
  throw new ReceiptError(
    'INCLUSION',
    `the record at ${position} is not proven to be in the checkpoint of size ${size}`,
  );
}

export interface Cosigned extends EnrolledProcess {
  /** Of the cosignature, POSIX seconds. */
  readonly timeSeconds: number;
}

/**
 * The processes that have cosigned a checkpoint. Strict: a receipt has no signature that means nothing.
 *
 * @throws ReceiptError `COSIGNATURE`, or `CHECKPOINT` if the log has signed more than once
 */
export function readCosignatures(
  { note, size }: ProvenTree,
  enrolled: readonly EnrolledProcess[],
  logKey: NoteVerifier,
): readonly Cosigned[] {
  const { signatures, text } = readNote(note, MAX_SIGNATURES);
  const byOthers = signatures.filter(({ keyId, name }) => name !== logKey.name || keyId !== logKey.keyId);
  if (byOthers.length !== signatures.length - 1) {
    throw new ReceiptError('CHECKPOINT', `the checkpoint of size ${size} is not signed once by the log`);
  }
  const cosigned = byOthers.map(({ keyId, name, signature }) => {
    const process = enrolled.find(({ key }) => key.name === name && key.keyId === keyId);
    if (process === undefined)
      throw new ReceiptError('COSIGNATURE', `no enrolled process has the key ${name}+${keyId}`);
    const verdict = verifyCosignature(text, signature, process.key);
    if (verdict === null) throw new ReceiptError('COSIGNATURE', `the cosignature by ${name} of size ${size} is wrong`);
    return { ...process, timeSeconds: verdict.timeSeconds };
  });
  if (new Set(cosigned.map(({ position }) => position)).size !== cosigned.length) {
    throw new ReceiptError('COSIGNATURE', `a process has cosigned the checkpoint of size ${size} twice`);
  }
  return cosigned;
}
