import { randomBytes, randomUUID } from 'node:crypto';
import {
  type Checkpoint,
  cosignatureLine,
  type Cosigner,
  generateCosignerKey,
  keyFingerprint,
  type NoteVerifier,
  openCheckpoint,
  openNote,
  parseCosignerKey,
  processName,
  signRelease,
} from '@keyfold/domain';
import type { HeadProcess } from '@keyfold/messaging';
import { openProcessKey, type ProcessKey, ProcessKeyError, type ProcessPlace } from './process-key.js';

export interface LeaseProcessOptions {
  readonly place: ProcessPlace;
  /** Of the build. */
  readonly version: string;
  readonly verifier: NoteVerifier;
  /** What this process's own memory has applied at this moment. */
  readonly applied: () => { readonly size: number; readonly root: Buffer };
  /** The signed note over what is applied; null before the first. */
  readonly checkpoint: () => string | null;
  /** Whether what memory holds is known to differ from the log: then it is vouched for by nobody. */
  readonly isDoubtful: () => boolean;
  /** The log's clock, milliseconds since 1970; null as long as no head has set it. */
  readonly logNowMs: () => number | null;
  readonly log: {
    error(details: object, message: string): void;
    info(details: object, message: string): void;
  };
}

/**
 * What this process says of itself in head requests, by a key of its own: what its memory has applied, and at its stop
 * that it answers nothing any more. With that key it signs nothing else.
 *
 * As long as it has not got its key (another process uses it, the file cannot be read) it asks under one that is never
 * written down and never proven, and as another incarnation: it gets heads and no lease. So does one that was not
 * {@link start}ed, as a preparation.
 */
export class LeaseProcess {
  /** Random, one for each start: leases are the incarnation's. */
  readonly incarnation = randomUUID();
  private readonly stranger: { readonly incarnation: string; readonly cosigner: Cosigner };
  private key: ProcessKey | null = null;
  private keyProblem: ProcessKeyError | null = null;
  private isStarted = false;
  private isReleasing = false;
  private signedNote: string | null = null;
  private signedSize = 0;
  private cosigned: string | null = null;

  constructor(private readonly options: LeaseProcessOptions) {
    const { gatewayId, slot } = options.place;
    const cosigner = parseCosignerKey(generateCosignerKey(processName(gatewayId, slot), randomBytes(32)));
    this.stranger = { incarnation: randomUUID(), cosigner };
  }

  /** Whether this process may hold a lease, whatever it is granted: it has its key and has not released it. */
  get mayHoldLease(): boolean {
    return this.key !== null && !this.isReleasing;
  }

  /** Why there is no key; null if there is one, or none is wanted. */
  get problem(): ProcessKeyError | null {
    return this.keyProblem;
  }

  /** Size of the newest checkpoint that was cosigned; 0 before the first. */
  get cosignedSize(): number {
    return this.signedSize;
  }

  /** Takes the key, now or as soon as it can be had: it is tried again with each request. */
  start(): void {
    this.isStarted = true;
    this.takeKey();
  }

  /** What goes into the request with this nonce. */
  describe(nonce: string): { readonly incarnation: string; readonly process: HeadProcess } {
    if (this.key === null && this.isStarted) this.takeKey();
    const { slot } = this.options.place;
    const { version } = this.options;
    if (this.key === null) {
      const { cosigner, incarnation } = this.stranger;
      const process = { slot, verifierKey: cosigner.verifierKey, version, cosigned: null, release: null };
      return { incarnation, process };
    }
    const { verifierKey } = this.key.cosigner;
    const release = this.isReleasing ? this.signedRelease(nonce, this.key.cosigner) : null;
    const process = { slot, verifierKey, version, cosigned: this.newestCosigned(), release };
    return { incarnation: this.incarnation, process };
  }

  /** @returns whether a request made now carries a newer cosignature than those before */
  cosignNewest(): boolean {
    const before = this.signedSize;
    this.newestCosigned();
    return this.signedSize > before;
  }

  /**
   * From now on requests give the lease back: nothing is answered any more. @returns whether there is anything to give
   * back
   */
  beginRelease(): boolean {
    this.isReleasing = true;
    return this.key !== null;
  }

  /** Lets another process have the key. */
  close(): void {
    this.isStarted = false;
    this.key?.close();
    this.key = null;
  }

  private signedRelease(nonce: string, cosigner: Cosigner): string {
    const release = { origin: this.options.verifier.name, incarnation: this.incarnation, nonce };
    return signRelease(release, cosigner).toString('base64');
  }

  private takeKey(): void {
    try {
      this.key = openProcessKey(this.options.place);
      const { verifierKey } = this.key.cosigner;
      this.options.log.info({ fingerprint: keyFingerprint(verifierKey) }, 'this process uses its key');
      this.keyProblem = null;
    } catch (error) {
      if (!(error instanceof ProcessKeyError)) throw error;
      const isNews = this.keyProblem?.code !== error.code;
      this.keyProblem = error;
      if (isNews) this.options.log.error({ code: error.code }, `no lease: ${error.message}`);
    }
  }

  /**
   * A cosignature is made once for a checkpoint and sent again until there is a newer one, since a request can be lost.
   */
  private newestCosigned(): string | null {
    const note = this.options.checkpoint();
    const nowMs = this.options.logNowMs();
    if (this.key === null || note === null || note === this.signedNote || nowMs === null) return this.cosigned;
    const { applied, isDoubtful, verifier } = this.options;
    if (isDoubtful()) return this.cosigned;
    const checkpoint = openedOrNull(note, verifier);
    const { root, size } = applied();
    // The key vouches for what this memory holds, not for whatever the log has signed.
    if (checkpoint?.size !== size || !checkpoint.root.equals(root) || size <= this.signedSize) return this.cosigned;
    this.cosigned = note + cosignatureLine(openNote(note, verifier), this.key.cosigner, Math.floor(nowMs / 1_000));
    this.signedNote = note;
    this.signedSize = size;
    return this.cosigned;
  }
}

/**
 * The first one comes from this gateway's tables, which somebody may have changed: then there is nothing to cosign
 * before the next one.
 */
function openedOrNull(note: string, verifier: NoteVerifier): Checkpoint | null {
  try {
    return openCheckpoint(note, verifier);
  } catch {
    return null;
  }
}
