import { basename, dirname } from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { inPackage } from './package-root.js';
import { checkSchemaVersion, noteVersion, refuseNewerSchema } from './schema-version.js';
import { applySettings } from './session-settings.js';

/** Where the log's own migrations lie. They belong into schema {@link LOG_SCHEMA}. */
export const logMigrationsDir: string = inPackage('libs/event-store/migrations');

/** The schema of the log; the SQL of this library names it in full, so no search path can lead elsewhere. */
export const LOG_SCHEMA = 'keyfold';

export interface MigrateOptions {
  /** A role that owns the schema, or may create it. A connection that keeps its session: the lock belongs to it. */
  readonly url: string;
  readonly schema: string;
  /** Numbered `.sql` files; append-only. */
  readonly migrationsDir: string;
  /** Table that remembers what has run; by default named after the folder that holds the migrations' folder. */
  readonly migrationsTable?: string;
  /** Run at most this many; tests stop at each earlier version by it. */
  readonly count?: number;
  readonly log?: (line: string) => void;
}

/**
 * Runs the migrations that have not run yet, each in a transaction of its own. Of several migrators on one database one
 * works and the others wait; killed in between, the next start goes on after the last migration that committed.
 *
 * @throws StoreRefusedError if a newer version has migrated the schema; names the version needed
 */
export async function migrateDatabase(options: MigrateOptions): Promise<void> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'keyfold-migrate',
  });
  // Whatever ends the connection also fails the statement that runs on it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await applySettings(client, {
      // Also bounds the wait for the migrators' lock.
      lock_timeout: '60s',
      // A migrator that stops must not keep its locks from services and other migrators.
      idle_in_transaction_session_timeout: '60s',
    });
    const log = options.log ?? (() => undefined);
    const { migrationsDir, schema } = options;
    const table = options.migrationsTable ?? defaultTable(migrationsDir);
    await refuseNewerSchema(client, { schema, migrationsDir, table });
    await runner({
      dbClient: client,
      direction: 'up',
      dir: migrationsDir,
      schema,
      // Not `if not exists` in any case: that demands the right to create schemas even where it exists.
      createSchema: !(await hasSchema(client, schema)),
      migrationsTable: table,
      advisoryLockMode: 'wait',
      checkOrder: true,
      ...(options.count === undefined ? {} : { count: options.count }),
      logger: { info: log, warn: log, error: log },
    });
    if (options.count === undefined) await noteVersion(client, { schema, migrationsDir, table });
  } finally {
    await client.end();
  }
}

/**
 * Decides whether a schema that others migrate fits this version.
 *
 * @throws StoreRefusedError if it is older or newer; says what is needed
 */
export function checkMigrated(pool: pg.Pool, options: Pick<MigrateOptions, 'schema' | 'migrationsDir'>): Promise<void> {
  return checkSchemaVersion(pool, { ...options, table: defaultTable(options.migrationsDir) });
}

async function hasSchema(client: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await client.query('select true from pg_namespace where nspname = $1::text', [schema]);
  return rows.length > 0;
}

function defaultTable(migrationsDir: string): string {
  const owner = basename(dirname(migrationsDir)).replaceAll(/[^a-z0-9]+/g, '_');
  return `migrations_${owner}`;
}
