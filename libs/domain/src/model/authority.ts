import { MissingPermissionError } from './errors.js';
import { inCatalogueOrder, type Permission } from './permissions.js';
import type { RoleState } from './role.js';
import type { UserState } from './user.js';

/** Who asks: the system itself (bootstrap, configured mappings), or a user with what their roles permit now. */
export type Authority =
  | { readonly kind: 'system' }
  | { readonly kind: 'user'; readonly userId: string; readonly permissions: readonly Permission[] };

/** The system's own authority. */
export const SYSTEM: Authority = { kind: 'system' };

/** The fold of a role by its id; undefined is as good as `{ status: 'none' }`. */
export type RoleLookup = (roleId: string) => RoleState | undefined;

/** Whether the authority has the permission. */
export function may(by: Authority, permission: Permission): boolean {
  return by.kind === 'system' || by.permissions.includes(permission);
}

/** Whether the authority is this very user. */
export function isSelf(by: Authority, userId: string): boolean {
  return by.kind === 'user' && by.userId === userId;
}

/** Those of the wanted permissions that the authority does not have. Empty: nothing exceeds it. */
export function exceeding(by: Authority, wanted: readonly Permission[]): Permission[] {
  return by.kind === 'system' ? [] : wanted.filter((permission) => !by.permissions.includes(permission));
}

/**
 * Refuses to hand out, or to seize, what exceeds the authority's own permissions.
 * @throws MissingPermissionError
 */
export function demandWithin(by: Authority, wanted: readonly Permission[]): void {
  const missing = exceeding(by, wanted);
  if (missing.length > 0) {
    throw new MissingPermissionError(missing, `This exceeds your own permissions: ${missing.join(', ')}.`);
  }
}

/**
 * What the user's roles permit now, in the catalogue's order. A deleted or unusable role permits nothing. Says what the
 * roles give whatever the user's status: who takes over a deactivated user gains it on reactivation.
 */
export function permissionsOf(user: UserState | undefined, role: RoleLookup): Permission[] {
  if (user?.status !== 'active' && user?.status !== 'deactivated') return [];
  return inCatalogueOrder(
    user.roleIds.flatMap((roleId) => {
      const held = role(roleId);
      return held?.status === 'active' ? held.permissions : [];
    }),
  );
}

/** Whether one of the user's roles permits this now; {@link permissionsOf} without the list. */
export function isPermitted(user: UserState | undefined, role: RoleLookup, permission: Permission): boolean {
  if (user?.status !== 'active' && user?.status !== 'deactivated') return false;
  return user.roleIds.some((roleId) => {
    const held = role(roleId);
    return held?.status === 'active' && held.permissions.includes(permission);
  });
}
