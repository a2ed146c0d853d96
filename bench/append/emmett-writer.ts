import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Writer } from './payload.js';
import { ACTOR, CORRELATION_ID, EVENT } from './payload.js';

// Without a licence, so never a dependency: fetched into a scratch folder for this run alone.
const PACKAGE = '@event-driven-io/emmett-postgresql';
const VERSION = '0.42.0';
const INSTALL_TIMEOUT_MS = 120_000;

/** The few members of the package that are used here. */
export interface Emmett {
  getPostgreSQLEventStore(
    connectionString: string,
    options: { connectionOptions: { pool: pg.Pool } },
  ): {
    schema: { migrate(): Promise<unknown> };
    appendToStream(
      stream: string,
      events: object[],
      options: { expectedStreamVersion: bigint | string },
    ): Promise<unknown>;
    close(): Promise<void>;
  };
}

/** @throws Error with one sentence if the package cannot be had */
export async function fetchEmmett(folder: string): Promise<Emmett> {
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local)/.test(name)),
  );
  try {
    const options = { cwd: folder, env, timeout: INSTALL_TIMEOUT_MS };
    await promisify(execFile)('npm', [...args, `${PACKAGE}@${VERSION}`], options);
  } catch {
    throw new Error(`${PACKAGE} ${VERSION} could not be fetched`);
  }
  const entry = join(folder, 'node_modules', PACKAGE, 'dist', 'index.js');
  // Fetched at run time, so the compiler cannot know its types.
  return (await import(pathToFileURL(entry).href)) as Emmett;
}

export async function openEmmett(
  emmett: Emmett,
  url: string,
  connections: number,
): Promise<Writer & { close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  // Ending the pool does not wait for its connections: those that Postgres closes first would end the bench.
  pool.on('error', () => undefined);
  const store = emmett.getPostgreSQLEventStore(url, { connectionOptions: { pool } });
  await store.schema.migrate();
  return {
    async append(streamId, version, count) {
      const event = { ...EVENT, metadata: { actor: ACTOR, correlationId: CORRELATION_ID } };
      const expectedStreamVersion = version === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(version);
      await store.appendToStream(
        `api-key-${streamId}`,
        Array.from({ length: count }, () => event),
        { expectedStreamVersion },
      );
    },
    async close() {
      await store.close();
      await pool.end();
    },
  };
}
