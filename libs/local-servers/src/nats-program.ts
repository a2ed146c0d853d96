import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { chmod, mkdir, rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { withFileLock } from '@keyfold/file-lock';
import { unpackDebianPackage } from './debian-package.js';
import { downloadRelease } from './nats-download.js';
import { NatsServerMissingError } from './server-errors.js';

/**
 * Finds a nats-server program, version 2.9 or newer: the one named by `explicit` or KEYFOLD_NATS_SERVER, else one on
 * the PATH, else the one fetched earlier into `cacheDir`, else it fetches one there, once, under a lock: a pinned
 * official release, or where that cannot be reached Debian's package, unpacked without being installed.
 *
 * @throws NatsServerMissingError with one line that says how to install it
 */
export async function locateNatsServer(options: {
  explicit?: string;
  cacheDir: string;
  log?: (line: string) => void;
}): Promise<string> {
  const named = options.explicit ?? process.env['KEYFOLD_NATS_SERVER'];
  if (named !== undefined && named !== '') {
    const problem = await whyUnusable(named);
    if (problem !== undefined) throw new NatsServerMissingError(`KEYFOLD_NATS_SERVER=${named}: ${problem}`);
    return named;
  }
  const installed = onPath('nats-server');
  if (installed !== undefined && (await whyUnusable(installed)) === undefined) return installed;
  return (await cached(options.cacheDir)) ?? (await fetchOnce(options.cacheDir, options.log));
}

const run = promisify(execFile);

async function cached(cacheDir: string): Promise<string | undefined> {
  const path = join(cacheDir, 'nats-server');
  return existsSync(path) && (await whyUnusable(path)) === undefined ? path : undefined;
}

async function fetchOnce(cacheDir: string, log: (line: string) => void = () => undefined): Promise<string> {
  try {
    await mkdir(cacheDir, { recursive: true });
  } catch (error) {
    throw missing(error);
  }
  return withFileLock(join(cacheDir, 'nats-server.lock'), 180_000, async () => {
    // Whoever held the lock before may have fetched it meanwhile.
    const ready = await cached(cacheDir);
    if (ready !== undefined) return ready;
    log('No nats-server on this machine; fetching one.');
    const path = join(cacheDir, 'nats-server');
    try {
      const fetched = await downloadRelease(cacheDir).catch((error: unknown) => {
        log(`The official release cannot be had (${messageOf(error)}); trying Debian's package.`);
        return unpackDebianPackage(cacheDir, { package: 'nats-server', path: 'usr/sbin/nats-server' });
      });
      await chmod(fetched, 0o755);
      const problem = await whyUnusable(fetched);
      if (problem !== undefined) throw new Error(problem);
      // Only a program that runs gets the final name, in one step: a kill half-way leaves nothing under it.
      await rename(fetched, path);
    } catch (error) {
      throw missing(error);
    }
    return path;
  });
}

function missing(cause: unknown): NatsServerMissingError {
  return new NatsServerMissingError(
    'No nats-server found and none could be fetched: install it (apt-get install nats-server, brew install nats-server, ' +
      `or https://github.com/nats-io/nats-server/releases) or name it by KEYFOLD_NATS_SERVER. (${messageOf(cause)})`,
    { cause },
  );
}

function onPath(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      if (folder !== '') accessSync(path, constants.X_OK);
      else continue;
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

async function whyUnusable(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['--version'], { timeout: 10_000 });
    const [, major = '0', minor = '0'] = /nats-server: v(\d+)\.(\d+)/.exec(stdout) ?? [];
    const isRecent = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 9);
    return isRecent ? undefined : `nats-server 2.9 or newer is needed, this is ${stdout.trim()}`;
  } catch (error) {
    return messageOf(error).split('\n')[0] ?? 'it does not run';
  }
}

function messageOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  return err.cause instanceof Error ? `${err.message}: ${err.cause.message}` : err.message;
}
