import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { differentRows, type RebuildReport } from '@keyfold/service-kit';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { BESIDE_MODELS, MODEL_TABLES } from './model-tables.js';
import { rebuildReadModels } from './rebuild-read-models.js';

let postgres: TestPostgres;
let database: TestDatabase;
let service: TestAdminService;
let admin: AdminClient;
let sql: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  service = await startTestAdminService({ database });
  sql = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  admin = await signInAdmin(service);
});
afterAll(async () => {
  await sql.end();
  await service.close();
  await postgres.stop();
});

const check = (): Promise<RebuildReport> => rebuildReadModels({ url: database.serviceUrl, replaces: false });
const rebuild = (): Promise<RebuildReport> => rebuildReadModels({ url: database.serviceUrl, replaces: true });

/** The tables as they are, with the use of keys. */
async function tables(): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const { columns, key, name, swept = [] } of MODEL_TABLES) {
    const { rows } = await sql.query(
      `select ${[...key, ...columns, ...swept].join(', ')} from keyfold.${name} order by ${key.join(', ')}`,
    );
    all[name] = rows;
  }
  all['uses'] = (await sql.query('select * from keyfold.key_uses order by created_position')).rows;
  return all;
}

const swept = (): Promise<void> =>
  eventually(async () => {
    const { rows } = await sql.query<{ is_due: boolean }>('select is_due from keyfold.key_list_sweeps');
    expect(rows[0]?.is_due).toBe(false);
  });

describe('with a history of roles, users, keys, an erasure and bulk revocations', () => {
  const ids = { role: '', user: '', keys: [] as string[] };
  beforeAll(async () => {
    ids.role = await createRole(admin, ['users.read', 'api-key.generate', 'api-key.sign-in']);
    expect((await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true })).status).toBe(200);
    const [ann, , cid] = await Promise.all(
      ['ann', 'ben', 'cid'].map((username) => createPerson(service, admin, { username, roles: [ids.role] })),
    );
    ids.user = ann?.id ?? '';
    const issue = async (person: Person | undefined, name: string): Promise<string> => {
      const answer = await person?.client.post('/v1/me/api-keys', { name, expiresInDays: 30 });
      expect(answer?.status).toBe(201);
      return String(answer?.body['id']);
    };
    for (let nth = 0; nth < 4; nth++) ids.keys.push(await issue(ann, `key ${nth}`));
    await issue(cid, "the erased person's");
    expect((await admin.post(`/v1/api-keys/${ids.keys[3]}/revoke`, { reason: 'KEY_COMPROMISE' })).status).toBe(200);
    for (const end of ['deactivate', 'erase'])
      expect((await admin.post(`/v1/users/${cid?.id}/${end}`)).status).toBe(200);
    const bulk = { filter: { issuedBefore: '2020-01-01T00:00:00.000Z' }, reason: 'UNSPECIFIED' };
    expect((await admin.post('/v1/api-keys/revoke', bulk)).status).toBeLessThan(300);
    await swept();
  });

  test('the fold of the log is what the tables hold', async () => {
    const report = await check();
    expect(differentRows(report)).toBe(0);
    expect(report.records).toBe(
      Number((await sql.query<{ size: string }>('select size from keyfold.log_head')).rows[0]?.size),
    );
    expect(report.tables.find(({ table }) => table === 'api_keys')?.rows).toBe(5);
  });

  test('rows that were altered, added and taken away are named, and then replaced while the service runs', async () => {
    const [first = '', second = '', third = '', revoked = ''] = ids.keys;
    await sql.query(
      `update keyfold.key_uses u set last_use = '2026-01-02T03:04:05Z' from keyfold.api_keys k
                     where k.key_id = $1 and u.created_position = k.created_position`,
      [second],
    );
    const before = await tables();
    const alter = async (text: string, values: unknown[] = []): Promise<void> => {
      expect((await sql.query(text, values)).rowCount).toBeGreaterThan(0);
    };
    await alter(
      `update keyfold.api_keys set is_revoked = false, state = jsonb_set(state, '{revokedAtMs}', 'null') where key_id = $1`,
      [revoked],
    );
    await alter('update keyfold.api_keys set own_expires_at_ms = own_expires_at_ms + 1 where key_id = $1', [first]);
    await alter('delete from keyfold.api_keys where key_id = $1', [second]);
    await alter(
      `insert into keyfold.role_grants (user_id, role_id) select $1, role_id from keyfold.roles where name = 'Administrator'`,
      [ids.user],
    );
    await alter(`update keyfold.users set username = 'bea' where username = 'ben'`);
    await alter(`update keyfold.users set username = 'ben' where username = 'ann'`);
    await alter(`update keyfold.settings set state = jsonb_set(state, '{settings,maxApiKeyLifetimeDays}', '9999')`);
    await alter('delete from keyfold.roles where role_id = $1', [ids.role]);

    const named = (report: RebuildReport): string[] =>
      report.tables.flatMap(({ different, table }) => different.map(({ what }) => `${table} ${what}`)).sort();
    const report = await check();
    expect(named(report)).toEqual([
      'api_keys differs in is_revoked, state',
      'api_keys differs in own_expires_at_ms',
      'api_keys is missing',
      'role_grants is not in the log',
      'roles is missing',
      'settings differs in state',
      'users differs in username',
      'users differs in username',
    ]);
    // A check changes nothing.
    expect(named(await check())).toEqual(named(report));
    const [replaced, written] = await Promise.all([rebuild(), createPerson(service, admin, { username: 'dan' })]);
    expect([replaced.isReplaced, named(replaced)]).toEqual([true, named(report)]);
    await swept();
    expect(differentRows(await check())).toBe(0);
    const after = await tables();
    const users = (after['users'] as { user_id: string }[]).filter(({ user_id: id }) => id !== written.id);
    expect({ ...after, users }).toEqual(before);
    expect((await admin.get(`/v1/api-keys/${third}`)).status).toBe(200);
  });

  test('counts of keys that were altered are named, and put right while keys are written', async () => {
    const { rowCount } = await sql.query(
      `insert into keyfold.key_count_changes (measure, list_class, bucket, keys) values ('issued', '', 2900, 5), ('ends', 'live', 1, -1)`,
    );
    expect(rowCount).toBe(2);
    const counts = (report: RebuildReport): unknown =>
      report.tables.find(({ table }) => table === 'key_counts')?.different;
    const named = [
      { row: '["ends","live",1]', what: 'differs in keys' },
      { row: '["issued","",2900]', what: 'differs in keys' },
    ];
    expect(counts(await check())).toEqual(named);
    const issues = Array.from({ length: 5 }, () => admin.post(`/v1/users/${ids.user}/api-keys`, {}));
    expect(counts(await rebuild())).toEqual(named);
    for (const { status } of await Promise.all(issues)) expect(status).toBe(201);
    expect(differentRows(await check())).toBe(0);
  });

  test('a log that was altered itself is refused, and nothing is replaced by it', async () => {
    const before = await tables();
    const { rows } = await sql.query<{ position: string; value: string }>(
      `select position, value from keyfold.openings where field = 'username' order by position limit 1`,
    );
    const [opening] = rows;
    const superuser = new pg.Client({ connectionString: postgres.url(database.name) });
    await superuser.connect();
    const set = (value: string): Promise<unknown> =>
      superuser.query(
        `set session_replication_role = replica; update keyfold.openings set value = ${pg.escapeLiteral(value)} where field = 'username' and position = ${opening?.position}`,
      );
    await set('"mallory"');
    await expect(rebuild()).rejects.toMatchObject({ name: 'LogDamagedError' });
    await set(opening?.value ?? '');
    await superuser.query(`delete from keyfold.openings where field = 'username' and position = ${opening?.position}`);
    await expect(rebuild()).rejects.toThrow(/is missing, and was not erased/);
    await superuser.end();
    expect(await tables()).toEqual(before);
  });
});

test('every column of a read model is compared, or said not to be the log’s', async () => {
  const { rows } = await sql.query<{ table_name: string; column_name: string; is_generated: string }>(
    `select table_name, column_name, is_generated from information_schema.columns where table_schema = 'keyfold'`,
  );
  for (const { columns, key, name, swept = [] } of MODEL_TABLES) {
    const own = rows.filter((row) => row.table_name === name && row.is_generated === 'NEVER');
    expect(own.map((row) => row.column_name).sort()).toEqual([...key, ...columns, ...swept].sort());
  }
  for (const name of BESIDE_MODELS) expect(rows.some((row) => row.table_name === name)).toBe(true);
});
