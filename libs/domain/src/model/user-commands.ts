import { argon2PhcProblem } from '../keys/index.js';
import type { LogRecord } from '../log/index.js';
import { type Authority, demandWithin, isSelf, permissionsOf, type RoleLookup } from './authority.js';
import { assertNever, demand, DomainError } from './errors.js';
import { type Decided, type UserEvent, userStream } from './events.js';
import { foldUsername, isFirstUsername, isId, isText, MAX_OIDC_CHARACTERS, MAX_TEXT_CHARACTERS } from './text-rules.js';
import type { LivingUser, UserState } from './user.js';

type About = { readonly userId: string; readonly by: Authority };

/** Some of what can be changed in a user; null takes it away. */
export type UserChange = {
  /** Only where {@link isRenamable} says so. */
  readonly username?: string;
  readonly displayName?: string | null;
  readonly email?: string | null;
  readonly supervisorId?: string | null;
};

/**
 * What can be asked of a user. User names are unique and one administrator stays: the writer's rules, under its lock.
 */
export type UserCommand =
  | (About & {
      readonly type: 'CreateUser';
      readonly username: string;
      readonly displayName: string | null;
      readonly email: string | null;
      readonly supervisorId: string | null;
      /** Argon2id, PHC string. */
      readonly passwordHash: string | null;
    })
  | (About & { readonly type: 'ChangeUser'; readonly changes: UserChange; readonly isRenamable?: boolean })
  | (About & { readonly type: 'SetPassword'; readonly passwordHash: string })
  | (About & { readonly type: 'GrantRole'; readonly roleId: string })
  | (About & { readonly type: 'WithdrawRole'; readonly roleId: string })
  | (About & { readonly type: 'DeactivateUser' })
  | (About & { readonly type: 'ReactivateUser' })
  | (About & { readonly type: 'EraseUser' })
  | (About & { readonly type: 'LinkOidcIdentity'; readonly issuer: string; readonly subject: string })
  | (About & { readonly type: 'UnlinkOidcIdentity'; readonly issuer: string; readonly subject: string });

type Command<Type extends UserCommand['type']> = UserCommand & { readonly type: Type };
type Body = UserEvent extends infer E
  ? E extends UserEvent
    ? Omit<E, 'schemaVersion'> & { readonly schemaVersion?: E['schemaVersion'] }
    : never
  : never;

/**
 * Decides what happens to a user. That the asker may use the route at all is the caller's check; here it is that nobody
 * grants or takes over what exceeds their own permissions.
 * @param role the roles as they are now
 * @throws DomainError INVALID_REQUEST, PERMISSION_DENIED, NOT_FOUND, VERSION_CONFLICT (the id is taken), USER_ACTIVE,
 * USER_ERASED, USERNAME_FIXED
 */
export function decideUser(command: UserCommand, state: UserState, role: RoleLookup): Decided<UserEvent>[] {
  return bodiesOf(command, state, role).map((body) => ({
    stream: userStream(command.userId),
    schemaVersion: 1,
    ...body,
  }));
}

/**
 * Whether the user name was made by a sign-in at an identity provider and has not been changed since: a person must not
 * be left with a name that a machine derived.
 * @param records all records of the user's stream
 */
export function isRenamable(records: readonly Pick<LogRecord, 'type' | 'actor' | 'sealed'>[]): boolean {
  // The system links an identity only to the user that it creates in the same sign-in.
  const isMadeBySignIn = records.some(({ type, actor }) => type === 'OidcIdentityLinked' && actor === 'system');
  const isRenamed = records.some(({ type, sealed }) => type === 'UserChanged' && sealed['username'] !== undefined);
  return isMadeBySignIn && !isRenamed;
}

function bodiesOf(command: UserCommand, state: UserState, role: RoleLookup): Body[] {
  if (isAboutIdentity(command)) return decideIdentity(command, state, role);
  switch (command.type) {
    case 'CreateUser':
      return decideCreate(command, state);
    case 'ChangeUser':
      return decideChange(command, state, role);
    case 'SetPassword':
      return decidePassword(command, state, role);
    case 'GrantRole':
      return decideGrant(command, state, role);
    case 'WithdrawRole':
      return decideWithdraw(command, state);
    case 'DeactivateUser':
    case 'ReactivateUser':
      return decideStatus(command, state, role);
    case 'EraseUser':
      return decideErase(command, state, role);
    default:
      return assertNever(command);
  }
}

function decideCreate(command: Command<'CreateUser'>, state: UserState): Body[] {
  const username = foldUsername(command.username);
  const { displayName, email, supervisorId, passwordHash } = command;
  demand(isId(command.userId), 'INVALID_REQUEST', 'The id of the user is not acceptable.');
  demand(username !== null, 'INVALID_REQUEST', 'The user name is not acceptable.');
  demandProfile(command.userId, command);
  demand(state.status === 'none', 'VERSION_CONFLICT', 'A user with this id exists or has existed.');
  const profile = { ...(displayName === null ? {} : { displayName }), ...(email === null ? {} : { email }) };
  // Readers that know version 1 alone would take such a user for unusable; at version 2 they stop, and go on once
  // upgraded.
  const schemaVersion = isFirstUsername(username) ? 1 : 2;
  const sealed = { username, ...profile };
  const created: Body = { type: 'UserCreated', schemaVersion, data: { supervisorId }, sealed };
  return passwordHash === null ? [created] : [created, passwordSet(passwordHash)];
}

function decideChange(command: Command<'ChangeUser'>, state: UserState, role: RoleLookup): Body[] {
  const { changes } = command;
  demandProfile(command.userId, changes);
  const user = living(state);
  const renaming = decideRename(command, user, role);
  const { displayName = user.displayName, email = user.email, supervisorId = user.supervisorId } = changes;
  const data = supervisorId === user.supervisorId ? {} : { supervisorId };
  const sealed = {
    ...(displayName === user.displayName ? {} : { displayName }),
    ...(email === user.email ? {} : { email }),
  };
  if (renaming !== null) return [{ type: 'UserChanged', schemaVersion: 2, data, sealed: { ...renaming, ...sealed } }];
  return Object.keys({ ...data, ...sealed }).length === 0 ? [] : [{ type: 'UserChanged', data, sealed }];
}

/** @returns null where the name stays */
function decideRename(
  command: Command<'ChangeUser'>,
  user: LivingUser,
  role: RoleLookup,
): { readonly username: string } | null {
  if (command.changes.username === undefined) return null;
  const username = foldUsername(command.changes.username);
  demand(username !== null, 'INVALID_REQUEST', 'The user name is not acceptable.');
  if (username === user.username) return null;
  demandNoTakeover(command, user, role);
  demand(command.isRenamable === true, 'USERNAME_FIXED', 'This user name cannot be changed.');
  return { username };
}

function decidePassword(command: Command<'SetPassword'>, state: UserState, role: RoleLookup): Body[] {
  demandNoTakeover(command, state, role);
  const user = living(state);
  return user.passwordHash === command.passwordHash ? [] : [passwordSet(command.passwordHash)];
}

function decideGrant({ by, roleId }: Command<'GrantRole'>, state: UserState, role: RoleLookup): Body[] {
  const granted = role(roleId);
  demandWithin(by, granted?.status === 'active' ? granted.permissions : []);
  demand(granted?.status === 'active', 'NOT_FOUND', 'There is no such role.');
  if (living(state).roleIds.includes(roleId)) return [];
  return [{ type: 'RoleGranted', data: { roleId }, sealed: {} }];
}

function decideWithdraw({ roleId }: Command<'WithdrawRole'>, state: UserState): Body[] {
  return living(state).roleIds.includes(roleId) ? [{ type: 'RoleWithdrawn', data: { roleId }, sealed: {} }] : [];
}

function decideStatus(
  command: Command<'DeactivateUser' | 'ReactivateUser'>,
  state: UserState,
  role: RoleLookup,
): Body[] {
  demandNoTakeover(command, state, role);
  const [type, status] =
    command.type === 'DeactivateUser'
      ? (['UserDeactivated', 'deactivated'] as const)
      : (['UserReactivated', 'active'] as const);
  return living(state).status === status ? [] : [{ type, data: {}, sealed: {} }];
}

function decideErase(command: Command<'EraseUser'>, state: UserState, role: RoleLookup): Body[] {
  demandNoTakeover(command, state, role);
  if (state.status === 'erased') return [];
  demand(living(state).status === 'deactivated', 'USER_ACTIVE', 'Only a deactivated user can be erased.');
  return [{ type: 'UserErased', data: {}, sealed: {} }];
}

type IdentityCommand = Command<'LinkOidcIdentity' | 'UnlinkOidcIdentity'>;

function isAboutIdentity(command: UserCommand): command is IdentityCommand {
  return command.type === 'LinkOidcIdentity' || command.type === 'UnlinkOidcIdentity';
}

function decideIdentity(command: IdentityCommand, state: UserState, role: RoleLookup): Body[] {
  const { issuer, subject, type } = command;
  const isAcceptable = (text: string): boolean => text !== '' && isText(text, MAX_OIDC_CHARACTERS);
  demand(isAcceptable(issuer) && isAcceptable(subject), 'INVALID_REQUEST', 'The OIDC identity is not acceptable.');
  demandNoTakeover(command, state, role);
  const isLinked = living(state).oidcIdentities.some((one) => one.issuer === issuer && one.subject === subject);
  if (isLinked === (type === 'LinkOidcIdentity')) return [];
  const happened = isLinked ? 'OidcIdentityUnlinked' : 'OidcIdentityLinked';
  return [{ type: happened, data: { issuer }, sealed: { subject } }];
}

function passwordSet(passwordHash: string): Body {
  demand(argon2PhcProblem(passwordHash) === null, 'INVALID_REQUEST', 'The password hash is not acceptable.');
  return { type: 'UserPasswordSet', data: {}, sealed: { passwordHash } };
}

function demandProfile(userId: string, values: UserChange): void {
  for (const value of [values.displayName, values.email]) {
    const isAcceptable = typeof value !== 'string' || isText(value, MAX_TEXT_CHARACTERS);
    demand(isAcceptable, 'INVALID_REQUEST', 'The display name or e-mail address is not acceptable.');
  }
  const { supervisorId } = values;
  const isOther = typeof supervisorId !== 'string' || (isId(supervisorId) && supervisorId !== userId);
  demand(isOther, 'INVALID_REQUEST', 'The supervisor must be another user.');
}

// Who sets a password or links an identity can sign in as that user; who deactivates, erases or reactivates decides
// over their permissions. Doing so to oneself exceeds nothing.
function demandNoTakeover({ by, userId }: About, state: UserState, role: RoleLookup): void {
  if (!isSelf(by, userId)) demandWithin(by, permissionsOf(state, role));
}

function living(state: UserState): LivingUser {
  switch (state.status) {
    case 'active':
    case 'deactivated':
      return state;
    case 'erased':
      throw new DomainError('USER_ERASED', 'The user has been erased.');
    case 'none':
    case 'unusable':
      throw new DomainError('NOT_FOUND', 'There is no such user.');
    default:
      return assertNever(state);
  }
}
