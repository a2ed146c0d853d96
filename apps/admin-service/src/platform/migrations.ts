import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import {
  checkMigrated,
  createPool,
  grantLogAccess,
  grantTableAccess,
  inPackage,
  LOG_SCHEMA,
  logMigrationsDir,
  migrateDatabase,
} from '@keyfold/event-store';

/**
 * Brings the schema of the log and of the read models up to date, and gives the service's role its rights. Several at
 * once wait for one another. Migrates nothing and changes no right if a newer version has been there.
 *
 * @param options.ownerUrl the role that owns the schema or may create it
 * @param options.serviceUrl the role that the service runs with; only its name is used
 */
export async function runMigrations(options: {
  ownerUrl: string;
  serviceUrl: string;
  log: (line: string) => void;
}): Promise<void> {
  const { ownerUrl, serviceUrl, log } = options;
  for (const migrationsDir of migrationsDirs())
    await migrateDatabase({ url: ownerUrl, schema: LOG_SCHEMA, migrationsDir, log });
  const serviceRole = decodeURIComponent(new URL(serviceUrl).username);
  if (serviceRole === '' || serviceRole === decodeURIComponent(new URL(ownerUrl).username)) return;
  const owner = createPool({ url: ownerUrl, max: 1, applicationName: 'keyfold-migrate' });
  try {
    await grantLogAccess(owner, serviceRole);
    await grantTableAccess(owner, serviceRole, { schema: LOG_SCHEMA, tables: await ownTables(owner) });
  } finally {
    await owner.end();
  }
}

/**
 * Decides whether the database fits this version, whoever has migrated it.
 *
 * @throws StoreRefusedError if it is older or newer; says which version or step is needed
 */
export async function checkMigrations(pool: pg.Pool): Promise<void> {
  for (const migrationsDir of migrationsDirs()) await checkMigrated(pool, { schema: LOG_SCHEMA, migrationsDir });
}

const OWN_MIGRATIONS = inPackage('apps/admin-service/migrations');

const migrationsDirs = (): string[] => [logMigrationsDir, OWN_MIGRATIONS];

/** The tables that our own migrations made and that are still there. The log's are not among them: it grants less. */
async function ownTables(owner: pg.Pool): Promise<string[]> {
  const files = (await readdir(OWN_MIGRATIONS)).filter((file) => file.endsWith('.sql'));
  const texts = await Promise.all(files.map((file) => readFile(join(OWN_MIGRATIONS, file), 'utf8')));
  const made = texts.flatMap((text) =>
    Array.from(text.matchAll(/\bcreate table keyfold\.(\w+)/gi), ([, name]) => name),
  );
  const { rows } = await owner.query<{ name: string }>(selectTables, [LOG_SCHEMA, made]);
  return rows.map(({ name }) => name);
}

const selectTables =
  'select tablename as name from pg_tables where schemaname = $1::text and tablename = any($2::text[])';

/**
 * Whether the role of the pool may migrate: a service that was given no owner's URL either is the owner or was migrated
 * by somebody else.
 */
export async function mayMigrate(pool: pg.Pool): Promise<boolean> {
  const result = await pool.query<{ may_migrate: boolean }>(selectMayMigrate, [LOG_SCHEMA]);
  return result.rows[0]?.may_migrate ?? false;
}

const selectMayMigrate = `
  select coalesce(
    (select has_schema_privilege(n.oid, 'create') from pg_namespace n where n.nspname = $1::text),
    has_database_privilege(current_database(), 'create')
  ) as may_migrate`;
