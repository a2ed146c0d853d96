import {
  ADMINISTRATOR_ROLE_ID,
  type Decided,
  decideUser,
  DomainError,
  type LivingUser,
  type Permission,
  type RoleLookup,
  SYSTEM,
  type UserCommand,
  type UserEvent,
  type UserState,
} from '@keyfold/domain';
import type { StoredRecord } from '@keyfold/event-store';
import { userAfter } from '../../write/state-after.js';
import type { Identity } from './identity-claims.js';

/** Who holds one of these decides what others may do. Such a role is given by a person, never by a claim. */
const RULING_PERMISSIONS: readonly Permission[] = ['roles.grant', 'roles.manage'];

/** What a sign-in by OpenID Connect rests on. */
export interface AccountSituation {
  readonly user: UserState;
  readonly role: RoleLookup;
  /** The roles that a claim could mean: those whose name is one of its values. */
  readonly namedRoleIds: readonly string[];
  /** The roles that an earlier claim granted and that no one has revoked since. */
  readonly givenByClaim: ReadonlySet<string>;
  /** For a new user: the first name of the identity that is not taken, else its last. */
  readonly username: string;
}

/**
 * What a sign-in changes: the first one creates the user, and the roles follow the claim. Pure.
 *
 * The claim grants the roles whose names are among its values. It revokes roles that it granted earlier and no longer
 * names. Roles that a person granted stay. The claim never grants a role with roles.grant or roles.manage, and never
 * revokes Administrator.
 *
 * @throws DomainError USER_DEACTIVATED, USER_ERASED
 */
export function decideSignIn(userId: string, identity: Identity, situation: AccountSituation): Decided<UserEvent>[] {
  const { role, user } = situation;
  if (user.status === 'deactivated') throw new DomainError('USER_DEACTIVATED', 'The user is deactivated.');
  // Unlinked since it was found: this is another's sign-in, and changes nothing here.
  if (user.status === 'active' && !has(user, identity)) return [];
  const steps: UserCommand[] = [
    ...(user.status === 'none' ? creation(userId, identity, situation.username) : []),
    ...(identity.roleNames === null ? [] : grants(userId, identity.roleNames, situation)),
  ];
  const events: Decided<UserEvent>[] = [];
  for (const step of steps) events.push(...decideUser(step, userAfter(user, events), role));
  return events;
}

function has({ oidcIdentities }: LivingUser, { issuer, subject }: Identity): boolean {
  return oidcIdentities.some((one) => one.issuer === issuer && one.subject === subject);
}

/**
 * The roles that the system has granted and that were not withdrawn since. For a user with an identity these are the
 * roles that a claim gave.
 */
export function givenByClaim(records: readonly StoredRecord[]): Set<string> {
  const given = new Set<string>();
  for (const { record } of records) {
    const { roleId } = record.data;
    if (typeof roleId !== 'string') continue;
    if (record.type === 'RoleGranted' && record.actor === 'system') given.add(roleId);
    if (record.type === 'RoleWithdrawn') given.delete(roleId);
  }
  return given;
}

function creation(userId: string, { issuer, subject, profile }: Identity, username: string): UserCommand[] {
  const about = { userId, by: SYSTEM } as const;
  const { displayName, email } = profile;
  return [
    { type: 'CreateUser', ...about, username, displayName, email, supervisorId: null, passwordHash: null },
    { type: 'LinkOidcIdentity', ...about, issuer, subject },
  ];
}

function grants(userId: string, names: readonly string[], situation: AccountSituation): UserCommand[] {
  const about = { userId, by: SYSTEM } as const;
  const wanted = situation.namedRoleIds.filter((roleId) => isGivable(roleId, names, situation.role));
  const unwanted = [...situation.givenByClaim].filter(
    (roleId) => roleId !== ADMINISTRATOR_ROLE_ID && !wanted.includes(roleId),
  );
  return [
    ...wanted.map((roleId) => ({ type: 'GrantRole', ...about, roleId }) as const),
    ...unwanted.map((roleId) => ({ type: 'WithdrawRole', ...about, roleId }) as const),
  ];
}

/** The name is looked at again: the role may have been renamed since it was found. */
function isGivable(roleId: string, names: readonly string[], lookup: RoleLookup): boolean {
  const role = lookup(roleId);
  if (role?.status !== 'active' || !names.includes(role.name)) return false;
  return !role.permissions.some((permission) => RULING_PERMISSIONS.includes(permission));
}
