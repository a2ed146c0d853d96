import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileLock, tryLockFile } from '@keyfold/file-lock';
import { checkoutRoot } from './checkout.js';
import { freePort } from './free-port.js';
import { type GuardedProcess, spawnGuarded } from './guarded-process.js';
import { natsConfig, type NatsUser } from './nats-config.js';
import { locateNatsServer } from './nats-program.js';
import { signalProcess, stopOrphan } from './process-table.js';
import { DataInUseError, PortTakenError } from './server-errors.js';

export interface NatsOptions {
  /** Folder of the streams, the generated configuration and the pid file. */
  readonly storeDir: string;
  /** Port on 127.0.0.1; without one a free port is taken. */
  readonly port?: number;
  /** Without users everybody may connect. */
  readonly users?: readonly NatsUser[];
  /** The largest message; without one it is nats-server's default, 1 MiB. */
  readonly maxPayloadBytes?: number;
  /** A configuration of one's own instead of the generated one; it must name port, store and users itself. */
  readonly configFile?: string;
  /** Path of nats-server; default: {@link locateNatsServer}. */
  readonly program?: string;
  readonly log?: (line: string) => void;
}

export interface LocalNats {
  /** `nats://127.0.0.1:<port>`, without credentials. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, however that came, to its exit code or null after a signal. */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
  /** SIGKILL, for crash tests. */
  kill(): Promise<void>;
}

/**
 * Starts a nats-server with JetStream on 127.0.0.1. A server that an earlier, killed process left behind on this store
 * is stopped first: nats-server itself does not lock its store, and two of them would destroy it.
 *
 * @throws DataInUseError if a living process runs a server on this store
 * @throws PortTakenError if `port` is given and taken
 */
export async function startNats(options: NatsOptions): Promise<LocalNats> {
  const log = options.log ?? ((): undefined => undefined);
  const program =
    options.program ?? (await locateNatsServer({ cacheDir: join(checkoutRoot(), '.keyfold', 'bin'), log }));
  await mkdir(options.storeDir, { recursive: true, mode: 0o700 });
  const lock = tryLockFile(join(options.storeDir, 'nats.lock'));
  if (!lock) throw new DataInUseError(`Another process runs a NATS server on ${options.storeDir}.`);
  try {
    const pidFile = join(options.storeDir, 'nats.pid');
    const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
    if (pid > 1) await stopOrphan({ pid, marker: options.storeDir, signal: 'SIGTERM', log });
    return await launch({ ...options, program, pidFile, log, lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}

type Launch = NatsOptions & { program: string; pidFile: string; log: (line: string) => void; lock: FileLock };

async function launch(options: Launch): Promise<LocalNats> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const { server, ready } = await spawnNats(options, port);
    if (ready) return describe(server, port, options.lock);
    const output = server.lastLines();
    if (!output.includes('address already in use')) throw new Error(`nats-server did not start:\n${output}`);
    if (options.port !== undefined || attempt >= 20)
      throw new PortTakenError(port, `nats-server could not listen on port ${port}: it is taken.`);
  }
}

async function spawnNats(options: Launch, port: number): Promise<{ server: GuardedProcess; ready: boolean }> {
  const { program, pidFile, log, storeDir } = options;
  const config = options.configFile ?? join(storeDir, 'nats.conf');
  if (options.configFile === undefined) {
    const { maxPayloadBytes, users = [] } = options;
    const text = natsConfig({ port, host: '127.0.0.1', storeDir, users, maxPayloadBytes });
    await writeFile(config, text, { mode: 0o600 });
  }
  let isReady: () => void = () => undefined;
  const ready = new Promise<true>((resolve) => {
    isReady = (): void => {
      resolve(true);
    };
  });
  const server = await spawnGuarded({
    program,
    args: ['-c', config, '-P', pidFile],
    cwd: storeDir,
    env: { PATH: process.env['PATH'] },
    orphanSignal: 'TERM',
    onLine: (line) => {
      if (line.includes('Server is ready')) isReady();
      log(line);
    },
  });
  return { server, ready: await Promise.race([ready, server.exited.then(() => false)]) };
}

function describe(server: GuardedProcess, port: number, lock: FileLock): LocalNats {
  const exited = server.exited.finally(() => {
    lock.release();
  });
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    pid: server.pid,
    exited,
    stop: async () => {
      await server.stop('SIGTERM', 20_000);
      await exited;
    },
    kill: async () => {
      signalProcess(server.pid, 'SIGKILL');
      await exited;
    },
  };
}
