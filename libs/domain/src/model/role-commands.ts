import { type Authority, demandWithin } from './authority.js';
import { assertNever, demand, DomainError } from './errors.js';
import { type Decided, type RoleChange, type RoleEvent, roleStream } from './events.js';
import { type BuiltInRole, inCatalogueOrder, type Permission } from './permissions.js';
import type { ActiveRole, RoleState } from './role.js';
import { isId, isRoleName, isText, MAX_TEXT_CHARACTERS } from './text-rules.js';

/** What can be asked of a role. Names are unique and a role in use cannot go: the writer's rules, under its lock. */
export type RoleCommand =
  | {
      readonly type: 'CreateRole';
      readonly roleId: string;
      readonly by: Authority;
      readonly name: string;
      readonly description: string | null;
      readonly permissions: readonly Permission[];
    }
  | { readonly type: 'ChangeRole'; readonly roleId: string; readonly by: Authority; readonly changes: RoleChange }
  | { readonly type: 'DeleteRole'; readonly roleId: string }
  /** At start: makes the built-in role, or brings it up to what this version says it is. */
  | { readonly type: 'InstallBuiltInRole'; readonly role: BuiltInRole };

/**
 * Decides what happens to a role.
 * @throws DomainError INVALID_REQUEST, PERMISSION_DENIED (a permission that exceeds one's own would get into a role),
 * NOT_FOUND, VERSION_CONFLICT (the id is taken), SYSTEM_ROLE
 */
export function decideRole(command: RoleCommand, state: RoleState): Decided<RoleEvent>[] {
  switch (command.type) {
    case 'CreateRole':
      return decideCreate(command, state);
    case 'ChangeRole':
      return decideChange(command, state);
    case 'DeleteRole':
      return decideDelete(command.roleId, state);
    case 'InstallBuiltInRole':
      return decideInstall(command.role, state);
    default:
      return assertNever(command);
  }
}

function decideCreate(command: RoleCommand & { readonly type: 'CreateRole' }, state: RoleState): Decided<RoleEvent>[] {
  const { roleId, name, description } = command;
  demand(isId(roleId), 'INVALID_REQUEST', 'The id of the role is not acceptable.');
  demandRoleValues({ name, description });
  const permissions = inCatalogueOrder(command.permissions);
  demandWithin(command.by, permissions);
  const wanted: ActiveRole = { status: 'active', name, description, permissions, system: false };
  if (state.status === 'active' && differences(state, wanted).length === 0 && !state.system) return [];
  demand(state.status === 'none', 'VERSION_CONFLICT', 'A role with this id exists or has existed.');
  return [created(roleId, wanted)];
}

function decideChange(command: RoleCommand & { readonly type: 'ChangeRole' }, state: RoleState): Decided<RoleEvent>[] {
  const { roleId, by, changes } = command;
  demandRoleValues(changes);
  const held = state.status === 'active' ? state.permissions : [];
  demandWithin(
    by,
    (changes.permissions ?? []).filter((permission) => !held.includes(permission)),
  );
  demand(state.status === 'active', 'NOT_FOUND', 'There is no such role.');
  const wanted: ActiveRole = { ...state, ...changes, permissions: inCatalogueOrder(changes.permissions ?? held) };
  if (differences(state, wanted).length === 0) return [];
  demand(!state.system, 'SYSTEM_ROLE', 'A system role cannot be changed.');
  return [changed(roleId, state, wanted)];
}

function decideDelete(roleId: string, state: RoleState): Decided<RoleEvent>[] {
  if (state.status === 'deleted') return [];
  if (state.status === 'none') throw new DomainError('NOT_FOUND', 'There is no such role.');
  demand(state.status === 'unusable' || !state.system, 'SYSTEM_ROLE', 'A system role cannot be deleted.');
  return [{ stream: roleStream(roleId), type: 'RoleDeleted', schemaVersion: 1, data: {}, sealed: {} }];
}

function decideInstall(role: BuiltInRole, state: RoleState): Decided<RoleEvent>[] {
  const { id, name, description } = role;
  const wanted: ActiveRole = {
    status: 'active',
    name,
    description,
    permissions: inCatalogueOrder(role.permissions),
    system: true,
  };
  if (state.status === 'none') return [created(id, wanted)];
  demand(
    state.status === 'active' && state.system,
    'SYSTEM_ROLE',
    `The stream of the built-in role ${id} is not its own.`,
  );
  return differences(state, wanted).length === 0 ? [] : [changed(id, state, wanted)];
}

function demandRoleValues(values: Pick<RoleChange, 'name' | 'description'>): void {
  const { name, description } = values;
  demand(name === undefined || isRoleName(name), 'INVALID_REQUEST', 'The name of the role is not acceptable.');
  const isAcceptable = typeof description !== 'string' || isText(description, MAX_TEXT_CHARACTERS);
  demand(isAcceptable, 'INVALID_REQUEST', 'The description of the role is not acceptable.');
}

type Changeable = keyof RoleChange;

function differences(state: ActiveRole, wanted: ActiveRole): Changeable[] {
  const names: Changeable[] = ['name', 'description', 'permissions'];
  return names.filter((name) => JSON.stringify(state[name]) !== JSON.stringify(wanted[name]));
}

function created(roleId: string, { name, description, permissions, system }: ActiveRole): Decided<RoleEvent> {
  const data = { name, description, permissions, system };
  return { stream: roleStream(roleId), type: 'RoleCreated', schemaVersion: 1, data, sealed: {} };
}

function changed(roleId: string, state: ActiveRole, wanted: ActiveRole): Decided<RoleEvent> {
  const names = differences(state, wanted);
  const before: RoleChange = Object.fromEntries(names.map((name) => [name, state[name]]));
  const after: RoleChange = Object.fromEntries(names.map((name) => [name, wanted[name]]));
  return { stream: roleStream(roleId), type: 'RoleChanged', schemaVersion: 1, data: { before, after }, sealed: {} };
}
