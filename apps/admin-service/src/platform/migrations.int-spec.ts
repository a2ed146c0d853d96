import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { inPackage, LOG_SCHEMA, logMigrationsDir, migrateDatabase } from '@keyfold/event-store';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { runMigrations } from './migrations.js';

let postgres: TestPostgres;
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  await migrate(logMigrationsDir);
});
afterAll(async () => {
  await client.end();
  await postgres.stop();
});

function migrate(migrationsDir: string, options: { count?: number } = {}): Promise<void> {
  return migrateDatabase({ url: database.ownerUrl, schema: LOG_SCHEMA, migrationsDir, ...options });
}

const insertKey = `
  insert into keyfold.api_keys (
    key_id, stream_version, created_position, user_id, created_at_ms, is_pending, is_revoked, state, list_class, supervisor_id
  )
  values ($1, 1, $2, 'u1', 0, false, false, $3, $4, 's1')`;

test('last uses move to a table of their own, and every key has a row there from then on', async () => {
  const migrationsDir = inPackage('apps/admin-service/migrations');
  await migrate(migrationsDir, { count: 11 });
  const issued = JSON.stringify({ status: 'issued', secretHash: 'h' });
  await client.query(insertKey, ['used', 1, issued, 'live']);
  await client.query(insertKey, ['unused', 2, issued, 'over']);
  await client.query(insertKey, ['erased', 3, JSON.stringify({ status: 'issued', secretHash: null }), 'revoked']);
  const at = new Date('2026-01-01T00:00:00.123Z');
  await client.query(
    `update keyfold.api_keys set last_used_at = $1, last_used_address = '192.0.2.7', last_used_surface = 'me' where key_id = 'used'`,
    [at],
  );
  await migrate(migrationsDir);
  await client.query(insertKey, ['new', 4, issued, 'pending']);
  await client.query(`update keyfold.api_keys set list_class = 'live', supervisor_id = null where key_id = 'new'`);
  const { rows } = await client.query(`
    select k.key_id, nullif(u.last_use, '-infinity') as at, host(u.last_used_address) as address, u.last_used_surface as surface,
      u.is_erased, u.list_class, u.supervisor_id
    from keyfold.api_keys k
    left join keyfold.key_uses u using (created_position)
    order by created_position`);
  const never = { at: null, address: null, surface: null, is_erased: false, supervisor_id: 's1' };
  expect(rows).toEqual([
    { ...never, key_id: 'used', at, address: '192.0.2.7', surface: 'me', list_class: 'live' },
    { ...never, key_id: 'unused', list_class: 'over' },
    { ...never, key_id: 'erased', is_erased: true, list_class: 'revoked' },
    { ...never, key_id: 'new', list_class: 'live', supervisor_id: null },
  ]);
});

test('keys that were there before are counted by the migration, and each that comes by the row', async () => {
  const { ownerUrl } = await postgres.createDatabase();
  const migrationsDir = inPackage('apps/admin-service/migrations');
  const before = { url: ownerUrl, schema: LOG_SCHEMA };
  await migrateDatabase({ ...before, migrationsDir: logMigrationsDir });
  await migrateDatabase({ ...before, migrationsDir, count: 19 });
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    const hour = 3_600_000;
    const insert = (keyId: string, position: number, listClass: string, state: object): Promise<unknown> =>
      owner.query(
        `insert into keyfold.api_keys (
           key_id, stream_version, created_position, user_id, created_at_ms, is_pending, is_revoked, state, list_class, ends_at_ms
         )
         values ($1, 1, $2, 'u1', $3, false, $4, $5, $6, $7)`,
        [keyId, position, 500_000 * hour, listClass === 'revoked', state, listClass, 500_100 * hour],
      );
    await insert('live', 1, 'live', {});
    await insert('used', 2, 'live', {});
    await insert('revoked', 3, 'revoked', { revokedAtMs: 500_200 * hour });
    await insert('bulk', 4, 'revoked', {});
    await owner.query(
      `update keyfold.key_uses set last_use = to_timestamp(500050 * 3600 + 7) where created_position = 2`,
    );
    await owner.query(`
      insert into keyfold.bulk_revocation_records (position, user_id, issued_before_ms, at_ms, reason)
      values (9, '', null, 500400 * ${hour}::bigint, 'UNSPECIFIED')`);
    await migrateDatabase({ ...before, migrationsDir });
    const counted = async (): Promise<unknown[]> => {
      const { rows } = await owner.query<{ cell: string }>(
        `select concat_ws(' ', measure, nullif(list_class, ''), bucket, sum(keys)) as cell
         from (select * from keyfold.key_counts union all select * from keyfold.key_count_changes) as c
         group by measure, list_class, bucket
         having sum(keys) <> 0
         order by 1`,
      );
      return rows.map(({ cell }) => cell);
    };
    const cells = ['idle live 500000 1', 'idle live 500050 1', 'issued 2975 4', 'made live 500000 2'];
    expect(await counted()).toEqual(
      [
        ...[...cells, 'ends live 500100 2', 'ends revoked 0 2', 'revoked 2976 1', 'revoked 2978 1'],
        'unrevoked 20833 2',
      ].sort(),
    );
    await owner.query(`update keyfold.api_keys set list_class = 'over' where key_id = 'used'`);
    await insert('new', 5, 'live', {});
    await owner.query(`delete from keyfold.api_keys where key_id = 'bulk'`);
    expect(await counted()).toEqual(
      [
        ...['idle live 500000 2', 'issued 2975 4', 'made live 500000 2', 'ends live 500100 2', 'ends over 0 1'],
        ...['ends revoked 0 1', 'revoked 2976 1', 'unrevoked 20833 3'],
      ].sort(),
    );
  } finally {
    await owner.end();
  }
});

test('the service writes rows in every table that is not the log’s, and in few of those', async () => {
  const { ownerUrl, serviceUrl } = await postgres.createDatabase();
  await runMigrations({ ownerUrl, serviceUrl, log: () => undefined });
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    const role = new URL(serviceUrl).username;
    const { rows } = await owner.query<{ name: string }>(
      `select c.relname as name from pg_class c
       where c.relnamespace = 'keyfold'::regnamespace and c.relkind = 'r' and not (
         has_table_privilege($1, c.oid, 'insert') and has_table_privilege($1, c.oid, 'update')
         and has_table_privilege($1, c.oid, 'delete'))
       order by 1`,
      [role],
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'cosigned_checkpoints',
      'erased_openings',
      'events',
      'log_head',
      'migrations_admin_service',
      'migrations_event_store',
      'openings',
      'signed_checkpoints',
      'tiles',
    ]);
  } finally {
    await owner.end();
  }
});
