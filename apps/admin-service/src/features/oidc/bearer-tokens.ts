import { Injectable } from '@nestjs/common';
import { DomainError } from '@keyfold/domain';
import { Caller } from '../../http/caller.js';
import type { UserRecord } from '../../tables/user-queries.js';
import { isSubject } from './identity-claims.js';
import { isRefusal } from './issuer-errors.js';
import type { VerifiedToken } from './issuer-tokens.js';
import { OidcAccounts } from './oidc-accounts.js';
import { OidcIssuer } from './oidc-issuer.js';

const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
const MAX_CHARACTERS = 16_384;

/**
 * Signs in with a JWT of the issuer, made for our client id. A session is not made: the token counts as long as it
 * lasts.
 */
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
   * Roles are those the user has now: they follow the claim at each sign-in by the browser, and here only when the user
   * is made, or an older token could bring back what a newer one no longer has.
   *
   * @returns undefined if the token or its user is not accepted
   * @throws ProblemError 401 if the issuer leaves out the roles of somebody who is to be made a user; 503 if its keys
   *   cannot be had
   */
  async resolve(token: string, correlationId: string): Promise<Caller | undefined> {
    const { url: issuer } = this.issuer;
    if (issuer === undefined) return undefined;
    const claims = await this.verify(token);
    if (!claims || !isSubject(claims.sub)) return undefined;
    const known = await this.accounts.find({ issuer, subject: claims.sub });
    const user = known ?? (await this.firstSignIn(claims, correlationId));
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

  private async firstSignIn(claims: VerifiedToken, correlationId: string): Promise<UserRecord | undefined> {
    const identity = this.issuer.identityOf(claims);
    try {
      return identity && (await this.accounts.signIn(identity, correlationId));
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  }
}
