import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { AccessIdentity } from '@keyfold/domain';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import type { Freshness } from '../freshness/freshness.js';
import type { TokenKeys } from './token-keys.js';

const MAX_TOKEN_SECONDS = 300;

/** A signed statement about who signed in. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export interface TokenIssuerOptions {
  readonly keys: TokenKeys;
  readonly facts: Pick<GatewayFacts, 'key'>;
  readonly freshness: Pick<Freshness, 'hostClock' | 'lease' | 'logClock'>;
  /** `iss`: the same on every gateway of a log. */
  readonly issuer: string;
}

/**
 * Makes tokens (EdDSA JWT) of verdicts. Nobody asks a gateway about a token again, so it ends with the first of: 300 s,
 * the rest of the lease (what a gateway may not know yet can reach no further), and the key's own end. Whoever verifies
 * it has a clock of its own, so its times are counted from the earlier of the log's clock and this host's: where one of
 * the two is ahead, a token must not live longer by it.
 */
export class TokenIssuer {
  constructor(private readonly options: TokenIssuerOptions) {}

  /**
   * Call it in the event-loop turn of the verdict.
   *
   * @param audience `aud`: who the token is for
   * @returns null if it would end within this second, so that nobody could use it
   */
  async issue(
    identity: AccessIdentity,
    { audience, position }: { readonly audience: string; readonly position: number },
  ): Promise<IssuedToken | null> {
    const { issuer, keys } = this.options;
    const { hostClock, logClock } = this.options.freshness;
    const logNowMs = logClock.nowMs();
    const nowMs = Math.min(logNowMs, hostClock.wallMs());
    const nowSeconds = Math.floor(nowMs / 1_000);
    const endsAtSeconds = Math.floor((nowMs + this.leftMs(identity, logNowMs)) / 1_000);
    if (endsAtSeconds <= nowSeconds) return null;
    const token = await new SignJWT(claimsOf(identity, position))
      .setProtectedHeader({ alg: 'EdDSA', kid: keys.keyId, typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(identity.userId)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(endsAtSeconds)
      .setJti(randomUUID())
      .sign(keys.privateKey);
    return { token, expiresAtMs: endsAtSeconds * 1_000 };
  }

  private leftMs({ effectiveExpiresAtMs, keyId }: AccessIdentity, nowMs: number): number {
    const { facts, freshness } = this.options;
    const leaseLeftMs = freshness.lease.endsAtMs - freshness.hostClock.nowMs();
    const key = facts.key(keyId)?.state;
    // A rotated key ends with its grace; an evicted one cannot be looked at, so nothing is promised for it.
    const graceEndsAtMs = key?.status === 'issued' ? (key.supersededUntilMs ?? Number.POSITIVE_INFINITY) : nowMs;
    return Math.min(MAX_TOKEN_SECONDS * 1_000, leaseLeftMs, effectiveExpiresAtMs - nowMs, graceEndsAtMs - nowMs);
  }
}

function claimsOf(identity: AccessIdentity, position: number): Record<string, unknown> {
  const { keyId, readOnly, roles, scopes, username } = identity;
  return { username, keyId, roles: roles.map(({ name }) => name), readOnly, scopes, position };
}
