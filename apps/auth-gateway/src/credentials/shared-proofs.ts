import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@keyfold/service-kit';
import type { ProofStore } from './proof-store.js';
import type { Proofs } from './secret-prover.js';

/** Tables that take longer are not worth waiting for: a proof that is not shared costs one Argon2 more. */
const PATIENCE_MS = 250;
/** If Argon2 has no free slot, the caller is refused at once. */
const OVERLOADED_PATIENCE_MS = 40;

/**
 * Remembered proofs of a gateway of several processes, which share the table and nothing else: a proof is in it before
 * the client has its answer, and is looked for there before Argon2 runs, so whichever process the client's next
 * connection goes to pays one query for it.
 */
export class SharedProofs implements Proofs {
  constructor(
    private readonly store: ProofStore,
    private readonly log: Pick<Logger, 'warn'>,
  ) {}

  async find(keyId: string, isOverloaded: boolean): Promise<Buffer | null> {
    const found = this.store.readProof(keyId).catch((error: unknown) => {
      this.log.warn({ err: error }, 'proofs of other workers cannot be read');
      return null;
    });
    return Promise.race([found, delay(isOverloaded ? OVERLOADED_PATIENCE_MS : PATIENCE_MS, null, { ref: false })]);
  }

  async remember(keyId: string, proof: Buffer): Promise<void> {
    this.store.remember(keyId, proof);
    await Promise.race([this.store.flush(), delay(PATIENCE_MS, undefined, { ref: false })]);
  }
}
