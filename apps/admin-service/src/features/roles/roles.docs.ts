import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { RolesController } from './roles.controller.js';

const members = {
  name: '1 to 64 of `A-Z a-z 0-9`, space and `. _ -`; no two roles have the same.',
  description: 'At most 1,000 characters; null: none.',
  permissions: 'At most 100. A caller cannot put permissions beyond their own into a role.',
};

export const rolesDocs: FeatureDocs = {
  tag: { name: 'Roles', description: 'Named sets of permissions, which users are granted.' },
  operations: operationsOf<RolesController>('Roles', {
    permissions: operation('listPermissions', 'List all permissions'),
    list: operation('listRoles', 'List roles', [], { notes: 'In the order in which they were created.' }),
    create: operation('createRole', 'Create a role', ['ROLE_NAME_TAKEN', 'VERSION_CONFLICT']),
    read: operation('readRole', 'Read a role', ['NOT_FOUND']),
    members: operation('listRoleMembers', 'List the holders of a role', ['NOT_FOUND'], {
      needs: 'Needs the permissions `roles.read` and, since the answer has names, `users.read`.',
    }),
    change: operation(
      'changeRole',
      'Change a role',
      ['NOT_FOUND', 'SYSTEM_ROLE', 'ROLE_NAME_TAKEN', 'VERSION_CONFLICT'],
      { notes: 'Members that are left out stay as they are.' },
    ),
    delete: operation('deleteRole', 'Delete a role', ['NOT_FOUND', 'SYSTEM_ROLE', 'ROLE_IN_USE', 'VERSION_CONFLICT']),
  }),
  members: {
    Permission: { permission: 'Its name.', description: 'What it allows, in a sentence.' },
    Role: {
      ...members,
      id: 'Opaque id.',
      permissions: 'What its holders may do.',
      system: 'Whether it is built in; then it cannot be changed or deleted.',
    },
    CreateRole: members,
    ChangeRole: members,
  },
};
