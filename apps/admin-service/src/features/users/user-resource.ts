import { z } from 'zod';
import { type ErasedUser, formatInstant, type LivingUser, type Permission } from '@keyfold/domain';
import { Instant, PermissionName } from '../../http/fields.js';
import { USER_STATUSES, type UserRecord } from '../../tables/user-queries.js';

export const UserResource = z
  .object({
    id: z.string(),
    username: z.string().nullable(),
    displayName: z.string().nullable(),
    email: z.string().nullable(),
    status: z.enum(USER_STATUSES),
    supervisorId: z.string().nullable(),
    roles: z.array(z.object({ id: z.string(), name: z.string() })),
    createdAt: Instant,
  })
  .meta({ id: 'User' });

export type UserResource = z.output<typeof UserResource>;

export const MeResource = z
  .object({
    ...UserResource.shape,
    permissions: z.array(PermissionName),
    initialPassword: z
      .boolean()
      .meta({ description: 'The password is still the one of the installation: choose another.' }),
  })
  .meta({ id: 'Me' });

export type MeResource = UserResource & {
  readonly permissions: readonly Permission[];
  readonly initialPassword: boolean;
};

/** A user that exists, as callers see it. */
export function userResource(
  id: string,
  state: LivingUser | ErasedUser,
  roleNames: (roleId: string) => string | undefined,
): UserResource {
  const roles = state.roleIds.flatMap((roleId) => {
    const name = roleNames(roleId);
    return name === undefined ? [] : [{ id: roleId, name }];
  });
  return {
    id,
    username: state.username,
    displayName: state.displayName,
    email: state.email,
    status: state.status,
    supervisorId: state.supervisorId,
    roles,
    createdAt: formatInstant(state.createdAtMs),
  };
}

/** The same of what the tables have. */
export function resourceOfUser({ id, roleName, state }: UserRecord): UserResource {
  return userResource(id, state, roleName);
}
