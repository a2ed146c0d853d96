import { Injectable } from '@nestjs/common';
import { DomainError } from '@keyfold/domain';
import { Caller } from '../http/caller.js';
import type { UserRecord } from '../read-models/user-queries.js';
import type { Identity } from './identity-claims.js';
import { isRefusal } from './issuer-errors.js';
import type { VerifiedToken } from './issuer-tokens.js';
import { OidcAccounts } from './oidc-accounts.js';
import { OidcIssuer } from './oidc-issuer.js';

const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
const MAX_CHARACTERS = 16_384;

/** Signs in with a JWT of the issuer, made for our client id. A session is not made: the token counts as long as it lasts. */
@Injectable()
export class BearerTokens {
  constructor(
    private readonly issuer: OidcIssuer,
    private readonly accounts: OidcAccounts,
  ) {}

  /** Whether the credential looks like a JWT at all, which a session token never does. */
  isCandidate(token: string): boolean {
    return token.length <= MAX_CHARACTERS && JWT.test(token);
  }

  /**
   * Roles are those the user has now: they follow the claim at each sign-in by the browser, and here only when the user is made, or an older token
   * could bring back what a newer one no longer has.
   *
   * @returns undefined if the token or its user is not accepted
   * @throws ProblemError 503 if the issuer's keys cannot be had
   */
  async resolve(token: string, correlationId: string): Promise<Caller | undefined> {
    if (this.issuer.url === undefined) return undefined;
    const claims = await this.verify(token);
    const identity = claims && this.issuer.identityOf(claims);
    if (!identity) return undefined;
    const user = (await this.accounts.find(identity)) ?? (await this.firstSignIn(identity, correlationId));
    return user?.state.status === 'active' ? new Caller(user.id, user.permissions, null) : undefined;
  }

  private async verify(token: string): Promise<VerifiedToken | undefined> {
    const { tokens } = await this.issuer.get();
    try {
      return await this.issuer.asking(() => tokens.verify(token));
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  private async firstSignIn(identity: Identity, correlationId: string): Promise<UserRecord | undefined> {
    try {
      return await this.accounts.signIn(identity, correlationId);
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  }
}
