import { expect, test } from '@jest/globals';
import { scenario } from '../../test/given.js';
import { phcHash } from '../../test/test-log.js';
import {
  type Authority,
  decideUser,
  evolveUser,
  foldUser,
  initialUserState,
  isRenamable,
  type Permission,
  type RoleState,
  SYSTEM,
  type UserCommand,
  type UserEvent,
  type UserState,
} from './index.js';

const role = (...permissions: Permission[]): RoleState => ({
  status: 'active',
  name: 'R',
  description: null,
  permissions,
  system: false,
});
const roles: Readonly<Record<string, RoleState>> = {
  strong: role('settings.manage'),
  weak: role('users.read'),
  gone: { status: 'deleted' },
};

const given = scenario({
  stream: 'user/u1',
  initial: initialUserState,
  decide: (command: UserCommand, state) => decideUser(command, state, (id) => roles[id]),
  fold: (state, read) => (read.kind === 'event' && read.category === 'user' ? foldUser(state, read) : state),
});

const helpdesk: Authority = { kind: 'user', userId: 'u9', permissions: ['users.read', 'users.manage', 'roles.grant'] };
const self: Authority = { kind: 'user', userId: 'u1', permissions: [] };
const about = { userId: 'u1', by: helpdesk };
const create: UserCommand = {
  type: 'CreateUser',
  ...about,
  username: 'Joan',
  displayName: 'Joan D.',
  email: null,
  supervisorId: null,
  passwordHash: null,
};
const created = {
  type: 'UserCreated',
  data: { supervisorId: null },
  sealed: { username: 'joan', displayName: 'Joan D.' },
};
const granted = (roleId: string) => ({ type: 'RoleGranted', data: { roleId } });
const passwordSet = (letter: string) => ({ type: 'UserPasswordSet', sealed: { passwordHash: phcHash(letter) } });
const deactivated = { type: 'UserDeactivated' };
const erased = { type: 'UserErased' };
const linked = { type: 'OidcIdentityLinked', data: { issuer: 'https://id' }, sealed: { subject: 's1' } };
const unlinked = { ...linked, type: 'OidcIdentityUnlinked' };

test('a user is created under the folded name, with a password of their own event', () => {
  given().when(create).then(created);
  given()
    .when({ ...create, passwordHash: phcHash() })
    .then(created, passwordSet('A'));
});

test('a user name may have apostrophes; older readers, which refuse them, stop at the schemaVersion', () => {
  const sealed = { username: "o'brien@example.com", displayName: 'Joan D.' };
  given()
    .when({ ...create, username: "O'Brien@example.com" })
    .then({ ...created, schemaVersion: 2, sealed });
  expect(given({ ...created, schemaVersion: 2, sealed }).state()).toMatchObject({ username: "o'brien@example.com" });
});

test('a user name is changed where the caller found that it can be, by who may take the user over', () => {
  const rename = { type: 'ChangeUser', ...about, changes: { username: 'Joan.Doe', email: 'j@example.org' } } as const;
  const renamed = {
    type: 'UserChanged',
    schemaVersion: 2,
    sealed: { username: 'joan.doe', email: 'j@example.org' },
  };
  given(created).when(rename).thenThrows('USERNAME_FIXED');
  given(created)
    .when({ ...rename, isRenamable: true })
    .then(renamed);
  expect(given(created, renamed).state()).toMatchObject({ username: 'joan.doe', displayName: 'Joan D.' });
  given(created)
    .when({ ...rename, changes: { username: 'JOAN' } })
    .thenNothing();
  given(created, granted('strong'))
    .when({ ...rename, isRenamable: true })
    .thenThrows('PERMISSION_DENIED');
  given(created)
    .when({ ...rename, isRenamable: true, changes: { username: 'a:b' } })
    .thenThrows('INVALID_REQUEST');
});

test('only a name that a first sign-in made can be changed, and once', () => {
  const record = (type: string, actor: string, sealed = {}) => ({ type, actor, sealed });
  const made = [record('UserCreated', 'system', { username: 'c' }), record('OidcIdentityLinked', 'system')];
  expect(isRenamable(made)).toBe(true);
  expect(isRenamable([...made, record('UserChanged', 'user/u9', { email: 'c' })])).toBe(true);
  expect(isRenamable([...made, record('UserChanged', 'user/u9', { username: 'c' })])).toBe(false);
  expect(isRenamable([record('UserCreated', 'system', { username: 'c' })])).toBe(false);
  const linkedByPerson = record('OidcIdentityLinked', 'user/u9');
  expect(isRenamable([record('UserCreated', 'user/u9', { username: 'c' }), linkedByPerson])).toBe(false);
});

test.each(['', 'a:b', 'a b', 'ü', 'x'.repeat(129), '\u212aelvin'])('the user name %j is refused', (username) => {
  given()
    .when({ ...create, username })
    .thenThrows('INVALID_REQUEST');
});

test('an id is used once', () => {
  given(created).when(create).thenThrows('VERSION_CONFLICT');
});

test('a change records what changes and nothing else', () => {
  given(created)
    .when({
      type: 'ChangeUser',
      ...about,
      changes: { displayName: 'Joan D.', email: 'j@example.org', supervisorId: 'u2' },
    })
    .then({ type: 'UserChanged', data: { supervisorId: 'u2' }, sealed: { email: 'j@example.org' } });
  given(created)
    .when({ type: 'ChangeUser', ...about, changes: { displayName: 'Joan D.' } })
    .thenNothing();
  const cleared = { type: 'UserChanged', sealed: { displayName: null } };
  given(created)
    .when({ type: 'ChangeUser', ...about, changes: { displayName: null } })
    .then(cleared);
  expect(given(created, cleared).state()).toMatchObject({ displayName: null, username: 'joan' });
});

test('nobody supervises themselves', () => {
  given(created)
    .when({ type: 'ChangeUser', ...about, changes: { supervisorId: 'u1' } })
    .thenThrows('INVALID_REQUEST');
});

test('a role is granted once, and only by who may what it permits', () => {
  const grant = { type: 'GrantRole', ...about } as const;
  given(created)
    .when({ ...grant, roleId: 'weak' })
    .then(granted('weak'));
  given(created, granted('weak'))
    .when({ ...grant, roleId: 'weak' })
    .thenNothing();
  given(created)
    .when({ ...grant, roleId: 'strong' })
    .thenThrows('PERMISSION_DENIED');
  given(created)
    .when({ ...grant, by: SYSTEM, roleId: 'strong' })
    .then(granted('strong'));
});

test('a role that is deleted or unknown cannot be granted', () => {
  const grant = { type: 'GrantRole', ...about } as const;
  given(created)
    .when({ ...grant, roleId: 'gone' })
    .thenThrows('NOT_FOUND');
  given(created)
    .when({ ...grant, roleId: 'never' })
    .thenThrows('NOT_FOUND');
});

test('withdrawing a role that is not held is no event', () => {
  const withdraw = { type: 'WithdrawRole', ...about, roleId: 'strong' } as const;
  given(created).when(withdraw).thenNothing();
  given(created, granted('strong'))
    .when(withdraw)
    .then({ type: 'RoleWithdrawn', data: { roleId: 'strong' } });
});

const takeovers: UserCommand[] = [
  { type: 'SetPassword', ...about, passwordHash: phcHash('B') },
  { type: 'DeactivateUser', ...about },
  { type: 'ReactivateUser', ...about },
  { type: 'EraseUser', ...about },
  { type: 'LinkOidcIdentity', ...about, issuer: 'https://id', subject: 's1' },
  { type: 'UnlinkOidcIdentity', ...about, issuer: 'https://id', subject: 's1' },
];
test.each(takeovers)('nobody takes over a user who may more than they: $type', (command) => {
  given(created, granted('strong')).when(command).thenThrows('PERMISSION_DENIED');
  given(created, granted('strong'), deactivated).when(command).thenThrows('PERMISSION_DENIED');
});

test('a password is set for users who may no more than the asker, and for oneself', () => {
  const set = { type: 'SetPassword', ...about, passwordHash: phcHash('B') } as const;
  given(created, granted('weak')).when(set).then(passwordSet('B'));
  given(created, granted('strong'))
    .when({ ...set, by: self })
    .then(passwordSet('B'));
  given(created, passwordSet('B')).when(set).thenNothing();
  given(created)
    .when({ ...set, passwordHash: '$argon2i$v=19$m=8,t=1,p=1$x$y' })
    .thenThrows('INVALID_REQUEST');
});

test('deactivating and reactivating twice is one event each', () => {
  given(created)
    .when({ type: 'DeactivateUser', ...about })
    .then(deactivated);
  given(created, deactivated)
    .when({ type: 'DeactivateUser', ...about })
    .thenNothing();
  given(created, deactivated)
    .when({ type: 'ReactivateUser', ...about })
    .then({ type: 'UserReactivated' });
  given(created)
    .when({ type: 'ReactivateUser', ...about })
    .thenNothing();
});

test('only a deactivated user is erased, once, and nothing personal is left', () => {
  const erase = { type: 'EraseUser', ...about } as const;
  given(created).when(erase).thenThrows('USER_ACTIVE');
  given(created, deactivated).when(erase).then(erased);
  given(created, deactivated, erased).when(erase).thenNothing();
  const state = given(created, passwordSet('A'), granted('weak'), linked, deactivated, erased).state();
  expect(state).toMatchObject({ status: 'erased', username: null, displayName: null, passwordHash: null, roleIds: [] });
  expect(JSON.stringify(state)).not.toMatch(/joan|argon|s1/i);
});

test('nothing is asked of an erased user, nor of one who never was', () => {
  for (const command of takeovers.filter(({ type }) => type !== 'EraseUser')) {
    given(created, deactivated, erased).when(command).thenThrows('USER_ERASED');
    given().when(command).thenThrows('NOT_FOUND');
  }
});

test('an OIDC identity is linked once', () => {
  const link = { type: 'LinkOidcIdentity', ...about, issuer: 'https://id', subject: 's1' } as const;
  given(created).when(link).then(linked);
  given(created, linked).when(link).thenNothing();
});

test('an OIDC identity is unlinked once, and can be linked again', () => {
  const unlink = { type: 'UnlinkOidcIdentity', ...about, issuer: 'https://id', subject: 's1' } as const;
  given(created, linked).when(unlink).then(unlinked);
  given(created).when(unlink).thenNothing();
  given(created, linked, unlinked).when(unlink).thenNothing();
  const link = { type: 'LinkOidcIdentity', ...about, issuer: 'https://id', subject: 's1' } as const;
  given(created, linked, unlinked).when(link).then(linked);
});

test('of identities that look alike once erased, one is unlinked', () => {
  const read = (type: 'OidcIdentityLinked' | 'OidcIdentityUnlinked') => {
    const event: UserEvent = { type, schemaVersion: 1, data: { issuer: 'https://id' }, sealed: { subject: null } };
    const place = { position: 1, stream: 'user/u1', id: 'u1', version: 1, recordedAt: '', recordedAtMs: 0 };
    return { event, ...place, actor: 'system', commitments: {} };
  };
  const types = ['OidcIdentityLinked', 'OidcIdentityLinked', 'OidcIdentityUnlinked'] as const;
  const state = types.map(read).reduce<UserState>(evolveUser, given(created).state());
  expect(state).toMatchObject({ oidcIdentities: [{ issuer: 'https://id', subject: null }] });
});
