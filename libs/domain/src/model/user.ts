import { assertNever } from './errors.js';
import type { ReadOf } from './event-reader.js';
import type { RecordedEvent, UserEvent } from './events.js';

/** An identity at an OIDC issuer; the subject is null once erased. */
export type OidcIdentity = { readonly issuer: string; readonly subject: string | null };

/** A user who exists. Sealed values that nobody knows any more are null; a null user name matches nobody. */
export type LivingUser = {
  readonly status: 'active' | 'deactivated';
  readonly username: string | null;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly passwordHash: string | null;
  readonly supervisorId: string | null;
  /** In the order of granting. */
  readonly roleIds: readonly string[];
  readonly oidcIdentities: readonly OidcIdentity[];
  readonly createdAtMs: number;
  readonly erasedAtMs: null;
  readonly erasedAtPosition: null;
};

/** What is left of a user after erasure. */
export type ErasedUser = {
  readonly status: 'erased';
  readonly username: null;
  readonly displayName: null;
  readonly email: null;
  readonly passwordHash: null;
  readonly supervisorId: null;
  readonly roleIds: readonly [];
  readonly oidcIdentities: readonly [];
  readonly createdAtMs: number;
  readonly erasedAtMs: number;
  readonly erasedAtPosition: number;
};

/** The fold of `user/<id>`. A JSON value. `unusable`: a record of the stream was invalid; no key of theirs passes. */
export type UserState = { readonly status: 'none' } | LivingUser | ErasedUser | { readonly status: 'unusable' };

export const initialUserState: UserState = { status: 'none' };
const UNUSABLE: UserState = { status: 'unusable' };

/** The state after the event. Total: what no decider would have written makes the user unusable. */
export function evolveUser(state: UserState, recorded: RecordedEvent<UserEvent>): UserState {
  const { event } = recorded;
  if (event.type === 'UserCreated') return state.status === 'none' ? created(event, recorded.recordedAtMs) : UNUSABLE;
  return state.status === 'active' || state.status === 'deactivated' ? evolveLiving(state, event, recorded) : UNUSABLE;
}

/** The state after a record of the stream, an invalid one included. */
export function foldUser(state: UserState, read: ReadOf<'user'>): UserState {
  return read.kind === 'event' ? evolveUser(state, read.recorded) : UNUSABLE;
}

function evolveLiving(
  user: LivingUser,
  event: Exclude<UserEvent, { readonly type: 'UserCreated' }>,
  recorded: RecordedEvent<UserEvent>,
): UserState {
  switch (event.type) {
    case 'UserChanged':
      return { ...user, ...event.data, ...event.sealed };
    case 'UserPasswordSet':
      return { ...user, passwordHash: event.sealed.passwordHash };
    case 'RoleGranted':
      return { ...user, roleIds: [...without(user.roleIds, event.data.roleId), event.data.roleId] };
    case 'RoleWithdrawn':
      return { ...user, roleIds: without(user.roleIds, event.data.roleId) };
    case 'UserDeactivated':
      return { ...user, status: 'deactivated' };
    case 'UserReactivated':
      return { ...user, status: 'active' };
    case 'UserErased':
      return erased(user, recorded);
    case 'OidcIdentityLinked': {
      const identity = { issuer: event.data.issuer, subject: event.sealed.subject };
      return { ...user, oidcIdentities: [...user.oidcIdentities, identity] };
    }
    case 'OidcIdentityUnlinked':
      return { ...user, oidcIdentities: withoutIdentity(user.oidcIdentities, event) };
    default:
      return assertNever(event);
  }
}

/** One of them goes, whatever else is null like it: subjects that were erased look alike. */
function withoutIdentity(
  identities: readonly OidcIdentity[],
  { data, sealed }: UserEvent & { readonly type: 'OidcIdentityUnlinked' },
): readonly OidcIdentity[] {
  const at = identities.findIndex(({ issuer, subject }) => issuer === data.issuer && subject === sealed.subject);
  return identities.filter((_, index) => index !== at);
}

function created({ data, sealed }: UserEvent & { readonly type: 'UserCreated' }, createdAtMs: number): LivingUser {
  return {
    status: 'active',
    username: sealed.username,
    displayName: sealed.displayName ?? null,
    email: sealed.email ?? null,
    passwordHash: null,
    supervisorId: data.supervisorId,
    roleIds: [],
    oidcIdentities: [],
    createdAtMs,
    erasedAtMs: null,
    erasedAtPosition: null,
  };
}

function erased(user: LivingUser, recorded: RecordedEvent<UserEvent>): ErasedUser {
  return {
    status: 'erased',
    username: null,
    displayName: null,
    email: null,
    passwordHash: null,
    supervisorId: null,
    roleIds: [],
    oidcIdentities: [],
    createdAtMs: user.createdAtMs,
    erasedAtMs: recorded.recordedAtMs,
    erasedAtPosition: recorded.position,
  };
}

function without(ids: readonly string[], id: string): string[] {
  return ids.filter((held) => held !== id);
}
