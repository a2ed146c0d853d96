import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { DomainError, userStream } from '@keyfold/domain';
import { type GuardVerdict, OUTDATED, type Tx } from '@keyfold/event-store';
import { AdminConfig } from '../../platform/admin-config.js';
import { roleIdsNamed } from '../../tables/role-queries.js';
import { UserQueries, type UserRecord } from '../../tables/user-queries.js';
import type { Decision } from '../../write/decision.js';
import { SYSTEM_ACTOR } from '../../write/until-appended.js';
import { Writer } from '../../write/writer.js';
import { refuseTakenUsername } from '../users/user-decision.js';
import { type AccountSituation, decideSignIn } from './account-decision.js';
import { AccountSituationReader } from './account-situation.js';
import type { Identity } from './identity-claims.js';
import { refuseTakenIdentity } from './taken-identity.js';

/** The users behind identities of the issuer. */
@Injectable()
export class OidcAccounts {
  constructor(
    private readonly users: UserQueries,
    private readonly situations: AccountSituationReader,
    private readonly writer: Writer,
    private readonly config: AdminConfig,
  ) {}

  /** Whoever has this identity, whatever their status. An erased user has none any more. */
  find(identity: Pick<Identity, 'issuer' | 'subject'>): Promise<UserRecord | undefined> {
    return this.users.findByOidcIdentity(identity);
  }

  /**
   * The user of a fresh sign-in, made if there is none and that is configured, with the roles that the claim gives now.
   *
   * @returns undefined if nobody has this identity and nobody is to be made
   * @throws DomainError USERNAME_TAKEN, USER_DEACTIVATED
   */
  async signIn(identity: Identity, correlationId: string): Promise<UserRecord | undefined> {
    const known = await this.find(identity);
    if (!known && !this.config.settings.KEYFOLD_OIDC_CREATE_USERS) return undefined;
    const userId = known?.id ?? uuidv7();
    try {
      await this.write(userId, identity, correlationId);
    } catch (error) {
      // The same person's other tab was faster, so now there is a user.
      const isRace = !known && error instanceof DomainError && error.code === 'IDENTITY_TAKEN';
      if (!isRace) throw error;
    }
    return this.find(identity);
  }

  private async write(userId: string, identity: Identity, correlationId: string): Promise<void> {
    const request = { actor: SYSTEM_ACTOR, correlationId, ifMatch: null, idempotency: null };
    await this.writer.run(request, () => this.decision(userId, identity));
  }

  private decision(userId: string, identity: Identity): Decision<AccountSituation> {
    return {
      resource: userStream(userId),
      read: () => this.situations.read(userId, identity),
      decide: (situation) => decideSignIn(userId, identity, situation),
      guard: async (tx, situation) =>
        (await refuseTaken(tx, userId, identity, situation)) ?? outdatedByOtherRoles(tx, identity, situation),
      answer: () => ({ status: 200, body: {} }),
    };
  }
}

/** Runs under the head lock. A user who exists has the identity and the name already. */
async function refuseTaken(
  tx: Tx,
  userId: string,
  identity: Identity,
  { username }: AccountSituation,
): Promise<GuardVerdict> {
  const exists = await tx.query(selectUser, [userId]);
  if (exists.rows.length > 0) return null;
  // In this order: of one person's two first sign-ins at once, the second must hear that the identity is taken, not the
  // name.
  const refusal = (await refuseTakenIdentity(tx, userId, identity)) ?? (await refuseTakenUsername(tx, username));
  // Where there are further names, one that was taken meanwhile only means to take the next.
  const isLast = username === identity.profile.usernames.at(-1);
  return !isLast && refusal?.code === 'USERNAME_TAKEN' ? OUTDATED : refusal;
}

/**
 * Which roles the claim names is no stream's version: a role may have been made or renamed since. Without this a
 * sign-in could find nothing to grant and answer with a position at which the user should hold that role.
 */
async function outdatedByOtherRoles(
  tx: Tx,
  { roleNames }: Identity,
  { namedRoleIds }: AccountSituation,
): Promise<GuardVerdict> {
  if (roleNames === null || roleNames.length === 0) return null;
  const named = await roleIdsNamed(tx, roleNames);
  return named.join() === namedRoleIds.join() ? null : OUTDATED;
}

const selectUser = `
  select 1
  from keyfold.users
  where user_id = $1::text`;
