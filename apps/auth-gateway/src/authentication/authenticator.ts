import {
  decideAccess,
  effectiveRateLimit,
  foldUsername,
  isUnproven,
  parseApiKey,
  presentedKeyId,
  type AccessReason,
  type ApiKeyState,
  type IssuedApiKey,
  type ProofOutcome,
  type SharedKeys,
} from '@keyfold/domain';
import { Argon2OverloadedError } from '../credentials/argon2-gate.js';
import { parseBasicCredentials } from '../credentials/basic-credentials.js';
import type { SecretProver } from '../credentials/secret-prover.js';
import { FactsUnavailableError, type FactLoader } from '../facts/fact-loader.js';
import type { GatewayFacts, HeldKey } from '../facts/gateway-facts.js';
import type { Freshness } from '../freshness/freshness.js';
import type { FailedAttempts } from '../limits/failed-attempts.js';
import type { KeyLimits } from '../limits/key-limits.js';
import type { ReachedLimit } from '../limits/reached-limit.js';
import { IdentityMemo } from './identity-memo.js';
import type { ProvenAuthorizations } from './proven-authorizations.js';
import type { RefusedVerdict, RequestLimits, Verdict } from './verdict.js';

/** A valid tag with an unknown id means that the feed is behind; longer than this nobody is kept waiting. */
const UNKNOWN_KEY_WAIT_MS = 250;
/** Each further round means that memory has changed under the request: the key was evicted or given another hash. */
const MAX_ROUNDS = 5;

/** A key and a name as somebody presents them. */
interface Presented {
  readonly username: string;
  readonly keyId: string;
  readonly secret: string;
}

/** What the secret was found to be, and against which hash. */
interface Finding {
  readonly proof: ProofOutcome;
  readonly secretCommitment: string | null;
  /** Nobody has looked, since too many looks before it have found a wrong secret. */
  readonly reached?: ReachedLimit;
}

export interface AuthenticatorOptions {
  readonly facts: GatewayFacts;
  readonly loader: FactLoader;
  readonly freshness: Freshness;
  readonly keyLimits: KeyLimits;
  readonly failedAttempts: FailedAttempts;
  readonly prover: SecretProver;
  readonly proven: ProvenAuthorizations;
  readonly sharedKeys: SharedKeys;
}

/**
 * Proves who signs in. The proving may wait, for a row, a head or Argon2; the decision never does: it runs after the last await, on what
 * memory holds at that moment, and whatever memory has lost meanwhile is fetched again. So a record that is applied while a request waits
 * decides it.
 */
export class Authenticator {
  readonly #identities: IdentityMemo;

  constructor(private readonly options: AuthenticatorOptions) {
    this.#identities = new IdentityMemo(() => options.facts.rolesGeneration);
  }

  /**
   * The verdict on an Authorization value that was proven before and whose key is in memory; undefined if it takes more than that. Never
   * waits: nearly all requests end here.
   */
  decideKnown(authorization: string, limits: RequestLimits): Verdict | undefined {
    const { facts, freshness, proven } = this.options;
    const known = proven.get(authorization);
    if (known === undefined) return undefined;
    const key = facts.key(known.keyId)?.fact.state;
    if (key?.status !== 'issued' || key.secretCommitment !== known.secretCommitment) return undefined;
    if (facts.user(key.userId) === undefined) return undefined;
    if (!freshness.holdsLease()) return this.refuse('STALE');
    return this.decide(known.keyId, known.username, 'proven', limits);
  }

  /** The verdict on an Authorization value that {@link decideKnown} has none on. */
  async authenticateBasic(authorization: string, limits: RequestLimits): Promise<Verdict> {
    const credentials = parseBasicCredentials(authorization);
    if (credentials === null) return this.fail('MALFORMED', null, limits);
    return this.authenticate(credentials.username, credentials.password, limits, authorization);
  }

  /**
   * The verdict on a user name and a key.
   *
   * @param authorization the value that both came in, to be recognised when it comes again
   */
  async authenticate(username: string, key: string, limits: RequestLimits, authorization?: string): Promise<Verdict> {
    const parsed = parseApiKey(key, this.options.sharedKeys);
    const folded = foldUsername(username);
    if (!parsed.ok || folded === null) return this.fail('MALFORMED', presentedKeyId(key), limits);
    // Argon2 and look-ups would be wasted: without a lease nothing is allowed.
    if (!this.options.freshness.holdsLease()) return this.refuse('STALE');
    try {
      return await this.proveAndDecide(
        { username: folded, keyId: parsed.keyId, secret: parsed.secret },
        limits,
        authorization,
      );
    } catch (error) {
      if (error instanceof Argon2OverloadedError || error instanceof FactsUnavailableError)
        return this.refuse('OVERLOADED');
      throw error;
    }
  }

  private async proveAndDecide(
    presented: Presented,
    limits: RequestLimits,
    authorization: string | undefined,
  ): Promise<Verdict> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (!(await this.bringToMemory(presented.keyId))) return this.fail('UNKNOWN_KEY', presented.keyId, limits);
      const finding = await this.find(presented, limits);
      const verdict = this.decideOn(finding, presented, limits);
      if (verdict === undefined) continue;
      if (authorization !== undefined) this.recognise(authorization, presented, finding);
      return verdict;
    }
    return this.refuse('OVERLOADED');
  }

  /** From what was found to the answer nothing waits. Undefined if that was not found against what is in force now: then it is to be found again. */
  private decideOn(finding: Finding, { keyId, username }: Presented, limits: RequestLimits): Verdict | undefined {
    const { facts, freshness } = this.options;
    const held = facts.key(keyId);
    if (held === undefined || !isFor(finding, held) || userIsMissing(facts, held)) return undefined;
    if (!freshness.holdsLease()) return this.refuse('STALE');
    if (finding.reached !== undefined) return this.limited(finding.reached);
    const verdict = this.decide(keyId, username, finding.proof, limits);
    return verdict.allowed || !isUnproven(verdict.reason) ? verdict : this.fail(verdict.reason, keyId, limits);
  }

  private recognise(authorization: string, { keyId, username }: Presented, finding: Finding): void {
    const { proof, secretCommitment } = finding;
    if (proof === 'proven' && secretCommitment !== null)
      this.options.proven.set(authorization, { keyId, username, secretCommitment });
  }

  /** @returns whether the key exists, as far as the log's newest head says */
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

  private async find({ keyId, secret }: Presented, { ip }: RequestLimits): Promise<Finding> {
    const { facts, failedAttempts, prover } = this.options;
    const held = facts.key(keyId);
    const key = held?.fact.state;
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

  private decide(keyId: string, username: string, proof: ProofOutcome, limits: RequestLimits): Verdict {
    const { facts, freshness } = this.options;
    const { ip, isUpgrade, method, scopes } = limits;
    const key = facts.key(keyId)?.fact.state;
    const user = key === undefined || !('userId' in key) ? undefined : facts.user(key.userId)?.state;
    const decision = decideAccess(
      { settings: facts.settings, key, user, role: this.#role },
      { proof, username, limits: 'apply', method, ip, isUpgrade, scopes },
      freshness.logClock.nowMs(),
      this.#identities.identify,
    );
    if (decision.allowed) {
      const limited = this.count(key, limits);
      return limited ?? { allowed: true, identity: decision.identity, position: facts.appliedSize };
    }
    const { reason } = decision;
    const refused = this.refuse(reason);
    // Both come only after the secret and the name were right.
    return reason === 'REVOKED' || reason === 'SUPERSEDED' ? { ...refused, retiredKeyId: keyId } : refused;
  }

  readonly #role = (roleId: string): ReturnType<GatewayFacts['role']> => this.options.facts.role(roleId);

  /** What nothing else refuses counts against the key's rate limit, whatever becomes of the request. Keys without one cost nothing here. */
  private count(key: ApiKeyState | undefined, { isCounted }: RequestLimits): RefusedVerdict | null {
    const { facts, keyLimits } = this.options;
    if (key?.status !== 'issued') return null;
    const limit = effectiveRateLimit(key, facts.settings);
    if (limit === null || isCounted === true) return null;
    const reached = keyLimits.take(key.keyId, limit);
    return reached === null ? null : this.limited(reached);
  }

  /** Refuses somebody who has proven nothing. Who fails too often hears that instead, whether there is such a key or not. */
  private fail(reason: AccessReason, keyId: string | null, { ip }: RequestLimits): RefusedVerdict {
    const reached = this.options.failedAttempts.failed(keyId, ip);
    return reached === null ? this.refuse(reason) : this.limited(reached);
  }

  private limited(reached: ReachedLimit): RefusedVerdict {
    return { ...this.refuse('RATE_LIMITED'), reached };
  }

  private refuse(reason: AccessReason): RefusedVerdict {
    return { allowed: false, reason, position: this.options.facts.appliedSize };
  }
}

/** A pending key has no secret, one that got another hash meanwhile has not been proven. */
function isFor(finding: Finding, { fact }: HeldKey): boolean {
  const key = fact.state;
  return (key.status === 'issued' ? key.secretCommitment : null) === finding.secretCommitment;
}

function userIsMissing(facts: GatewayFacts, { fact }: HeldKey): boolean {
  const key = fact.state as IssuedApiKey | { readonly userId?: undefined };
  return key.userId !== undefined && facts.user(key.userId) === undefined;
}
