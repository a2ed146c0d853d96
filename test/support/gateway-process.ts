import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childrenOf, freePort, isAlive, signalProcess } from '@keyfold/local-servers';
import { eventually } from './eventually.js';
import { TEST_SHARED_SECRET, testKeys } from './log-writer.js';

const PROGRAMS = new URL('../../dist/apps/auth-gateway/src/', import.meta.url).pathname;
/** A start takes a second or two on a machine that does nothing else. */
const PATIENCE_MS = 60_000;

/** The built gateway as a process of its own, for what only processes show. */
export class GatewayProcess {
  readonly exited: Promise<number | null>;
  private _output = '';

  private constructor(
    readonly child: ChildProcess,
    readonly ports: { readonly public: number; readonly ops: number },
    private readonly dataDir: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this._output += chunk.toString();
      });
    this.exited = once(child, 'close').then(([code]) => code as number | null);
  }

  /** Starts it; nothing is waited for. */
  static async start(options: {
    databaseUrl: string;
    adminInternalUrl: string;
    natsUrl?: string;
    /** Another program of the gateway than the one that answers requests. */
    program?: 'prepare.js';
    env?: Readonly<Record<string, string>>;
  }): Promise<GatewayProcess> {
    const ports = { public: await freePort(), ops: await freePort() };
    const dataDir = await mkdtemp(join(tmpdir(), 'keyfold-gateway-'));
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('KEYFOLD_'));
    const child = spawn(process.execPath, [PROGRAMS + (options.program ?? 'main.js')], {
      env: {
        ...Object.fromEntries(inherited),
        KEYFOLD_DATA_DIR: dataDir,
        KEYFOLD_GATEWAY_DATABASE_URL: options.databaseUrl,
        KEYFOLD_ADMIN_INTERNAL_URL: options.adminInternalUrl,
        KEYFOLD_SHARED_SECRET: TEST_SHARED_SECRET,
        KEYFOLD_LOG_PUBLIC_KEY: testKeys.verifier.verifierKey,
        KEYFOLD_GATEWAY_PORT: String(ports.public),
        KEYFOLD_GATEWAY_OPS_PORT: String(ports.ops),
        ...(options.natsUrl === undefined ? {} : { KEYFOLD_NATS_URL: options.natsUrl }),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new GatewayProcess(child, ports, dataDir);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get output(): string {
    return this._output;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.public}`;
  }

  /** The worker processes, if it has any. */
  workers(): number[] {
    return childrenOf(this.pid);
  }

  /** A page of the operations port; status 0 if nothing answers. */
  async page(path: '/livez' | '/readyz' | '/metrics'): Promise<{ status: number; body: string }> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.ports.ops}${path}`);
      return { status: response.status, body: await response.text() };
    } catch {
      return { status: 0, body: '' };
    }
  }

  /** The sum of a metric over its labels. */
  async metric(name: string): Promise<number> {
    const { body } = await this.page('/metrics');
    const values = [...body.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map(([, value]) =>
      Number(value),
    );
    if (values.length === 0) throw new Error(`no metric ${name}`);
    return values.reduce((sum, value) => sum + value, 0);
  }

  async ready(): Promise<this> {
    await eventually(async () => {
      if (this.child.exitCode !== null) throw new Error(`the gateway ended:\n${this._output}`);
      return (await this.page('/readyz')).status === 200;
    }, PATIENCE_MS);
    return this;
  }

  /** Whatever happened in a test, nothing of it stays. */
  async end(): Promise<void> {
    const all = [this.pid, ...this.workers()];
    if (isAlive(this.pid)) signalProcess(this.pid, 'SIGTERM');
    await this.exited;
    for (const pid of all) if (isAlive(pid)) signalProcess(pid, 'SIGKILL');
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
