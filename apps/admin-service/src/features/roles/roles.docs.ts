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
      notes: 'In the order in which they were created, with the number of all holders beside each page.',
    }),
    change: operation(
      'changeRole',
      'Change a role',
      ['NOT_FOUND', 'SYSTEM_ROLE', 'ROLE_NAME_TAKEN', 'VERSION_CONFLICT'],
      {
        notes:
          'Members that are left out stay as they are. With dryRun=true the answer says which permissions how many holders would gain or lose and which of their keys would start or stop passing, and nothing is written.',
        parameters: { dryRun: '`true`: shows what the change would do, and changes nothing.' },
      },
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
    RoleMembers: {
      items: 'The holders on this page.',
      nextCursor: '`cursor` of the next page; null: this is the last one.',
      total: 'Number of all holders.',
    },
    RolePreview: {
      affected: 'What would change at once.',
      'affected.users': 'Number of holders, deactivated ones included, who would gain or lose a permission.',
      'affected.keys': 'Number of their keys that would start or stop passing.',
      permissions: 'Each permission that the change adds to the role or takes from it.',
      'permissions.permission': 'Its name.',
      'permissions.gain': 'Number of holders who would gain it: no other role of theirs gives it.',
      'permissions.lose': 'Number of holders who would lose it: no other role of theirs gives it.',
      sample: 'At most 50 of these keys.',
      'sample.keyId': 'Id of the key.',
      'sample.username': "The owner's user name; null for a caller without `users.read`.",
      'sample.name': "The key's name; null for a caller without `api-keys.manage`.",
      'sample.effectiveExpiresAt': 'When it ends.',
      'sample.wouldPass': 'Whether it would pass; its state now is the opposite.',
    },
  },
};
