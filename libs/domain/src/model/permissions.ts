/** The closed catalogue of permissions, in the order in which they are listed everywhere. */
export const PERMISSIONS = [
  'settings.read',
  'settings.manage',
  'roles.read',
  'roles.manage',
  'roles.grant',
  'users.read',
  'users.manage',
  'api-key.generate',
  'api-key.sign-in',
  'api-keys.manage',
  'api-keys.supervise',
  'audit.read',
  'audit.reveal',
] as const;

/** One permission of the catalogue. */
export type Permission = (typeof PERMISSIONS)[number];

const SENTENCES: Readonly<Record<Permission, string>> = {
  'settings.read': 'See the security settings, the webhooks and the gateways.',
  'settings.manage': 'Change the security settings, the webhooks and the gateways.',
  'roles.read': 'See the roles and what each of them permits.',
  'roles.manage': 'Create, change and delete roles.',
  'roles.grant': 'Grant roles to users and withdraw them.',
  'users.read': 'See and search the users.',
  'users.manage': 'Create, change, deactivate, reactivate and erase users, set their passwords and end their sessions.',
  'api-key.generate': 'Generate API keys for oneself.',
  'api-key.sign-in': 'Sign in to services with an API key of one’s own.',
  'api-keys.manage': 'See, issue and revoke the API keys of all users.',
  'api-keys.supervise': 'See, issue and revoke the API keys of the users whose supervisor one is.',
  'audit.read': 'Read the log of events, its proofs and its exports.',
  'audit.reveal': 'See the sealed values in the log; each such look is itself an event.',
};

/** The catalogue with a sentence each, as people are shown it. */
export const PERMISSION_CATALOGUE: readonly { readonly permission: Permission; readonly description: string }[] =
  PERMISSIONS.map((permission) => ({ permission, description: SENTENCES[permission] }));

/** The permissions of a set in the catalogue's order, each once. */
export function inCatalogueOrder(permissions: Iterable<Permission>): Permission[] {
  const wanted = new Set(permissions);
  return PERMISSIONS.filter((permission) => wanted.has(permission));
}

/** A role that every installation has under a fixed id and that no one can change. */
export interface BuiltInRole {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
}

/** The id of the role that the rule of the last administrator is about. */
export const ADMINISTRATOR_ROLE_ID = 'administrator';

/** The built-in roles. Ids are fixed: logs refer to them. */
export const BUILT_IN_ROLES: readonly BuiltInRole[] = [
  {
    id: ADMINISTRATOR_ROLE_ID,
    name: 'Administrator',
    description: 'May do everything.',
    permissions: PERMISSIONS,
  },
  {
    id: 'auditor',
    name: 'Auditor',
    description: 'May read the settings, the roles and the whole log.',
    permissions: ['settings.read', 'roles.read', 'audit.read'],
  },
  {
    id: 'supervisor',
    name: 'Supervisor',
    description: 'May issue API keys for, and manage those of, the users whose supervisor they are.',
    permissions: ['api-keys.supervise'],
  },
  {
    id: 'api-key-generate',
    name: 'API Key Generate',
    description: 'May generate API keys for oneself.',
    permissions: ['api-key.generate'],
  },
  {
    id: 'api-key-sign-in',
    name: 'API Key Sign In',
    description: 'May sign in to services with an API key of one’s own.',
    permissions: ['api-key.sign-in'],
  },
];
