import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Permission } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, signInAdmin } from '@keyfold/testing/signed-in';

/* What a change of a role would do, asked before it is made (`?dryRun=true`). */

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const preview = (
  roleId: string,
  changes: { readonly name?: string; readonly permissions?: readonly Permission[] },
  { by = admin, headers = {} }: { by?: AdminClient; headers?: Record<string, string> } = {},
): Promise<Answer> => by.patch(`/v1/roles/${roleId}?dryRun=true`, changes, headers);

const code = ({ status, body }: Answer): [number, unknown] => [status, body['code']];

async function headPosition(): Promise<number> {
  const { body } = await admin.get('/v1/events?order=desc&limit=1');
  return (body['items'] as { position: number }[])[0]?.position ?? 0;
}

/** The id of a key that was made for oneself. */
async function issue(client: AdminClient, name = 'Zapier'): Promise<string> {
  return String((await client.post('/v1/me/api-keys', { name })).body['id']);
}

async function passing(keyId: string): Promise<unknown> {
  return ((await admin.get(`/v1/api-keys/${keyId}`)).body['acceptance'] as { allowed: boolean }).allowed;
}

describe('the preview of a change', () => {
  test('counts who would gain and who would lose a permission, and leaves out whom another role gives it', async () => {
    const role = await createRole(admin, ['users.read', 'roles.read']);
    const other = await createRole(admin, ['users.read', 'audit.read']);
    const [, , third] = await Promise.all([
      createPerson(service, admin, { roles: [role] }),
      createPerson(service, admin, { roles: [role, other] }),
      createPerson(service, admin, { roles: [role] }),
    ]);
    await admin.post(`/v1/users/${third.id}/deactivate`);
    const before = await headPosition();
    const answer = await preview(role, { permissions: ['roles.read', 'audit.read', 'settings.read'] });
    expect([answer.status, answer.headers.get('keyfold-position')]).toEqual([200, String(before)]);
    expect(answer.body).toEqual({
      affected: { users: 3, keys: 0 },
      permissions: [
        { permission: 'settings.read', gain: 3, lose: 0 },
        { permission: 'audit.read', gain: 2, lose: 0 },
        { permission: 'users.read', gain: 0, lose: 2 },
      ],
      sample: [],
    });
    expect(await headPosition()).toBe(before);
    expect((await admin.get(`/v1/roles/${role}`)).body['permissions']).toEqual(['roles.read', 'users.read']);
  });

  test('counts nobody where nothing changes for anybody', async () => {
    const role = await createRole(admin, ['users.read']);
    const nothing = { affected: { users: 0, keys: 0 }, sample: [] };
    expect((await preview(role, { permissions: [] })).body).toEqual({
      ...nothing,
      permissions: [{ permission: 'users.read', gain: 0, lose: 0 }],
    });
    await createPerson(service, admin, { roles: [role] });
    expect((await preview(role, { name: 'Renamed only' })).body).toEqual({ ...nothing, permissions: [] });
    expect((await preview(role, { permissions: ['users.read', 'users.read'] })).body).toEqual({
      ...nothing,
      permissions: [],
    });
  });

  test('names the keys that would stop passing, those within their grace too, and is right about each', async () => {
    const signIn = await createRole(admin, ['api-key.sign-in']);
    const [only, both, none] = await Promise.all([
      createPerson(service, admin, { roles: [signIn, 'api-key-generate'] }),
      createPerson(service, admin, { roles: [signIn, 'api-key-generate', 'api-key-sign-in'] }),
      createPerson(service, admin, { roles: ['api-key-generate', 'api-key-sign-in'] }),
    ]);
    const [rotated, revoked, keeps, unrelated] = await Promise.all([
      issue(only.client),
      issue(only.client),
      issue(both.client),
      issue(none.client),
    ]);
    const rotation = await only.client.post(`/v1/api-keys/${rotated}/rotate`, { graceSeconds: 3_600 });
    await only.client.post(`/v1/api-keys/${revoked}/revoke`, { reason: 'UNSPECIFIED' });
    await admin.post(`/v1/users/${only.id}/api-keys`, { name: 'not claimed yet' });
    const { body } = await preview(signIn, { permissions: [] });
    expect(body).toMatchObject({
      affected: { users: 1, keys: 2 },
      permissions: [{ permission: 'api-key.sign-in', gain: 0, lose: 1 }],
    });
    const sample = body['sample'] as { keyId: string; username: string; wouldPass: boolean }[];
    expect(sample.map(({ keyId }) => keyId).sort()).toEqual([rotated, String(rotation.body['id'])].sort());
    for (const key of sample) expect(key).toMatchObject({ username: only.username, name: 'Zapier', wouldPass: false });
    await admin.patch(`/v1/roles/${signIn}`, { permissions: [] });
    expect(await Promise.all([...sample.map(({ keyId }) => keyId), keeps, unrelated].map(passing))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect((await preview(signIn, { permissions: ['api-key.sign-in'] })).body).toMatchObject({
      affected: { users: 1, keys: 2 },
      permissions: [{ permission: 'api-key.sign-in', gain: 1, lose: 0 }],
      sample: [{ wouldPass: true }, { wouldPass: true }],
    });
  });

  test('has no names for a caller who may read neither users nor keys', async () => {
    const signIn = await createRole(admin, ['api-key.sign-in']);
    const { client } = await createPerson(service, admin, { roles: [signIn, 'api-key-generate'] });
    const keyId = await issue(client);
    const manager = await createPerson(service, admin, {
      roles: [await createRole(admin, ['roles.read', 'roles.manage'])],
    });
    const { body } = await preview(signIn, { permissions: [] }, { by: manager.client });
    expect(body['sample']).toMatchObject([{ keyId, username: null, name: null, wouldPass: false }]);
  });
});

describe('the preview is refused as the change would be', () => {
  test('with the same codes, in the same order', async () => {
    const role = await createRole(admin, []);
    await admin.patch(`/v1/roles/${role}`, { permissions: ['users.read'] });
    const stale = { headers: { 'if-match': '"1"' } };
    const reader = await createPerson(service, admin, { roles: [await createRole(admin, ['roles.read'])] });
    const manager = await createPerson(service, admin, {
      roles: [await createRole(admin, ['roles.read', 'roles.manage'])],
    });
    for (const [roleId, changes, options] of [
      [role, { permissions: [] }, { by: reader.client }],
      [role, { permissions: ['audit.reveal'] }, { by: manager.client }],
      ['none', { permissions: [] }, {}],
      [role, { permissions: [] }, stale],
      ['auditor', { permissions: [] }, stale],
      ['auditor', { permissions: [] }, {}],
      [role, { name: 'auditor' }, {}],
    ] as const) {
      const { by = admin, headers = {} } = options as { by?: AdminClient; headers?: Record<string, string> };
      const written = code(await by.patch(`/v1/roles/${roleId}`, changes, headers));
      expect(code(await preview(roleId, changes, { by, headers }))).toEqual(written);
      expect(written[0]).toBeGreaterThanOrEqual(400);
    }
    const gone = await createRole(admin, []);
    await admin.delete(`/v1/roles/${gone}`);
    expect(code(await preview(gone, {}))).toEqual([404, 'NOT_FOUND']);
    expect(code(await admin.patch(`/v1/roles/${role}?dryRun=maybe`, {}))).toEqual([400, 'INVALID_REQUEST']);
    const current = await preview(role, { permissions: [] }, { headers: { 'if-match': '"2"' } });
    expect(current.status).toBe(200);
  });
});
