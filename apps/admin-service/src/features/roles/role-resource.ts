import { z } from 'zod';
import type { RoleState } from '@keyfold/domain';
import type { Page } from '../../http/cursor.js';
import { PermissionName } from '../../http/fields.js';
import { UserResource } from '../users/user-resource.js';

export const RoleResource = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    permissions: z.array(PermissionName),
    system: z.boolean(),
  })
  .meta({ id: 'Role' });

export type RoleResource = z.output<typeof RoleResource>;

/** A page of the holders of a role, and how many there are. */
export const RoleMembers = z
  .object({ items: z.array(UserResource), nextCursor: z.string().nullable(), total: z.int() })
  .meta({ id: 'RoleMembers' });

export interface RoleMembers extends Page<UserResource> {
  readonly total: number;
}

/** A role that exists, as callers see it. */
export function roleResource(id: string, state: Extract<RoleState, { status: 'active' }>): RoleResource {
  const { name, description, permissions, system } = state;
  return { id, name, description, permissions: [...permissions], system };
}
