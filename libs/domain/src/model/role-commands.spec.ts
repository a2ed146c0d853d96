import { expect, test } from '@jest/globals';
import { scenario } from '../../test/given.js';
import {
  type Authority,
  BUILT_IN_ROLES,
  decideRole,
  foldRole,
  initialRoleState,
  type Permission,
  PERMISSION_CATALOGUE,
  PERMISSIONS,
  type RoleCommand,
  SYSTEM,
} from './index.js';

const given = scenario({
  stream: 'role/r1',
  initial: initialRoleState,
  decide: decideRole,
  fold: (state, read) => (read.kind === 'event' && read.category === 'role' ? foldRole(state, read) : state),
});

const by = (...permissions: Permission[]): Authority => ({ kind: 'user', userId: 'u9', permissions });
const values = { name: 'Ops', description: 'Runs things.', permissions: ['users.read', 'users.manage'] } as const;
const create: RoleCommand = { type: 'CreateRole', roleId: 'r1', by: SYSTEM, ...values };
const created = { type: 'RoleCreated', data: { ...values, system: false } };
const system = { type: 'RoleCreated', data: { ...values, system: true } };
const deleted = { type: 'RoleDeleted' };
const change = (changes: (RoleCommand & { type: 'ChangeRole' })['changes'], who: Authority = SYSTEM): RoleCommand => ({
  type: 'ChangeRole',
  roleId: 'r1',
  by: who,
  changes,
});

test('the catalogue is closed and each permission has its sentence', () => {
  expect(PERMISSION_CATALOGUE.map(({ permission }) => permission)).toEqual([...PERMISSIONS]);
  expect(PERMISSION_CATALOGUE.every(({ description }) => description.endsWith('.'))).toBe(true);
});

test('the built-in roles are those of the contract', () => {
  expect(BUILT_IN_ROLES.map(({ id, name, permissions }) => [id, name, permissions])).toEqual([
    ['administrator', 'Administrator', PERMISSIONS],
    ['auditor', 'Auditor', ['settings.read', 'roles.read', 'audit.read']],
    ['supervisor', 'Supervisor', ['api-keys.supervise']],
    ['api-key-generate', 'API Key Generate', ['api-key.generate']],
    ['api-key-sign-in', 'API Key Sign In', ['api-key.sign-in']],
  ]);
});

test('a role is created with its permissions in the order of the catalogue, each once', () => {
  given().when(create).then(created);
  given()
    .when({ ...create, permissions: ['users.manage', 'users.read', 'users.manage'] })
    .then(created);
});

test('creating the same role again is no event; another under its id is refused', () => {
  given(created).when(create).thenNothing();
  given(created)
    .when({ ...create, name: 'Other' })
    .thenThrows('VERSION_CONFLICT');
  given(created, deleted).when(create).thenThrows('VERSION_CONFLICT');
});

test('nobody makes a role that permits more than they may themselves', () => {
  given()
    .when({ ...create, by: by('users.read') })
    .thenThrows('PERMISSION_DENIED');
  given()
    .when({ ...create, by: by('users.read', 'users.manage', 'roles.manage') })
    .then(created);
});

test('nobody edits into a role what exceeds them; what the role has already is not theirs to justify', () => {
  const added: readonly Permission[] = ['roles.read', 'users.read', 'users.manage'];
  given(created)
    .when(change({ permissions: added }, by('users.read')))
    .thenThrows('PERMISSION_DENIED');
  given(created)
    .when(change({ permissions: added }, by('roles.read')))
    .then({
      type: 'RoleChanged',
      data: { before: { permissions: values.permissions }, after: { permissions: added } },
    });
  given(created)
    .when(change({ permissions: ['users.read'] }, by()))
    .then({
      type: 'RoleChanged',
      data: { before: { permissions: values.permissions }, after: { permissions: ['users.read'] } },
    });
});

test('a change that changes nothing is no event, whatever the order of the permissions', () => {
  given(created)
    .when(change({ name: 'Ops', permissions: ['users.manage', 'users.read'] }))
    .thenNothing();
});

test('a role that does not exist or was deleted cannot be changed', () => {
  given()
    .when(change({ name: 'X' }))
    .thenThrows('NOT_FOUND');
  given(created, deleted)
    .when(change({ name: 'X' }))
    .thenThrows('NOT_FOUND');
});

test('a system role can be neither changed nor deleted', () => {
  given(system)
    .when(change({ name: 'X' }))
    .thenThrows('SYSTEM_ROLE');
  given(system).when({ type: 'DeleteRole', roleId: 'r1' }).thenThrows('SYSTEM_ROLE');
});

test('a role is deleted once', () => {
  given(created).when({ type: 'DeleteRole', roleId: 'r1' }).then(deleted);
  given(created, deleted).when({ type: 'DeleteRole', roleId: 'r1' }).thenNothing();
  given().when({ type: 'DeleteRole', roleId: 'r1' }).thenThrows('NOT_FOUND');
});

test('names and descriptions that the contract does not know are refused', () => {
  given()
    .when({ ...create, name: 'a/b' })
    .thenThrows('INVALID_REQUEST');
  given()
    .when({ ...create, name: '' })
    .thenThrows('INVALID_REQUEST');
  given()
    .when({ ...create, description: 'a\u0000' })
    .thenThrows('INVALID_REQUEST');
  given(created)
    .when(change({ name: 'x'.repeat(65) }))
    .thenThrows('INVALID_REQUEST');
});

test('a built-in role is installed once and brought up to date by a later version', () => {
  const role = { id: 'r1', ...values };
  given().when({ type: 'InstallBuiltInRole', role }).then(system);
  given(system).when({ type: 'InstallBuiltInRole', role }).thenNothing();
  given(system)
    .when({ type: 'InstallBuiltInRole', role: { ...role, permissions: ['users.read'] } })
    .then({
      type: 'RoleChanged',
      data: { before: { permissions: values.permissions }, after: { permissions: ['users.read'] } },
    });
  given(created).when({ type: 'InstallBuiltInRole', role }).thenThrows('SYSTEM_ROLE');
});
