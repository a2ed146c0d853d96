import { Injectable } from '@nestjs/common';
import * as client from 'openid-client';
import { DomainError } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import type { UserRecord } from '../../tables/user-queries.js';
import { type NewSession, SessionStore } from '../sign-in/session-store.js';
import { FlowSecret } from './flow-secret.js';
import { type Flow, FlowStore } from './flow-store.js';
import type { Identity } from './identity-claims.js';
import { isRefusal } from './issuer-errors.js';
import { OidcAccounts } from './oidc-accounts.js';
import { OidcIssuer } from './oidc-issuer.js';

/** What the browser brings back from the issuer. */
export interface Return {
  /** As it came, from the question mark on. */
  readonly query: string;
  readonly correlationId: string;
  readonly from: { readonly address: string; readonly userAgent: string | undefined };
}

/** The two halves of a sign-in by the browser, and everything that is checked between them. */
@Injectable()
export class OidcSignIn {
  constructor(
    private readonly issuer: OidcIssuer,
    private readonly flows: FlowStore,
    private readonly accounts: OidcAccounts,
    private readonly sessions: SessionStore,
  ) {}

  /** @throws ProblemError 404 */
  demandConfigured(): void {
    if (this.issuer.url === undefined)
      throw new ProblemError(404, 'NOT_FOUND', 'Sign-in by OpenID Connect is not configured.');
  }

  /** @throws ProblemError 503 if the issuer cannot be reached */
  async start(flow: Flow): Promise<{ secret: FlowSecret; location: URL }> {
    const { configuration } = await this.issuer.get();
    const secret = FlowSecret.random();
    const location = client.buildAuthorizationUrl(configuration, {
      redirect_uri: flow.redirectUri,
      scope: this.scopes(configuration.serverMetadata().scopes_supported),
      code_challenge: await client.calculatePKCECodeChallenge(secret.codeVerifier),
      code_challenge_method: 'S256',
      state: secret.state,
      nonce: secret.nonce,
    });
    await this.flows.begin(secret, flow);
    return { secret, location };
  }

  /** @throws ProblemError 400 if this browser did not begin the sign-in with this state */
  secretOf(cookies: Readonly<Record<string, string | undefined>>, state: string): FlowSecret {
    const secret = FlowSecret.ofCookies(cookies, state);
    if (!secret) throw unknownState();
    return secret;
  }

  /**
   * @throws ProblemError 400 (state used or run out), 401 (the issuer, or a check of what it says, refuses), 403 (no
   * active user), 503
   */
  async finish(secret: FlowSecret, back: Return): Promise<{ session: NewSession; user: UserRecord; flow: Flow }> {
    // Taken out before anything else: whatever fails from here on, the state is used up.
    const flow = await this.flows.take(secret);
    if (!flow) throw unknownState();
    const identity = await this.identityOf(secret, flow, back);
    const user = await this.userOf(identity, back.correlationId);
    const session = await this.sessions.create(user.id, back.from, null);
    if (!session) throw new ProblemError(401, 'INVALID_CREDENTIALS', 'This user may not sign in.');
    return { session, user, flow };
  }

  private async identityOf(secret: FlowSecret, flow: Flow, back: Return): Promise<Identity> {
    const { exchange } = await this.issuer.get();
    try {
      const claims = await this.issuer.asking(() => exchange.claimsOf(secret, new URL(flow.redirectUri + back.query)));
      const identity = this.issuer.identityOf(claims);
      if (!identity) throw refused();
      return identity;
    } catch (error) {
      throw isRefusal(error) ? refused() : error;
    }
  }

  /** An identity that is nobody's and one of a deactivated user get the same answer. */
  private async userOf(identity: Identity, correlationId: string): Promise<UserRecord> {
    let user: UserRecord | undefined;
    try {
      user = await this.accounts.signIn(identity, correlationId);
    } catch (error) {
      const isInactive = error instanceof DomainError && error.code === 'USER_DEACTIVATED';
      if (!isInactive) throw error;
    }
    if (user?.state.status !== 'active')
      throw new ProblemError(403, 'PERMISSION_DENIED', 'There is no active user for this identity.');
    return user;
  }

  private scopes(supported: readonly string[] | undefined): string {
    const { roleClaim } = this.issuer;
    const wanted = ['openid', 'profile', 'email'].filter((scope) => supported?.includes(scope) ?? true);
    // Issuers that tie groups to a scope usually call it like the claim.
    const forRoles = roleClaim !== undefined && supported?.includes(roleClaim) === true ? [roleClaim] : [];
    return [...new Set(['openid', ...wanted, ...forRoles])].join(' ');
  }
}

function unknownState(): ProblemError {
  return new ProblemError(
    400,
    'INVALID_REQUEST',
    'This sign-in was started in another browser, has expired or is complete already. Start again.',
  );
}

function refused(): ProblemError {
  return new ProblemError(401, 'UNAUTHENTICATED', 'The identity provider did not sign you in.');
}
