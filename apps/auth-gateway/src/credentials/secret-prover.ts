import { timingSafeEqual } from 'node:crypto';
import { type IssuedApiKey, rememberedProof } from '@keyfold/domain';
import type { HeldKey } from '../facts/gateway-facts.js';
import type { Argon2Gate } from './argon2-gate.js';

/** Where proofs go, and whoever else may have made one. */
export interface Proofs {
  /** The proof that another process has kept; only there where others share the tables. */
  readonly find?: (keyId: string, isOverloaded: boolean) => Promise<Buffer | null>;
  /** Resolves, or returns, when the answer need not wait for it any longer. */
  remember(keyId: string, proof: Buffer): Promise<void> | void;
}

/** A key with a secret, and where its proof is remembered. */
export interface ProvableKey {
  readonly keyId: string;
  readonly key: IssuedApiKey;
  readonly held: HeldKey;
}

/**
 * Says whether a presented secret is the key's: by the proof that is remembered, else by Argon2. A proof is bound to
 * key id, secret and the commitment of the hash, so none outlives the hash that it was made against.
 */
export class SecretProver {
  private readonly running = new Map<string, Promise<boolean>>();

  constructor(
    private readonly gatewayKey: Buffer,
    private readonly argon2: Argon2Gate,
    private readonly proofs: Proofs,
  ) {}

  /** The proof of this secret for this key, or null if the key has no hash to prove anything against. */
  proofOf({ keyId, key }: ProvableKey, secret: string): Buffer | null {
    const { secretCommitment, secretHash } = key;
    if (secretCommitment === null || secretHash === null) return null;
    return rememberedProof({ gatewayKey: this.gatewayKey, keyId, secret, secretCommitment });
  }

  /** Whether the proof is the one remembered for the key. */
  isRemembered(held: HeldKey, proof: Buffer): boolean {
    return held.proof !== null && timingSafeEqual(held.proof, proof);
  }

  /**
   * Proves by Argon2. Requests at the same time share one computation if key, secret and hash are the same, and only
   * then: they are found by the proof itself.
   *
   * @throws Argon2OverloadedError
   */
  prove(provable: ProvableKey, secret: string, proof: Buffer): Promise<boolean> {
    const id = proof.toString('latin1');
    let running = this.running.get(id);
    if (running === undefined) {
      running = this.proveOnce(provable, secret, proof).finally(() => this.running.delete(id));
      this.running.set(id, running);
    }
    return running;
  }

  private async proveOnce({ keyId, key, held }: ProvableKey, secret: string, proof: Buffer): Promise<boolean> {
    // What another process of this gateway has proven meanwhile is not paid for again.
    if (this.proofs.find !== undefined) {
      held.proof = (await this.proofs.find(keyId, this.argon2.isFull)) ?? held.proof;
      if (this.isRemembered(held, proof)) return true;
    }
    const isProven = await this.argon2.verify(key.secretHash ?? '', secret);
    if (!isProven) return false;
    held.proof = proof;
    await this.proofs.remember(keyId, proof);
    return true;
  }
}
