import {
  type AccessReason,
  type ApiKeyState,
  decideAccess,
  effectiveRateLimit,
  foldUsername,
  isExistingKey,
  isUnproven,
  parseApiKey,
  presentedKeyId,
  type ProofOutcome,
  type RateLimit,
  type SharedKeys,
} from '@keyfold/domain';
import { Argon2OverloadedError } from '../credentials/argon2-gate.js';
import { parseBasicCredentials } from '../credentials/basic-credentials.js';
import { FactsUnavailableError } from '../facts/fact-loader.js';
import type { GatewayFacts, HeldKey, HeldUser } from '../facts/gateway-facts.js';
import type { RequestCounter } from '../limits/key-limits.js';
import type { ReachedLimit } from '../limits/reached-limit.js';
import { LimitsUnavailableError } from '../limits/shared-key-limits.js';
import { GrantsMemo } from './grants-memo.js';
import type { ProvenAuthorizations } from './proven-authorizations.js';
import { type Finding, type Presented, SecretCheck, type SecretCheckOptions } from './secret-check.js';
import type { RefusedVerdict, RequestLimits, Verdict } from './verdict.js';

/** Each further round means that memory has changed under the request: the key was evicted or given another hash. */
const MAX_ROUNDS = 5;

/** A failed look-up says nothing about the key. */
const OVERLOADS = [Argon2OverloadedError, FactsUnavailableError, LimitsUnavailableError];

export interface AuthenticatorOptions extends SecretCheckOptions {
  readonly keyLimits: RequestCounter;
  readonly proven: ProvenAuthorizations;
  readonly sharedKeys: SharedKeys;
}

/** A key in memory, and its owner if it has one there. */
interface InMemory {
  readonly held: HeldKey;
  readonly owner: HeldUser | undefined;
}

/**
 * Proves who signs in. The proving may wait, for a row, a head or Argon2; the decision never does: it runs after the
 * last await, on what memory holds at that moment, and whatever memory has lost meanwhile is fetched again. So a record
 * that is applied while a request waits decides it.
 */
export class Authenticator {
  private readonly grants: GrantsMemo;
  private readonly secrets: SecretCheck;

  constructor(private readonly options: AuthenticatorOptions) {
    this.grants = new GrantsMemo(() => options.facts.rolesGeneration);
    this.secrets = new SecretCheck(options);
  }

  /**
   * The verdict on an Authorization value that was proven before and whose key is in memory; undefined if it takes more
   * than that. Never waits: nearly all requests end here.
   */
  decideKnown(authorization: string, limits: RequestLimits): Verdict | undefined {
    const known = this.options.proven.get(authorization);
    if (known === undefined) return undefined;
    const { held, owner } = known;
    if (!held.isHeld || !owner.isHeld) return undefined;
    const key = held.state;
    if (key.status !== 'issued' || key.secretCommitment !== known.secretCommitment) return undefined;
    if (key.userId !== owner.key) return undefined;
    held.use();
    owner.use();
    const verdict = this.decide({ held, owner }, known.username, 'proven', limits);
    return verdict === 'uncounted' ? undefined : verdict;
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
      if (OVERLOADS.some((overload) => error instanceof overload)) return this.refuse('OVERLOADED');
      throw error;
    }
  }

  private async proveAndDecide(
    presented: Presented,
    limits: RequestLimits,
    authorization: string | undefined,
  ): Promise<Verdict> {
    let asked = limits;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const finding = await this.secrets.find(presented, limits.ip);
      if (finding === null) return this.fail('UNKNOWN_KEY', presented.keyId, limits);
      const verdict = this.decideOn(finding, presented, asked);
      if (verdict === 'again') continue;
      if (verdict === 'uncounted') {
        const reached = await this.countElsewhere(presented.keyId);
        if (reached !== null) return this.limited(reached);
        asked = { ...limits, isCounted: true };
        continue;
      }
      if (authorization !== undefined) this.recognise(authorization, presented, finding);
      return verdict;
    }
    return this.refuse('OVERLOADED');
  }

  /**
   * From what was found to the answer nothing waits. `again` if that was not found against what is in force now: then
   * it is to be found again.
   */
  private decideOn(
    finding: Finding,
    { keyId, username }: Presented,
    limits: RequestLimits,
  ): Verdict | 'again' | 'uncounted' {
    const inMemory = this.inMemory(keyId);
    if (inMemory === undefined || !this.secrets.isCurrent(finding, keyId)) return 'again';
    if (!this.options.freshness.holdsLease()) return this.refuse('STALE');
    if (finding.reached !== undefined) return this.limited(finding.reached);
    const verdict = this.decide(inMemory, username, finding.proof, limits);
    if (verdict === 'uncounted' || verdict.allowed || !isUnproven(verdict.reason)) return verdict;
    return this.fail(verdict.reason, keyId, limits);
  }

  private recognise(authorization: string, { keyId, username }: Presented, finding: Finding): void {
    const { proof, secretCommitment } = finding;
    if (proof !== 'proven' || secretCommitment === null) return;
    const { held, owner } = this.inMemory(keyId) ?? {};
    if (held === undefined || owner === undefined) return;
    this.options.proven.set(authorization, { held, owner, username, secretCommitment });
  }

  /**
   * `uncounted` if nothing refuses but a limit that another process counts: then it is to be asked, and everything
   * decided again.
   */
  private decide(
    { held, owner }: InMemory,
    username: string,
    proof: ProofOutcome,
    limits: RequestLimits,
  ): Verdict | 'uncounted' {
    const { facts, freshness } = this.options;
    const { ip, isUpgrade, method, scopes } = limits;
    const nowMs = freshness.decisionTimeMs();
    if (nowMs === null) return this.refuse('STALE');
    const key = held.state;
    const decision = decideAccess(
      { settings: facts.settings, key, user: owner?.state, role: this.role },
      { proof, username, limits: 'apply', method, ip, isUpgrade, scopes },
      nowMs,
      this.grants.identify,
    );
    if (decision.allowed) {
      const limited = this.count(key, limits);
      return limited ?? { allowed: true, held, identity: decision.identity, position: facts.appliedSize };
    }
    const { reason } = decision;
    const refused = this.refuse(reason);
    // Both come only after the secret and the name were right.
    return reason === 'REVOKED' || reason === 'SUPERSEDED' ? { ...refused, retiredKeyId: held.key } : refused;
  }

  private inMemory(keyId: string): InMemory | undefined {
    const { facts } = this.options;
    const held = facts.key(keyId);
    if (held === undefined) return undefined;
    return { held, owner: isExistingKey(held.state) ? facts.user(held.state.userId) : undefined };
  }

  private readonly role = (roleId: string): ReturnType<GatewayFacts['role']> => this.options.facts.role(roleId);

  /**
   * What nothing else refuses counts against the key's rate limit, whatever becomes of the request. Keys without one
   * cost nothing here.
   */
  private count(key: ApiKeyState | undefined, { isCounted }: RequestLimits): RefusedVerdict | null | 'uncounted' {
    const limit = this.limitOf(key);
    if (limit === null || key?.status !== 'issued' || isCounted === true) return null;
    const reached = this.options.keyLimits.take(key.keyId, limit);
    if (reached === undefined) return 'uncounted';
    return reached === null ? null : this.limited(reached);
  }

  private async countElsewhere(keyId: string): Promise<ReachedLimit | null> {
    const limit = this.limitOf(this.options.facts.key(keyId)?.state);
    return limit === null ? null : this.options.keyLimits.ask(keyId, limit);
  }

  private limitOf(key: ApiKeyState | undefined): RateLimit | null {
    return key?.status === 'issued' ? effectiveRateLimit(key, this.options.facts.settings) : null;
  }

  /**
   * Refuses somebody who has proven nothing. Who fails too often hears that instead, whether there is such a key or
   * not.
   */
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
