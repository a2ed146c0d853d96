import { z } from 'zod';
import type { RoleState } from '@keyfold/domain';
import { PermissionName } from '../../http/fields.js';

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

/** A role that exists, as callers see it. */
export function roleResource(id: string, state: Extract<RoleState, { status: 'active' }>): RoleResource {
  const { name, description, permissions, system } = state;
  return { id, name, description, permissions: [...permissions], system };
}
