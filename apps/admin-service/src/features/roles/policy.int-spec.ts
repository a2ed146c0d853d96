import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PERMISSIONS } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import type { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, signInAdmin } from '@keyfold/testing/signed-in';

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const code = ({ status, body }: { status: number; body: Record<string, unknown> }): [number, unknown] => [
  status,
  body['code'],
];

describe('the security settings', () => {
  test('start as the contract says', async () => {
    const { status, body, headers } = await admin.get('/v1/settings/security');
    expect([status, headers.get('etag')]).toEqual([200, '"0"']);
    expect(body).toEqual({
      apiKeyAuthenticationEnabled: false,
      gatewayEnrolment: 'automatic',
      maxApiKeyLifetimeDays: 180,
      gatewayLeaseSeconds: 60,
      rotationGraceMaxSeconds: 604800,
      maxActiveKeysPerUser: 20,
      defaultKeyRateLimit: null,
      journal: 'denials',
      journalRetentionDays: 400,
    });
  });

  test('change member by member, with the version as ETag', async () => {
    const changed = await admin.patch(
      '/v1/settings/security',
      { maxApiKeyLifetimeDays: 90, journal: 'all' },
      { 'if-match': '"0"' },
    );
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"1"']);
    expect(changed.body).toMatchObject({ maxApiKeyLifetimeDays: 90, journal: 'all', gatewayLeaseSeconds: 60 });
    expect(code(await admin.patch('/v1/settings/security', { journal: 'off' }, { 'if-match': '"0"' }))).toEqual([
      412,
      'VERSION_CONFLICT',
    ]);
    expect((await admin.patch('/v1/settings/security', { journal: 'off' }, { 'if-match': '"9", "1"' })).status).toBe(
      200,
    );
    expect((await admin.get('/v1/settings/security')).body).toMatchObject({
      journal: 'off',
      maxApiKeyLifetimeDays: 90,
    });
  });

  test.each([
    ['maxApiKeyLifetimeDays', [1, 180], [0, 181, 1.5, '90', null]],
    ['gatewayLeaseSeconds', [5, 3600], [4, 3601]],
    ['rotationGraceMaxSeconds', [0, 2592000], [-1, 2592001]],
    ['maxActiveKeysPerUser', [1, 1000], [0, 1001]],
    ['journalRetentionDays', [1, 3650], [0, 3651]],
    ['apiKeyAuthenticationEnabled', [true, false], ['true', 1, null]],
    ['journal', ['off', 'denials', 'all'], ['some', null]],
    [
      'defaultKeyRateLimit',
      [{ requests: 100, seconds: 60 }, null],
      [{ requests: 0, seconds: 60 }, { requests: 1 }, { requests: 1, seconds: 1, burst: 1 }, 5],
    ],
  ])('%s takes %j and refuses %j', async (name, good, bad) => {
    for (const value of good)
      expect((await admin.patch('/v1/settings/security', { [name]: value })).body).toMatchObject({ [name]: value });
    for (const value of bad) expect((await admin.patch('/v1/settings/security', { [name]: value })).status).toBe(400);
  });

  test('are read and managed with a permission each', async () => {
    const reader = await createPerson(service, admin, { roles: [await createRole(admin, ['settings.read'])] });
    expect((await reader.client.get('/v1/settings/security')).status).toBe(200);
    const refused = await reader.client.patch('/v1/settings/security', {});
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'PERMISSION_DENIED', permissions: ['settings.manage'] },
    });
    const nobody = await createPerson(service, admin);
    expect((await nobody.client.get('/v1/settings/security')).status).toBe(403);
  });

  test('written by 12 at once end as the log says, each write one event or none', async () => {
    const days = Array.from({ length: 12 }, (_, n) => n + 1);
    const answers = await Promise.all(
      days.map((value) => admin.patch('/v1/settings/security', { maxApiKeyLifetimeDays: value })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    const last = answers.reduce((one, other) => (position(one) > position(other) ? one : other));
    expect((await admin.get('/v1/settings/security')).body).toEqual(last.body);
  });
});

const position = ({ headers }: { headers: Headers }): number => Number(headers.get('keyfold-position'));

describe('roles', () => {
  test('the catalogue and the built-in roles are those of the contract', async () => {
    const catalogue = (await admin.get('/v1/permissions?limit=200')).body['items'] as {
      permission: string;
      description: string;
    }[];
    expect(catalogue.map(({ permission }) => permission)).toEqual([...PERMISSIONS]);
    expect(catalogue.every(({ description }) => description.endsWith('.'))).toBe(true);
    const roles = (await admin.get('/v1/roles')).body['items'] as {
      name: string;
      permissions: string[];
      system: boolean;
    }[];
    const builtIn = new Map(roles.filter(({ system }) => system).map(({ name, permissions }) => [name, permissions]));
    expect(Object.fromEntries(builtIn)).toEqual({
      Administrator: [...PERMISSIONS],
      Auditor: ['settings.read', 'roles.read', 'audit.read'],
      Supervisor: ['api-keys.supervise'],
      'API Key Generate': ['api-key.generate'],
      'API Key Sign In': ['api-key.sign-in'],
    });
  });

  test('are created, read, changed and deleted', async () => {
    const created = await admin.post('/v1/roles', {
      name: 'Reporting',
      permissions: ['audit.read', 'settings.read', 'audit.read'],
    });
    expect(created.status).toBe(201);
    const { id, ...rest } = created.body;
    expect(rest).toEqual({
      name: 'Reporting',
      description: null,
      permissions: ['settings.read', 'audit.read'],
      system: false,
    });
    const path = `/v1/roles/${String(id)}`;
    const read = await admin.get(path);
    expect([read.status, read.headers.get('etag'), read.body]).toEqual([200, '"1"', created.body]);
    const changed = await admin.patch(path, { description: 'Monthly', permissions: [] }, { 'if-match': '"1"' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect(changed.body).toEqual({ ...created.body, description: 'Monthly', permissions: [] });
    expect((await admin.delete(path)).status).toBe(204);
    for (const gone of [await admin.get(path), await admin.patch(path, {})])
      expect(code(gone)).toEqual([404, 'NOT_FOUND']);
    expect((await admin.post('/v1/roles', { name: 'Reporting', permissions: [] })).status).toBe(201);
  });

  test('refuse a taken name (whatever its case), a system role, one that is held, a bad name', async () => {
    const held = await createRole(admin, ['roles.read']);
    await createPerson(service, admin, { roles: [held] });
    expect(code(await admin.post('/v1/roles', { name: 'auditor', permissions: [] }))).toEqual([409, 'ROLE_NAME_TAKEN']);
    expect(code(await admin.patch(`/v1/roles/${held}`, { name: 'Auditor' }))).toEqual([409, 'ROLE_NAME_TAKEN']);
    expect(code(await admin.patch('/v1/roles/auditor', { permissions: [] }))).toEqual([409, 'SYSTEM_ROLE']);
    expect(code(await admin.delete('/v1/roles/auditor'))).toEqual([409, 'SYSTEM_ROLE']);
    expect(code(await admin.delete(`/v1/roles/${held}`))).toEqual([409, 'ROLE_IN_USE']);
    for (const name of ['', 'a/b', 'x'.repeat(65), 'ü'])
      expect((await admin.post('/v1/roles', { name, permissions: [] })).status).toBe(400);
  });

  test('of one name created by 8 at once: one exists', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => admin.post('/v1/roles', { name: 'Contended', permissions: [] })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  test('give nobody more than who made them has', async () => {
    const manager = await createPerson(service, admin, {
      roles: [await createRole(admin, ['roles.manage', 'roles.read'])],
    });
    const { client } = manager;
    const refused = await client.post('/v1/roles', { name: 'Up', permissions: ['users.manage', 'roles.read'] });
    expect(refused).toMatchObject({ status: 403, body: { code: 'PERMISSION_DENIED', permissions: ['users.manage'] } });
    const own = await client.post('/v1/roles', { name: 'Same', permissions: ['roles.read'] });
    expect(own.status).toBe(201);
    const path = `/v1/roles/${String(own.body['id'])}`;
    expect((await client.patch(path, { permissions: ['roles.read', 'audit.read'] })).status).toBe(403);
    await admin.patch(path, { permissions: ['roles.read', 'audit.read'] });
    expect((await client.patch(path, { description: 'keeps what is there' })).status).toBe(200);
  });

  test('page without gaps or repeats while others are added', async () => {
    for (let n = 0; n < 5; n += 1) await createRole(admin, []);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<AdminClient['get']>> = await admin.get(
        `/v1/roles?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...(page.body['items'] as { id: string }[]).map(({ id }) => id));
      cursor = page.body['nextCursor'] as string | null;
      if (seen.length < 10) await createRole(admin, []);
    } while (cursor !== null);
    const all = (await admin.get('/v1/roles?limit=200')).body['items'] as { id: string }[];
    expect(seen).toEqual(all.map(({ id }) => id));
  });
});
