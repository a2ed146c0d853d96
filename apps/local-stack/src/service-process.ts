import { join } from 'node:path';
import { checkoutRoot, spawnGuarded } from '@keyfold/local-servers';
import type { Environment } from './stack-config.js';
import type { Running } from './supervised.js';

export interface ServiceProcess extends Running {
  lastLines(): string;
}

/** How long a service may take to answer what it has begun, before it is killed. */
const drainMs = 30_000;

/**
 * A gateway that catches up makes much that lives for one batch: with Node's default of 16 MiB a seventh of its time
 * goes into collecting that again. As in the script `start:gateway` and in docker-compose.yml.
 */
const nodeOptions: Readonly<Record<string, readonly string[]>> = { 'auth-gateway': ['--max-semi-space-size=32'] };

/** Starts `dist/apps/<app>/src/<entry>.js` as a child whose command line names the app. */
export async function startProgram(options: {
  app: 'admin-service' | 'auth-gateway';
  entry: 'main' | 'migrate';
  env: Environment;
  onLine: (line: string) => void;
}): Promise<ServiceProcess> {
  const child = await spawnGuarded({
    program: process.execPath,
    args: [
      ...(nodeOptions[options.app] ?? []),
      join(checkoutRoot(), 'dist', 'apps', options.app, 'src', `${options.entry}.js`),
    ],
    cwd: checkoutRoot(),
    env: { ...options.env },
    orphanSignal: 'TERM',
    onLine: options.onLine,
  });
  return {
    pid: child.pid,
    exited: child.exited,
    lastLines: () => child.lastLines(),
    stop: () => child.stop('SIGTERM', drainMs),
  };
}

/** Lines that the operator should see without opening the log file: errors, and lines that are not log records. */
export function isWorthShowing(line: string): boolean {
  // We say ourselves who the administrator is, and where the password stands.
  if (line.startsWith('The first administrator is ')) return false;
  if (!line.startsWith('{')) return line.trim() !== '';
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    return level === 'error' || level === 'fatal' || (typeof level === 'number' && level >= 50);
  } catch {
    return true;
  }
}
