import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, freePort, isAlive, signalProcess } from '@keyfold/local-servers';

const root = join(import.meta.dirname, '..', '..');

const PORT_VARIABLES = [
  'KEYFOLD_ADMIN_PORT',
  'KEYFOLD_ADMIN_OPS_PORT',
  'KEYFOLD_ADMIN_INTERNAL_PORT',
  'KEYFOLD_GATEWAY_PORT',
  'KEYFOLD_GATEWAY_OPS_PORT',
] as const;

/** Ports of one system that no other test is given. */
export async function freePorts(): Promise<Record<(typeof PORT_VARIABLES)[number], string>> {
  const ports = {} as Record<(typeof PORT_VARIABLES)[number], string>;
  for (const name of PORT_VARIABLES) ports[name] = String(await freePort());
  return ports;
}

/** A running `npm start`, in a process group of its own as a terminal would give it. */
export class NpmStart {
  private output = '';
  readonly exited: Promise<number | null>;

  private constructor(
    private readonly child: ChildProcess,
    readonly dataDir: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    this.exited = once(child, 'close').then(([code]) => code as number | null);
  }

  static start(env: Readonly<Record<string, string>>, script = 'start'): NpmStart {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('KEYFOLD_') || name === 'KEYFOLD_NATS_SERVER',
    );
    const child = spawn('npm', ['run', script, '--no-update-notifier'], {
      cwd: root,
      env: { ...Object.fromEntries(inherited), ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new NpmStart(child, env['KEYFOLD_DATA_DIR'] ?? '');
  }

  get text(): string {
    return this.output;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits for the line that scripts wait for. */
  async ready(): Promise<this> {
    const ended = { with: undefined as number | null | undefined };
    void this.exited.then((code) => {
      ended.with = code;
    });
    const deadline = performance.now() + 300_000;
    while (!/^Keyfold is ready$/m.test(this.output)) {
      if (ended.with !== undefined || performance.now() > deadline)
        throw new Error(`npm start is not ready (exit code ${String(ended.with)}):\n${this.output}`);
      await delay(20);
    }
    return this;
  }

  /** Every process below `npm`, itself included. */
  tree(): number[] {
    const below = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(below)];
    return below(this.pid);
  }

  /** To the whole group, as Ctrl-C does. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  signalNpm(signal: NodeJS.Signals): void {
    signalProcess(this.pid, signal);
  }

  async pidOf(name: 'postgres' | 'nats-server' | 'admin-service' | 'auth-gateway' | 'npm-start'): Promise<number> {
    const read = (file: string): Promise<string> => readFile(join(this.dataDir, file), 'utf8');
    if (name === 'postgres') return Number((await read('postgres/postmaster.pid')).split('\n')[0]);
    if (name === 'nats-server') return Number(await read('nats/nats.pid'));
    if (name === 'npm-start') return Number(await read('npm-start.pid'));
    return (JSON.parse(await read('processes.json')) as Record<string, { pid: number }>)[name]?.pid ?? 0;
  }

  /** Whatever happened in a test, nothing of it stays. */
  async end(): Promise<void> {
    const all = this.tree();
    if (isAlive(this.pid)) this.signalNpm('SIGTERM');
    await this.exited;
    for (const pid of all) if (isAlive(pid)) signalProcess(pid, 'SIGKILL');
  }
}
