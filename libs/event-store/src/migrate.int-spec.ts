import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { checkMigrated, createPool, LOG_SCHEMA, logMigrationsDir, migrateDatabase } from './index.js';

let postgres: TestPostgres;
let migrations: string[];
beforeAll(async () => {
  postgres = await startTestPostgres();
  migrations = await readdir(logMigrationsDir);
});
afterAll(() => postgres.stop());

function migrate(database: TestDatabase, options: { count?: number } = {}): Promise<void> {
  return migrateDatabase({ url: database.ownerUrl, schema: LOG_SCHEMA, migrationsDir: logMigrationsDir, ...options });
}

async function query(database: TestDatabase, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

// Everything a migration makes that this library uses, as text.
async function shapeOf(database: TestDatabase): Promise<unknown> {
  const columns = await query(
    database,
    `select table_name, column_name, data_type, is_nullable, column_default
     from information_schema.columns where table_schema = 'keyfold' and table_name not like 'migrations%' order by 1, 2`,
  );
  const constraints = await query(
    database,
    `select conname, pg_get_constraintdef(oid) as definition from pg_constraint
     where connamespace = 'keyfold'::regnamespace and conrelid::regclass::text not like '%migrations%' order by 1, 2`,
  );
  const triggers = await query(
    database,
    `select pg_get_triggerdef(oid) as definition from pg_trigger where not tgisinternal order by 1`,
  );
  const functions = await query(
    database,
    `select pg_get_functiondef(oid) as definition from pg_proc where pronamespace = 'keyfold'::regnamespace order by 1`,
  );
  return { columns, constraints, triggers, functions };
}

const applied = async (database: TestDatabase): Promise<unknown[]> =>
  (await query(database, 'select name from keyfold.migrations_event_store order by id')).map(({ name }) => name);

test('the migrations are numbered without gaps and only go up', () => {
  expect(migrations.map((name) => Number(name.slice(0, 4)))).toEqual(migrations.map((_, nth) => nth + 1));
  expect(migrations.every((name) => name.endsWith('.sql'))).toBe(true);
});

test('a database of any earlier version ends as an empty one does', async () => {
  const fresh = await postgres.createDatabase();
  await migrate(fresh);
  const expected = await shapeOf(fresh);
  for (let count = 1; count < migrations.length; count += 1) {
    const older = await postgres.createDatabase();
    await migrate(older, { count });
    expect(await applied(older)).toHaveLength(count);
    await migrate(older);
    expect(await shapeOf(older)).toEqual(expected);
  }
  expect(await applied(fresh)).toEqual(migrations.map((name) => name.replace('.sql', '')));
  await migrate(fresh);
  expect(await applied(fresh)).toHaveLength(migrations.length);
});

test('of several migrators at once each ends well and each migration ran once', async () => {
  const database = await postgres.createDatabase();
  await Promise.all([1, 2, 3, 4].map(() => migrate(database)));
  expect(await applied(database)).toHaveLength(migrations.length);
});

test('the schema may exist already, made for a role that may not make schemas', async () => {
  const database = await postgres.createDatabase();
  const admin = new pg.Client({ connectionString: postgres.url(database.name) });
  await admin.connect();
  await admin.query('create schema keyfold authorization keyfold_owner');
  await admin.query(`alter database ${database.name} owner to postgres`);
  await admin.end();
  await expect(query(database, 'create schema other')).rejects.toMatchObject({ code: '42501' });
  await migrate(database);
  expect(await applied(database)).toHaveLength(migrations.length);
});

test('a migration that fails leaves what ran before it and nothing of itself; the next run goes on there', async () => {
  const database = await postgres.createDatabase();
  const dir = await mkdtemp(join(tmpdir(), 'keyfold-migrations-'));
  const run = (): Promise<void> =>
    migrateDatabase({ url: database.ownerUrl, schema: 'own', migrationsDir: dir, migrationsTable: 'migrations_own' });
  try {
    await writeFile(join(dir, '0001_first.sql'), 'create table own.first (id integer);');
    await writeFile(join(dir, '0002_second.sql'), 'create table own.second (id integer); select 1 / 0;');
    await expect(run()).rejects.toMatchObject({ code: '22012' });
    const tables = `select table_name from information_schema.tables where table_schema = 'own' order by 1`;
    expect(await query(database, tables)).toEqual([{ table_name: 'first' }, { table_name: 'migrations_own' }]);
    await writeFile(join(dir, '0002_second.sql'), 'create table own.second (id integer);');
    await run();
    expect(await query(database, tables)).toHaveLength(3);
    await writeFile(join(dir, '0001a_between.sql'), 'create table own.between (id integer);');
    await expect(run()).rejects.toThrow('preceding already run migration');
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('a schema that a newer version has migrated is refused, and so is one that still has to be migrated', async () => {
  const database = await postgres.createDatabase();
  const dir = await mkdtemp(join(tmpdir(), 'keyfold-migrations-'));
  const schema = { schema: 'own', migrationsDir: join(dir, 'part', 'migrations') };
  const table = 'own.migrations_part';
  const run = (): Promise<void> => migrateDatabase({ url: database.ownerUrl, ...schema });
  const pool = createPool({ url: database.serviceUrl });
  const check = (): Promise<void> => checkMigrated(pool, schema);
  try {
    await mkdir(schema.migrationsDir, { recursive: true });
    await writeFile(join(schema.migrationsDir, '0001_first.sql'), 'create table own.first (id integer);');
    await expect(check()).rejects.toThrow('run its migration first');
    await run();
    await query(database, 'grant usage on schema own to keyfold_service');
    await check();
    await writeFile(join(schema.migrationsDir, '0002_second.sql'), 'create table own.second (id integer);');
    await expect(check()).rejects.toThrow('0002_second has not run');
    await run();
    await query(database, `comment on table ${table} is '0002_second needs Keyfold 9.1.0'`);
    await rm(join(schema.migrationsDir, '0002_second.sql'));
    const newer = { name: 'StoreRefusedError', message: expect.stringContaining('start version 9.1.0 or a newer one') };
    await expect(check()).rejects.toMatchObject(newer);
    await expect(run()).rejects.toMatchObject(newer);
    // The newer version died before it could note itself.
    await query(database, `comment on table ${table} is '0001_first needs Keyfold 9.0.0'`);
    await expect(run()).rejects.toThrow('(0002_second), and this is');
  } finally {
    await pool.end();
    await rm(dir, { recursive: true });
  }
});
