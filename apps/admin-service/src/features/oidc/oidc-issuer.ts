import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Configuration } from 'openid-client';
import { ProblemError } from '@keyfold/service-kit';
import { AdminConfig } from '../../platform/admin-config.js';
import { fetchBy, outboundAgent } from '../../platform/outbound-proxy.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { CodeExchange } from './code-exchange.js';
import { type Identity, isSubject, type IssuerClaims, readIdentity } from './identity-claims.js';
import { discoverIssuer } from './issuer-discovery.js';
import { isOutage, MisconfiguredIssuerError } from './issuer-errors.js';
import { IssuerTokens } from './issuer-tokens.js';
import { RolesWithheldError } from './role-claim.js';

/** The issuer's own description is read again this often; if that fails, the one at hand goes on being used. */
const METADATA_MAX_AGE_MS = 3_600_000;

/** What the issuer's discovery document says, and what can be done with it. */
export interface KnownIssuer {
  readonly configuration: Configuration;
  readonly exchange: CodeExchange;
  readonly tokens: IssuerTokens;
}

/**
 * The configured OpenID issuer. Nothing is asked of it before somebody signs in by it, so it need not be there when the
 * service starts.
 */
@Injectable()
export class OidcIssuer implements OnApplicationShutdown {
  private known: { readonly issuer: KnownIssuer; readonly readAtMs: number } | undefined;
  private reading: Promise<KnownIssuer> | undefined;
  private readonly agent: ReturnType<typeof outboundAgent>;

  constructor(
    private readonly config: AdminConfig,
    private readonly logger: ServiceLogger,
  ) {
    this.agent = outboundAgent(config.settings);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /** Undefined if sign-in by OpenID Connect is not configured. */
  get url(): string | undefined {
    return this.config.settings.KEYFOLD_OIDC_ISSUER;
  }

  get roleClaim(): string | undefined {
    return this.config.settings.KEYFOLD_OIDC_ROLE_CLAIM;
  }

  /**
   * Who the verified claims speak of; undefined if that cannot be anybody.
   *
   * @throws ProblemError 401 if the issuer leaves out the values of the role claim: without them roles would be taken
   *   back that the user still has
   */
  identityOf(claims: IssuerClaims): Identity | undefined {
    if (this.url === undefined || !isSubject(claims.sub)) return undefined;
    try {
      return readIdentity(this.url, claims, this.roleClaim);
    } catch (error) {
      if (!(error instanceof RolesWithheldError)) throw error;
      this.logger.log.warn(
        { err: error },
        'a user cannot sign in with the OpenID issuer, because it leaves out their roles',
      );
      throw new ProblemError(
        401,
        'UNAUTHENTICATED',
        'The identity provider did not say which groups you are in, so you cannot be signed in.',
      );
    }
  }

  /** @throws ProblemError 503 if the issuer does not answer as one */
  async get(): Promise<KnownIssuer> {
    const { known } = this;
    if (known && performance.now() - known.readAtMs < METADATA_MAX_AGE_MS) return known.issuer;
    try {
      // Requests that come together ask once.
      this.reading ??= this.read().finally(() => {
        this.reading = undefined;
      });
      return await this.reading;
    } catch (error) {
      if (known) return known.issuer;
      throw this.unavailable(error);
    }
  }

  /**
   * Does something that asks the issuer.
   *
   * @throws ProblemError 503 if the issuer cannot be reached, is in trouble itself or does not fit the settings; what
   *   it refuses goes through as it is
   */
  async asking<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw isOutage(error) || error instanceof MisconfiguredIssuerError ? this.unavailable(error) : error;
    }
  }

  private async read(): Promise<KnownIssuer> {
    const { KEYFOLD_OIDC_CLIENT_ID: id = '', KEYFOLD_OIDC_CLIENT_SECRET: secret } = this.config.settings;
    if (this.url === undefined) throw new Error('no issuer is configured');
    const fetch = fetchBy(this.agent);
    const configurations = await discoverIssuer(this.url, { id, secret, fetch });
    const [configuration] = configurations;
    const tokens = new IssuerTokens(configuration.serverMetadata(), id, fetch);
    const exchange = new CodeExchange(configurations, tokens, this.roleClaim, this.logger.log);
    const issuer = { configuration, exchange, tokens };
    this.known = { issuer, readAtMs: performance.now() };
    return issuer;
  }

  private unavailable(error: unknown): ProblemError {
    if (error instanceof ProblemError) return error;
    if (error instanceof MisconfiguredIssuerError) {
      this.logger.log.error({ err: error }, 'the settings do not match the OpenID issuer; no one can sign in with it');
      return new ProblemError(
        503,
        'UNAVAILABLE',
        'Sign-in by OpenID Connect is misconfigured: an administrator has to correct it.',
      );
    }
    this.logger.log.warn({ err: error }, 'the OpenID issuer gave no valid answer; no one can sign in with it');
    return new ProblemError(503, 'UNAVAILABLE', 'The identity provider cannot be reached right now.', {
      headers: { 'retry-after': '5' },
    });
  }
}
