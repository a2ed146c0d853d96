import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { ServerMetadata } from 'openid-client';
import type { OutboundFetch } from '../../platform/outbound-proxy.js';
import { CLOCK_TOLERANCE_SECONDS } from './issuer-clock.js';

/**
 * Signatures by a key pair only. Neither `none` nor the HMACs: with those a published key, or a client's secret, would
 * sign.
 */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** RFC 9068 and plain JWTs; a token made for something else (logout, introspection, ...) says so here. */
const TYPES: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);
const TIMEOUT_MS = 5_000;
/** A key that the issuer has withdrawn is used for this long at most. */
const KEYS_MAX_AGE_MS = 300_000;
/** Whatever key ids strangers make up, the issuer is asked for its keys at most this often. */
const KEYS_COOLDOWN_MS = 1_000;

/** A JWT whose signature, issuer, audience, times and subject are good. */
export type VerifiedToken = JWTPayload & { readonly sub: string };

/** Checks JWTs of one issuer by the keys that it publishes. */
export class IssuerTokens {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  private cooldown: Promise<void> | undefined;

  /** @throws TypeError if the issuer publishes no keys */
  constructor(
    private readonly metadata: Pick<ServerMetadata, 'issuer' | 'jwks_uri'>,
    private readonly audience: string,
    fetchKeys: OutboundFetch,
  ) {
    this.keys = createRemoteJWKSet(keysUrl(metadata), {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: KEYS_COOLDOWN_MS,
      cacheMaxAge: KEYS_MAX_AGE_MS,
      [customFetch]: fetchKeys,
    });
  }

  /**
   * @throws JOSEError if the token is not good; what stands for an outage (see `isOutage`) if the keys cannot be had
   */
  async verify(token: string): Promise<VerifiedToken> {
    const { payload, protectedHeader } = await jwtVerify(token, this.findKey, {
      issuer: this.metadata.issuer,
      audience: this.audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'exp'],
    });
    const { sub, events } = payload;
    // A logout token that names no type (OpenID Connect Back-Channel Logout 1.0) has events; nobody signs in with one.
    if (!TYPES.has(protectedHeader.typ?.toLowerCase()) || events !== undefined)
      throw new errors.JWTInvalid('the token was made for something else');
    if (typeof sub !== 'string' || sub === '') throw new errors.JWTInvalid('the token has no subject');
    return { ...payload, sub };
  }

  private readonly findKey: JWTVerifyGetKey = async (header, token) => {
    try {
      return await this.keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw asOutage(error);
    }
    // The keys were read a moment ago, and the issuer may have changed them since: one more look when that is allowed
    // again.
    await this.untilCool();
    try {
      return await this.keys(header, token);
    } catch (error) {
      throw asOutage(error);
    }
  };

  private untilCool(): Promise<void> {
    if (!this.keys.coolingDown) return Promise.resolve();
    this.cooldown ??= new Promise<void>((resolve) => setTimeout(resolve, KEYS_COOLDOWN_MS)).finally(() => {
      this.cooldown = undefined;
    });
    return this.cooldown;
  }
}

function keysUrl({ issuer, jwks_uri: keys }: Pick<ServerMetadata, 'issuer' | 'jwks_uri'>): URL {
  if (keys === undefined) throw new TypeError('the issuer publishes no keys');
  const url = new URL(keys);
  if (url.protocol !== 'https:' && new URL(issuer).protocol === 'https:')
    throw new TypeError('the keys of the issuer are not published by https');
  return url;
}

/** What is wrong with the key set, not with the token: jose tells both by the same class. */
function asOutage(error: unknown): unknown {
  const isTokens =
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported;
  return isTokens || !(error instanceof errors.JOSEError)
    ? error
    : new TypeError('the keys of the issuer cannot be read', { cause: error });
}
