import {
  type CosignatureVerifier,
  type GenuineSignatures,
  isGatewayId,
  isSignedRelease,
  NoteError,
  parseCosignerVerifierKey,
  processName,
  readNote,
  verifyCosignature,
} from '@keyfold/domain';
import type { TreeState } from '../ports/log-source.js';
import { RequestRefusedError } from '../protocol/errors.js';
import type { LeaseAsk, VerifiedCosignature } from './lease-book.js';
import type { HeadProcess, HeadRequest } from './signed-head.js';

/** Processes whose key and last cosignature are remembered: one asks every second, and its key stays. */
const MAX_REMEMBERED = 8_192;

interface Remembered {
  readonly verifierKey: string;
  readonly verifier: CosignatureVerifier;
  cosigned: string | null;
  cosignature: VerifiedCosignature | null;
}

/** Checks what processes sign. What a process sent with its last request is not checked again. */
export class HeadProcesses {
  private readonly remembered = new Map<string, Remembered>();

  constructor(
    private readonly options: {
      readonly origin: string;
      /** Opens a checkpoint by the log's key. @throws RequestRefusedError if it is another's */
      readonly openOwn: (note: string) => TreeState;
      /** Receipts are checked with the same ones. */
      readonly signatures: GenuineSignatures;
    },
  ) {}

  /**
   * @throws RequestRefusedError `BAD_PROCESS` if the key is not the process's, or something is not signed by it;
   * `UNKNOWN_CHECKPOINT`
   */
  verified(request: HeadRequest): LeaseAsk {
    const { process } = request;
    if (process === undefined) return { request, cosignature: null, isRelease: false };
    const known = this.recall(request, process);
    if (process.cosigned !== known.cosigned) {
      known.cosignature = process.cosigned === null ? null : this.open(process.cosigned, known.verifier);
      known.cosigned = process.cosigned;
    }
    const isRelease = process.release !== null;
    if (isRelease) this.demandRelease(request, process.release, known.verifier);
    return { request, cosignature: known.cosignature, isRelease };
  }

  private recall({ gatewayId, incarnation }: HeadRequest, { slot, verifierKey }: HeadProcess): Remembered {
    const name = `${gatewayId} ${incarnation}`;
    const known = this.remembered.get(name);
    if (known?.verifierKey === verifierKey && known.verifier.name === processName(gatewayId, slot)) return known;
    const verifier = this.options.signatures.remembering(readKey(verifierKey));
    if (!isGatewayId(gatewayId) || verifier.name !== processName(gatewayId, slot))
      throw badProcess('the key is not named after the process');
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    const fresh = { verifierKey, verifier, cosigned: null, cosignature: null };
    this.remembered.set(name, fresh);
    return fresh;
  }

  private open(cosigned: string, verifier: CosignatureVerifier): VerifiedCosignature {
    // All processes cosign the same checkpoint, which is opened once; the own line is the last.
    const at = cosigned.lastIndexOf('\n', cosigned.length - 2) + 1;
    const { root, size } = this.options.openOwn(cosigned.slice(0, at));
    const { signatures, text } = noteOf(cosigned);
    const own = signatures.at(-1);
    if (own?.name !== verifier.name || own.keyId !== verifier.keyId)
      throw badProcess('the last cosignature is not its own');
    const checked = verifyCosignature(text, own.signature, verifier);
    if (checked === null) throw badProcess('the cosignature is wrong');
    return { size, root, timeSeconds: checked.timeSeconds, line: cosigned.slice(at) };
  }

  private demandRelease(
    { incarnation, nonce }: HeadRequest,
    release: string | null,
    verifier: CosignatureVerifier,
  ): void {
    const signature = Buffer.from(release ?? '', 'base64');
    if (!isSignedRelease({ origin: this.options.origin, incarnation, nonce }, signature, verifier))
      throw badProcess('the release is not signed by it');
  }
}

function readKey(verifierKey: string): CosignatureVerifier {
  try {
    return parseCosignerVerifierKey(verifierKey);
  } catch {
    throw badProcess('its key is malformed');
  }
}

function noteOf(note: string): ReturnType<typeof readNote> {
  try {
    return readNote(note);
  } catch (error) {
    if (error instanceof NoteError) throw badProcess(error.message);
    throw error;
  }
}

function badProcess(detail: string): RequestRefusedError {
  return new RequestRefusedError('BAD_PROCESS', `the request's claims about its process are wrong: ${detail}`);
}
