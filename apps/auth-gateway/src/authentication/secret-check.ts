import type { IssuedApiKey, ProofOutcome } from '@keyfold/domain';
import type { SecretProver } from '../credentials/secret-prover.js';
import type { FactLoader } from '../facts/fact-loader.js';
import type { GatewayFacts, HeldKey } from '../facts/gateway-facts.js';
import type { Freshness } from '../freshness/freshness.js';
import type { FailedAttempts } from '../limits/failed-attempts.js';
import type { ReachedLimit } from '../limits/reached-limit.js';

/** A valid tag with an unknown id means that the feed is behind; longer than this nobody is kept waiting. */
const UNKNOWN_KEY_WAIT_MS = 250;

/** A key and a name as somebody presents them. */
export interface Presented {
  readonly username: string;
  readonly keyId: string;
  readonly secret: string;
}

/** What the secret was found to be, and against which hash. */
export interface Finding {
  readonly proof: ProofOutcome;
  readonly secretCommitment: string | null;
  /** Nobody has looked, since too many looks before it have found a wrong secret. */
  readonly reached?: ReachedLimit;
}

export interface SecretCheckOptions {
  readonly facts: GatewayFacts;
  readonly loader: FactLoader;
  readonly freshness: Freshness;
  readonly prover: SecretProver;
  readonly failedAttempts: FailedAttempts;
}

/** Finds out what a presented secret is, whatever has to be waited for: a row, a head, Argon2. */
export class SecretCheck {
  constructor(private readonly options: SecretCheckOptions) {}

  /**
   * What the secret is, with the key and its owner in memory.
   *
   * @param ip address of who presents it, as far as it is known
   * @returns null if there is no such key, as far as the log's newest head says
   */
  async find(presented: Presented, ip: string | null): Promise<Finding | null> {
    return (await this.bringToMemory(presented.keyId)) ? this.prove(presented, ip) : null;
  }

  /** Whether that was found against what is in force now, and all that a decision needs is still in memory. */
  isCurrent({ secretCommitment }: Finding, keyId: string): boolean {
    const { facts } = this.options;
    const held = facts.key(keyId);
    if (held === undefined || userIsMissing(facts, held)) return false;
    const key = held.state;
    // A pending key has no secret, one that got another hash meanwhile has not been proven.
    return (key.status === 'issued' ? key.secretCommitment : null) === secretCommitment;
  }

  private async bringToMemory(keyId: string): Promise<boolean> {
    const { facts, freshness, loader } = this.options;
    const held = facts.key(keyId);
    if (held !== undefined && !userIsMissing(facts, held)) {
      loader.hits++;
      return true;
    }
    if ((await loader.load(keyId)) === 'held') return true;
    await freshness.catchUp(UNKNOWN_KEY_WAIT_MS);
    return (await loader.load(keyId)) === 'held';
  }

  private async prove({ keyId, secret }: Presented, ip: string | null): Promise<Finding> {
    const { facts, failedAttempts, prover } = this.options;
    const held = facts.key(keyId);
    const key = held?.state;
    if (held === undefined || key?.status !== 'issued') return { proof: 'wrong-secret', secretCommitment: null };
    const { secretCommitment } = key;
    const provable = { keyId, key, held };
    const proof = prover.proofOf(provable, secret);
    if (proof === null) return { proof: 'wrong-secret', secretCommitment };
    if (prover.isRemembered(held, proof)) return { proof: 'proven', secretCommitment };
    const reached = failedAttempts.heldBack(keyId, ip);
    if (reached !== null) return { proof: 'wrong-secret', secretCommitment, reached };
    if (!(await prover.prove(provable, secret, proof))) {
      failedAttempts.computedWrong(keyId, ip);
      return { proof: 'wrong-secret', secretCommitment };
    }
    const current = facts.key(keyId);
    if (current !== undefined) current.proof = proof;
    return { proof: 'proven', secretCommitment };
  }
}

function userIsMissing(facts: GatewayFacts, { state }: HeldKey): boolean {
  const key = state as IssuedApiKey | { readonly userId?: undefined };
  return key.userId !== undefined && facts.user(key.userId) === undefined;
}
