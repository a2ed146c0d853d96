import { randomBytes } from 'node:crypto';
import type { TestAdminService } from './admin-service.js';
import { AdminClient } from './http-client.js';

export const PASSWORD = 'a long walk on the beach';

type AdminAddress = Pick<TestAdminService, 'url' | 'adminUsername' | 'adminPassword'>;

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly client: AdminClient;
}

/** The first administrator, signed in. */
export function signInAdmin(admin: AdminAddress): Promise<AdminClient> {
  return new AdminClient(admin.url).signIn(admin.adminUsername, admin.adminPassword);
}

/** A new user with these roles, signed in. */
export async function createPerson(
  admin: AdminAddress,
  by: AdminClient,
  options: { roles?: readonly string[]; username?: string; supervisorId?: string } = {},
): Promise<Person> {
  const username = options.username ?? `u${randomBytes(5).toString('hex')}`;
  const supervisor = options.supervisorId === undefined ? {} : { supervisorId: options.supervisorId };
  const created = await by.post('/v1/users', { username, password: PASSWORD, ...supervisor });
  if (created.status !== 201) throw new Error(`user: ${created.status} ${JSON.stringify(created.body)}`);
  const id = String(created.body['id']);
  for (const role of options.roles ?? []) {
    const granted = await by.put(`/v1/users/${id}/roles/${role}`);
    if (granted.status !== 200) throw new Error(`grant: ${granted.status} ${JSON.stringify(granted.body)}`);
  }
  return { id, username, client: await new AdminClient(admin.url).signIn(username, PASSWORD) };
}

/** A custom role with these permissions; its id. */
export async function createRole(by: AdminClient, permissions: readonly string[]): Promise<string> {
  const created = await by.post('/v1/roles', { name: `r${randomBytes(5).toString('hex')}`, permissions });
  if (created.status !== 201) throw new Error(`role: ${created.status} ${JSON.stringify(created.body)}`);
  return String(created.body['id']);
}
