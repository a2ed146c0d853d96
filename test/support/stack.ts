import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from './npm-start.js';
import { makeServerFolder } from './server-folder.js';

/** The whole product as `npm start` runs it, in a data directory and on ports of its own. */
export interface Stack {
  readonly adminUrl: string;
  readonly gatewayUrl: string;
  readonly adminOpsUrl: string;
  readonly gatewayOpsUrl: string;
  readonly dataDir: string;
  readonly adminPassword: string;
  readonly process: ChildProcess;
  /** What `<data dir>/env` gives for a variable, itself or by the file that it names. */
  variable(name: string): Promise<string>;
  /** Everything the processes printed so far. */
  output(): string;
  /** Ctrl-C; resolves when the process has ended. */
  stop(): Promise<void>;
  /** stop(), and the data is removed. */
  remove(): Promise<void>;
}

const MAIN = new URL('../../dist/apps/local-stack/src/main.js', import.meta.url).pathname;

/**
 * Starts the built product and waits for its ready line.
 *
 * @param options.dataDir reuse the data of an earlier start
 * @param options.env more variables
 */
export async function startStack(options: { dataDir?: string; env?: Record<string, string> } = {}): Promise<Stack> {
  const dataDir = options.dataDir ?? (await makeServerFolder('keyfold-stack-'));
  const ports = await freePorts();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...cleanEnvironment(),
      KEYFOLD_DATA_DIR: dataDir,
      ...ports,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const stop = (): Promise<void> => ended(child, 'SIGINT');
  await ready(child, output);
  return {
    adminUrl: `http://127.0.0.1:${ports.KEYFOLD_ADMIN_PORT}`,
    gatewayUrl: `http://127.0.0.1:${ports.KEYFOLD_GATEWAY_PORT}`,
    adminOpsUrl: `http://127.0.0.1:${ports.KEYFOLD_ADMIN_OPS_PORT}`,
    gatewayOpsUrl: `http://127.0.0.1:${ports.KEYFOLD_GATEWAY_OPS_PORT}`,
    dataDir,
    adminPassword: (await readFile(join(dataDir, 'admin-password'), 'utf8')).trim(),
    process: child,
    variable: (name) => variableOf(dataDir, name),
    output,
    stop,
    remove: async () => {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function variableOf(dataDir: string, name: string): Promise<string> {
  const env = await readFile(join(dataDir, 'env'), 'utf8');
  const value = new RegExp(`^${name}=(.+)$`, 'm').exec(env)?.[1];
  if (value !== undefined) return value;
  const file = new RegExp(`^${name}_FILE=(.+)$`, 'm').exec(env)?.[1];
  if (file === undefined) throw new Error(`${name} is not in the env file`);
  return (await readFile(file, 'utf8')).trim();
}

/** Variables of whoever runs the tests must not steer the product under test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('KEYFOLD_') || name === 'KEYFOLD_NATS_SERVER'),
  );
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

function ready(child: ChildProcess, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (/^Keyfold is ready$/m.test(output())) resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`npm start ended with ${String(code)} before it was ready:\n${output()}`));
    });
  });
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => {
      resolve();
    });
    child.kill(signal);
  });
}
