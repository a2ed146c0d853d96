import { hkdfSync } from 'node:crypto';
import {
  cosignatureLine,
  type CosignatureVerifier,
  type Cosigner,
  generateCosignerKey,
  parseCosignerKey,
  parseCosignerVerifierKey,
  verifyCosignature,
} from './cosignature.js';
import { NoteError, type NoteSigner, type NoteVerifier, seedOf } from './note-key.js';
import { openNote, readNote, signNote } from './signed-note.js';

const SEED_BYTES = 32;
const CERTIFICATE_TITLE = 'keyfold-cosigner/1';

/**
 * The log's own second key: it says when a checkpoint was the newest one. Derived from the signing key (HKDF-SHA-256)
 * and the origin, so there is nothing more to keep, and no two origins share one.
 *
 * @param signerKey the text form of the log's private key; its name is the origin.
 * @returns a cosigner named `<origin>/clock`.
 * @throws NoteError if the text is malformed.
 */
export function logCosigner(signerKey: string): Cosigner {
  const { name: origin, seed } = seedOf(signerKey);
  const name = `${origin}/clock`;
  const own = hkdfSync('sha256', seed, Buffer.alloc(0), `keyfold/v1/log-cosigner ${name}`, SEED_BYTES);
  return parseCosignerKey(generateCosignerKey(name, new Uint8Array(own)));
}

/**
 * The log's word for which key its cosigner has, so that who knows the log's public key alone can check times: a note
 * of the title, the origin and the cosigner's verifier key. It cannot pass for a checkpoint, which has a decimal size
 * on its second line.
 */
export function certifyCosigner(cosigner: Pick<Cosigner, 'verifierKey'>, signer: NoteSigner): string {
  return signNote(`${CERTIFICATE_TITLE}\n${signer.name}\n${cosigner.verifierKey}\n`, signer);
}

/** Reads what {@link certifyCosigner} made. @throws NoteError if it is anything else, or not by this log's key */
export function openCosignerCertificate(note: string, verifier: NoteVerifier): CosignatureVerifier {
  const [title, origin, key, ...rest] = openNote(note, verifier).split('\n');
  if (title !== CERTIFICATE_TITLE || origin !== verifier.name || key === undefined || rest.join('\n') !== '')
    throw new NoteError('not the certificate of a cosigner of this log');
  return parseCosignerVerifierKey(key);
}

/**
 * The checkpoint with a further line of signature behind its own.
 *
 * @param timeSeconds when it was the newest checkpoint, whole seconds since 1970.
 * @throws NoteError if the note is malformed.
 */
export function cosign(checkpoint: string, cosigner: Cosigner, timeSeconds: number): string {
  return checkpoint + cosignatureLine(readNote(checkpoint).text, cosigner, timeSeconds);
}

/**
 * The latest time at which a cosigner has signed this checkpoint, seconds since 1970; null if it has not. A signature
 * by this key that is wrong counts as none, so a broken one can hide no good one.
 *
 * @throws NoteError if the note is malformed.
 */
export function cosignedAt(checkpoint: string, verifier: CosignatureVerifier): number | null {
  const { text, signatures } = readNote(checkpoint);
  const times = signatures
    .filter(({ name, keyId }) => name === verifier.name && keyId === verifier.keyId)
    .flatMap(({ signature }) => verifyCosignature(text, signature, verifier)?.timeSeconds ?? []);
  return times.length === 0 ? null : Math.max(...times);
}
