import 'reflect-metadata';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type AdminServiceOptions, startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, PASSWORD, signInAdmin } from '@keyfold/testing/signed-in';

let postgres: TestPostgres;
let dir: string;
const running: TestAdminService[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  dir = await mkdtemp(join(tmpdir(), 'keyfold-bootstrap-'));
});
afterAll(async () => {
  await Promise.all(running.map((service) => service.close()));
  await postgres.stop();
  await rm(dir, { recursive: true });
});

const start = async (options: AdminServiceOptions): Promise<TestAdminService> => {
  const service = await startTestAdminService(options);
  running.push(service);
  return service;
};
const stop = async (service: TestAdminService): Promise<void> => {
  running.splice(running.indexOf(service), 1);
  await service.close();
};
const types = async (database: TestDatabase): Promise<string[]> => {
  const sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
  const { rows } = await sql.query<{ type: string }>('select type from keyfold.events order by position');
  await sql.end();
  return rows.map(({ type }) => type);
};
const FIRST_RECORDS = [...Array<string>(5).fill('RoleCreated'), 'UserCreated', 'UserPasswordSet', 'RoleGranted'];

test('three replicas that start at once on an empty database make one administrator and each role once', async () => {
  const database = await postgres.createDatabase();
  const secrets = { sharedSecret: 's'.repeat(40), logSigningKey: '', adminPassword: PASSWORD };
  const seed = await startTestAdminService({ database: await postgres.createDatabase() });
  secrets.logSigningKey = seed.logSigningKey;
  await seed.close();
  const replicas = await Promise.all([1, 2, 3].map(() => start({ database, secrets })));
  expect(await types(database)).toEqual(FIRST_RECORDS);
  expect(replicas.filter(({ service }) => service.firstAdministrator !== null)).toHaveLength(1);
  const token = (await new AdminClient(replicas[0]?.url ?? '').signIn('admin', PASSWORD)).token;
  for (const { url } of replicas)
    expect((await new AdminClient(url, token).get('/v1/me')).body).toMatchObject({ username: 'admin' });
});

describe('a second start', () => {
  test('adds no record, ignores another password, and does not give back what was taken from the first administrator', async () => {
    const database = await postgres.createDatabase();
    const first = await start({ database });
    const admin = await signInAdmin(first);
    const second = await createPerson(first, admin, { roles: ['administrator'] });
    await second.client.delete('/v1/users/first-administrator/roles/administrator');
    const before = await types(database);
    await stop(first);
    const again = await start({ database, secrets: { ...first, adminPassword: 'another first password' } });
    expect(await types(database)).toEqual(before);
    expect(again.service.firstAdministrator).toBeNull();
    const demoted = await new AdminClient(again.url).signIn('admin', first.adminPassword);
    expect((await demoted.get('/v1/me')).body).toMatchObject({ permissions: [] });
  });

  test('brings a session that was open back', async () => {
    const database = await postgres.createDatabase();
    const first = await start({ database });
    const { token } = await signInAdmin(first);
    await stop(first);
    const again = await start({ database, secrets: first });
    expect((await new AdminClient(again.url, token).get('/v1/me')).status).toBe(200);
  });
});

describe('the first password', () => {
  const generated = { KEYFOLD_ADMIN_PASSWORD: '' };

  test('is generated and kept in a file that only its owner can read', async () => {
    const dataDir = join(dir, 'kept');
    const service = await start({
      database: await postgres.createDatabase(),
      env: { ...generated, KEYFOLD_DATA_DIR: dataDir },
    });
    const file = join(dataDir, 'admin-password');
    expect(service.service.firstAdministrator).toEqual({ username: 'admin', passwordFile: file, passwordToShow: null });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const password = (await readFile(file, 'utf8')).trim();
    expect(password.length).toBeGreaterThanOrEqual(20);
    expect((await new AdminClient(service.url).signIn('admin', password)).token).toBeDefined();
  });

  test('is the one in the file if a crash left it there before the user was made', async () => {
    await writeFile(join(dir, 'admin-password'), 'left by the crash\n');
    const service = await start({
      database: await postgres.createDatabase(),
      env: { ...generated, KEYFOLD_DATA_DIR: dir },
    });
    expect((await new AdminClient(service.url).signIn('admin', 'left by the crash')).token).toBeDefined();
  });

  test('is handed over to be shown if there is nowhere to keep it; the name is configured', async () => {
    const env = { ...generated, KEYFOLD_ADMIN_USERNAME: 'Root' };
    const service = await start({ database: await postgres.createDatabase(), env });
    const { firstAdministrator } = service.service;
    expect(firstAdministrator).toEqual({ username: 'root', passwordFile: null, passwordToShow: expect.any(String) });
    expect(
      (await new AdminClient(service.url).signIn('root', firstAdministrator?.passwordToShow ?? '')).token,
    ).toBeDefined();
  });
});

describe('the service does not start', () => {
  const attempt = async (env: Record<string, string>): Promise<unknown> =>
    start({ database: await postgres.createDatabase(), env });

  test.each([
    [{ KEYFOLD_ADMIN_USERNAME: 'a:b' }, 'KEYFOLD_ADMIN_USERNAME'],
    [{ KEYFOLD_LOG_SIGNING_KEY: 'PRIVATE+KEY+nonsense' }, 'KEYFOLD_LOG_SIGNING_KEY'],
    [{ KEYFOLD_LOG_ORIGIN: 'another.log' }, 'KEYFOLD_LOG_ORIGIN'],
    [{ KEYFOLD_SHARED_SECRET: 'short' }, 'KEYFOLD_SHARED_SECRET'],
  ])('with %j, and says which variable is wrong without repeating it', async (env, name) => {
    const error = await attempt(env).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain(name);
    expect(String(error)).not.toContain('nonsense');
  });

  test('on a port that is taken', async () => {
    const service = await start({ database: await postgres.createDatabase() });
    await expect(attempt({ KEYFOLD_ADMIN_PORT: new URL(service.url).port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  test('on a log whose last record was changed', async () => {
    const database = await postgres.createDatabase();
    const first = await start({ database });
    await stop(first);
    const sql = new pg.Pool({ connectionString: postgres.url(database.name), max: 1 });
    await sql.query('alter table keyfold.events disable trigger all');
    await sql.query(
      `update keyfold.events set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'system', 'sysadm'), 'UTF8')`,
    );
    await sql.end();
    await expect(start({ database, secrets: first })).rejects.toMatchObject({ name: 'StoreRefusedError' });
  });

  test('on a schema of a newer version, whether it may migrate or not', async () => {
    const database = await postgres.createDatabase();
    const first = await start({ database });
    await stop(first);
    const sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
    await sql.query(`insert into keyfold.migrations_admin_service (name, run_on) values ('0999_later', now())`);
    await sql.query(`comment on table keyfold.migrations_admin_service is '0999_later needs Keyfold 9.1.0'`);
    await sql.end();
    const migrating = {};
    const migratedByOthers = { KEYFOLD_DATABASE_OWNER_URL: '' };
    for (const env of [migrating, migratedByOthers])
      await expect(start({ database, secrets: first, env })).rejects.toMatchObject({
        name: 'StoreRefusedError',
        message: expect.stringContaining('start version 9.1.0 or a newer one'),
      });
  });

  test('with its own role, cannot change the log', async () => {
    const database = await postgres.createDatabase();
    await start({ database });
    const sql = new pg.Pool({ connectionString: database.serviceUrl, max: 1 });
    for (const statement of [
      'update keyfold.events set actor = actor',
      'delete from keyfold.events',
      'delete from keyfold.openings',
      'truncate keyfold.events',
    ])
      await expect(sql.query(statement)).rejects.toMatchObject({ code: '42501' });
    await sql.end();
  });
});
