import { type AccessReason, decideAccess, isExistingKey, type RoleState } from '@keyfold/domain';
import { type FactLoader, FactsUnavailableError } from '../facts/fact-loader.js';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import type { Freshness } from '../freshness/freshness.js';
import type { RequestLimits } from './verdict.js';

/** Who was let in, and for what. The secret was proven then, and a key keeps its secret. */
export interface Pass {
  /** Null for a preflight, which nobody needs a key for. */
  readonly keyId: string | null;
  readonly username: string;
  readonly limits: RequestLimits;
}

/** Says whether a caller who was let in would still be: the same decision on the current facts and clock. */
export class StandingAccess {
  constructor(
    private readonly facts: GatewayFacts,
    private readonly freshness: Freshness,
    private readonly loader: FactLoader,
  ) {}

  /** @returns why not, null if access stands, undefined if the key is not in memory: then {@link fetch} first */
  reasonAgainst({ keyId, username, limits }: Pass): AccessReason | null | undefined {
    if (keyId === null) return null;
    if (!this.freshness.holdsLease()) return 'STALE';
    const key = this.facts.key(keyId)?.state;
    if (key === undefined) return undefined;
    const user = isExistingKey(key) ? this.facts.user(key.userId)?.state : undefined;
    if (isExistingKey(key) && user === undefined) return undefined;
    const decision = decideAccess(
      { settings: this.facts.settings, key, user, role: this.role },
      { proof: 'proven', username, limits: 'apply', ...limits },
      this.freshness.logClock.nowMs(),
    );
    return decision.allowed ? null : decision.reason;
  }

  /** The same, after a key that is not in memory has been read; OVERLOADED if that cannot be done. */
  async reasonNow(pass: Pass): Promise<AccessReason | null> {
    if (pass.keyId !== null && this.reasonAgainst(pass) === undefined) {
      try {
        await this.fetch(pass.keyId);
      } catch (error) {
        if (!(error instanceof FactsUnavailableError)) throw error;
      }
    }
    const reason = this.reasonAgainst(pass);
    return reason === undefined ? 'OVERLOADED' : reason;
  }

  /** Brings the key to memory; @throws FactsUnavailableError */
  async fetch(keyId: string): Promise<void> {
    await this.loader.load(keyId);
  }

  private readonly role = (roleId: string): RoleState | undefined => this.facts.role(roleId);
}
