import { Injectable } from '@nestjs/common';
import { ProblemError } from '@keyfold/service-kit';
import * as client from 'openid-client';
import { AdminConfig } from '../core/admin-config.js';
import { ServiceLogger } from '../core/service-logger.js';
import { isSubject, readIdentity, type Identity, type IssuerClaims } from './identity-claims.js';
import { isOutage } from './issuer-errors.js';
import { IssuerTokens } from './issuer-tokens.js';

const TIMEOUT_SECONDS = 5;
/** The issuer's own description is read again this often; if that fails, the one at hand goes on being used. */
const METADATA_MAX_AGE_MS = 3_600_000;

/** What the issuer's discovery document says, and the tokens that can be checked by it. */
export interface KnownIssuer {
  readonly configuration: client.Configuration;
  readonly tokens: IssuerTokens;
}

/** The configured OpenID issuer. Nothing is asked of it before somebody signs in by it, so it need not be there when the service starts. */
@Injectable()
export class OidcIssuer {
  private known: { readonly issuer: KnownIssuer; readonly readAtMs: number } | undefined;
  private reading: Promise<KnownIssuer> | undefined;

  constructor(
    private readonly config: AdminConfig,
    private readonly logger: ServiceLogger,
  ) {}

  /** Undefined if sign-in by OpenID Connect is not configured. */
  get url(): string | undefined {
    return this.config.settings.KEYFOLD_OIDC_ISSUER;
  }

  get roleClaim(): string | undefined {
    return this.config.settings.KEYFOLD_OIDC_ROLE_CLAIM;
  }

  /** Who the verified claims speak of; undefined if that cannot be anybody. */
  identityOf(claims: IssuerClaims): Identity | undefined {
    if (this.url === undefined || !isSubject(claims.sub)) return undefined;
    return readIdentity(this.url, claims, this.roleClaim);
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
   * @throws ProblemError 503 if the issuer cannot be reached or is in trouble itself; what it refuses goes through as it is
   */
  async asking<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw isOutage(error) ? this.unavailable(error) : error;
    }
  }

  private async read(): Promise<KnownIssuer> {
    const { KEYFOLD_OIDC_CLIENT_ID: clientId = '', KEYFOLD_OIDC_CLIENT_SECRET: secret } = this.config.settings;
    if (this.url === undefined) throw new Error('no issuer is configured');
    const server = new URL(this.url);
    const authentication = secret === undefined ? client.None() : undefined;
    const configuration = await client.discovery(server, clientId, secret, authentication, {
      timeout: TIMEOUT_SECONDS,
      // The settings allow http for a host of this machine only.
      execute: server.protocol === 'http:' ? [allowInsecureRequests] : [],
    });
    const issuer = { configuration, tokens: new IssuerTokens(configuration.serverMetadata(), clientId) };
    this.known = { issuer, readAtMs: performance.now() };
    return issuer;
  }

  private unavailable(error: unknown): ProblemError {
    if (error instanceof ProblemError) return error;
    this.logger.log.warn({ err: error }, 'the OpenID issuer did not answer as it should; nobody can sign in by it');
    return new ProblemError(503, 'UNAVAILABLE', 'The identity provider cannot be reached right now.', {
      headers: { 'retry-after': '5' },
    });
  }
}

// Marked as deprecated only so that it stands out; see the settings for where it is allowed.
// eslint-disable-next-line @typescript-eslint/no-deprecated -- loopback issuers have no TLS
const { allowInsecureRequests } = client;
