import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { UsersController } from './users.controller.js';

const user = {
  id: 'Opaque id.',
  username: 'What the user signs in with, lower case; null once erased.',
  displayName: 'Name for people to read, at most 200 characters.',
  email: 'E-mail address, at most 320 characters.',
  status:
    '`deactivated`: their sessions have ended and their keys do not pass. `erased`: for good, without any personal data.',
  supervisorId: 'Id of the user who may issue keys for them and manage these.',
  roles: 'Roles that they hold, in the order of granting.',
  'roles.id': 'Id of the role.',
  'roles.name': 'Name of the role.',
  createdAt: 'When the user was created.',
};
const profile = {
  displayName: 'At most 200 characters, trimmed, with something visible in it; null removes it.',
  email: 'At most 320 characters; null removes it.',
  supervisorId: 'Id of another user; null removes it.',
};
const SUPERIOR = 'A caller cannot do this to a user who has permissions beyond their own.';

export const usersDocs: FeatureDocs = {
  tag: { name: 'Users', description: 'People who sign in, and the roles that they hold.' },
  operations: operationsOf<UsersController>('Users', {
    list: operation('listUsers', 'List users', [], {
      notes: 'In the order in which they were created.',
      parameters: {
        query: 'Beginnings of words of the user name, the display name or the e-mail address. At most 200 characters.',
        role: 'Only holders of the role with this id.',
        status: 'Only users with this status.',
      },
    }),
    create: operation('createUser', 'Create a user', ['USERNAME_TAKEN', 'PASSWORD_REFUSED', 'VERSION_CONFLICT']),
    read: operation('readUser', 'Read a user', ['NOT_FOUND']),
    change: operation(
      'changeUser',
      'Change a user',
      ['NOT_FOUND', 'USERNAME_FIXED', 'USERNAME_TAKEN', 'USER_ERASED', 'VERSION_CONFLICT'],
      { notes: 'Members that are left out stay as they are.' },
    ),
    deactivate: operation(
      'deactivateUser',
      'Deactivate a user',
      ['NOT_FOUND', 'LAST_ADMINISTRATOR', 'USER_ERASED', 'VERSION_CONFLICT'],
      { notes: `Their sessions end, and their keys do not pass. ${SUPERIOR}` },
    ),
    reactivate: operation('reactivateUser', 'Reactivate a user', ['NOT_FOUND', 'USER_ERASED', 'VERSION_CONFLICT'], {
      notes: `Keys that were not revoked pass again. ${SUPERIOR}`,
    }),
    erase: operation(
      'eraseUser',
      'Erase a user',
      ['NOT_FOUND', 'USER_ACTIVE', 'LAST_ADMINISTRATOR', 'VERSION_CONFLICT'],
      {
        notes: `For good: revokes the keys and destroys all personal data. Records and proofs stay valid. ${SUPERIOR}`,
      },
    ),
    grant: operation('grantRole', 'Grant a role to a user', ['NOT_FOUND', 'USER_ERASED', 'VERSION_CONFLICT'], {
      notes: 'A caller cannot grant permissions beyond their own.',
    }),
    withdraw: operation('withdrawRole', 'Withdraw a role from a user', [
      'NOT_FOUND',
      'LAST_ADMINISTRATOR',
      'USER_ERASED',
      'VERSION_CONFLICT',
    ]),
  }),
  members: {
    User: user,
    Me: { ...user, permissions: 'What the caller may do: the permissions of all their roles together.' },
    CreateUser: {
      ...profile,
      username: "1 to 128 of `a-z 0-9 . _ @ + ' -`; upper case is folded to lower. It cannot be changed later.",
      password: '12 to 1,024 characters; without one the user can sign in by the identity provider only.',
    },
    ChangeUser: {
      ...profile,
      username: 'Can be changed once, where a sign-in at the identity provider made it.',
    },
  },
};
