import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { grantLogAccess, LOG_SCHEMA, logMigrationsDir, migrateDatabase } from '@keyfold/event-store';
import { withFileLock } from '@keyfold/file-lock';
import { type LocalPostgres, startPostgres } from '@keyfold/local-servers';

export const OWNER_ROLE = 'keyfold_owner';
export const SERVICE_ROLE = 'keyfold_service';
/** Has the log's schema and the service's grants; databases are copied from it. */
export const LOG_TEMPLATE = 'keyfold_log_template';

/**
 * Puts a cluster into an empty data directory, with the roles of tests and {@link LOG_TEMPLATE}. One run of the tests
 * makes it once and copies it for each file, because initdb and migrations take longer than many a test.
 *
 * @returns the password of both roles
 */
export async function prepareCluster(dataDir: string): Promise<string> {
  const runFolder = process.env['TEST_RUN_FOLDER'];
  const template = runFolder === undefined ? undefined : await templateOfRun(runFolder);
  if (template === undefined) await makeCluster(dataDir);
  else await run('cp', ['-a', ...PARTS.map((part) => join(template, part)), dataDir]);
  return readFile(join(dataDir, ROLE_PASSWORD), 'utf8');
}

const run = promisify(execFile);
const ROLE_PASSWORD = 'role-password';
/** All of a data directory but its locks. */
const PARTS = ['postgres', 'postgres-password', ROLE_PASSWORD];

/** Undefined where Postgres cannot reach the folder as the user it runs as: its cluster is made elsewhere then. */
async function templateOfRun(runFolder: string): Promise<string | undefined> {
  const template = join(runFolder, 'postgres-template');
  await withFileLock(`${template}.lock`, 300_000, async () => {
    if (existsSync(template)) return;
    const partial = `${template}.new`;
    await mkdir(partial);
    await chmod(partial, 0o755);
    await makeCluster(partial);
    await rename(partial, template);
  });
  return existsSync(join(template, 'postgres')) ? template : undefined;
}

async function makeCluster(dataDir: string): Promise<void> {
  const password = randomBytes(18).toString('hex');
  await writeFile(join(dataDir, ROLE_PASSWORD), password, { mode: 0o600 });
  const server = await startPostgres({ dataDir, fast: true });
  try {
    await asSuperuser(server, [
      ...[OWNER_ROLE, SERVICE_ROLE].map((role) => `create role ${role} login password '${password}'`),
      `create database ${LOG_TEMPLATE} owner ${OWNER_ROLE}`,
    ]);
    const url = new URL(server.superuserUrl(LOG_TEMPLATE));
    Object.assign(url, { username: OWNER_ROLE, password });
    await migrateDatabase({ url: url.href, schema: LOG_SCHEMA, migrationsDir: logMigrationsDir });
    const owner = new pg.Pool({ connectionString: url.href, max: 1 });
    // A pool has ended before its connections are closed, and they may still hear that the server stops.
    owner.on('error', () => undefined);
    await grantLogAccess(owner, SERVICE_ROLE);
    await owner.end();
  } finally {
    // Not immediate: each copy would begin with a recovery.
    await server.stop('fast');
  }
}

export async function asSuperuser(server: LocalPostgres, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.superuserUrl('postgres') });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
