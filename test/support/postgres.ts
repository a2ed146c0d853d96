import { randomBytes } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { type LocalPostgres, type PostgresOptions, removeOutsideCluster, startPostgres } from '@keyfold/local-servers';
import { asSuperuser, LOG_TEMPLATE, OWNER_ROLE, prepareCluster, SERVICE_ROLE } from './postgres-template.js';
import { makeServerFolder } from './server-folder.js';

/** An empty database of its own for a test. The owner may create schemas in it, the service's role may only connect. */
export interface TestDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  readonly serviceRole: string;
}

/** A Postgres for one test file, with durable settings unless it was started with others. */
export interface TestPostgres {
  readonly server: LocalPostgres;
  /** URL of a database for a role; the superuser if none is named. */
  url(database: string, role?: string): string;
  createDatabase(): Promise<TestDatabase>;
  /** A database with the log's schema and the service's grants. */
  createLogDatabase(): Promise<TestDatabase>;
  /** Starts it again on the same port and data, stopping it first if it runs. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export { OWNER_ROLE, SERVICE_ROLE };

/** Starts a server on a free port with its data in a temporary directory; `stop` removes both. */
export async function startTestPostgres(
  options: Pick<PostgresOptions, 'env' | 'log' | 'settings'> = {},
): Promise<TestPostgres> {
  const dataDir = await makeServerFolder('keyfold-test-');
  // Reachable for the user that runs Postgres when the tests run as root; the cluster inside is closed to others.
  await chmod(dataDir, 0o755);
  const password = await prepareCluster(dataDir);
  let server = await startPostgres({ dataDir, fast: true, ...options });

  const url = (database: string, role?: string): string => {
    const address = new URL(server.superuserUrl(database));
    if (role === undefined) return address.href;
    address.username = role;
    address.password = password;
    return address.href;
  };
  const createDatabase = async (template = 'template1'): Promise<TestDatabase> => {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await asSuperuser(server, [`create database ${name} owner ${OWNER_ROLE} template ${template}`]);
    return { name, ownerUrl: url(name, OWNER_ROLE), serviceUrl: url(name, SERVICE_ROLE), serviceRole: SERVICE_ROLE };
  };
  const stop = async (): Promise<void> => {
    await server.stop('immediate');
    await removeOutsideCluster(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  };
  const restart = async (): Promise<void> => {
    const { port } = server;
    await server.stop('immediate');
    server = await startPostgres({ dataDir, fast: true, ...options, port });
  };
  return {
    get server() {
      return server;
    },
    url,
    createDatabase: () => createDatabase(),
    createLogDatabase: () => createDatabase(LOG_TEMPLATE),
    restart,
    stop,
  };
}
