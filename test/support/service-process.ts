import { type GuardedProcess, signalProcess, spawnGuarded } from '@keyfold/local-servers';
import { eventually } from './eventually.js';

const BUILT = new URL('../../dist/apps/', import.meta.url).pathname;

export interface ServiceProcessOptions {
  readonly service: 'admin-service' | 'auth-gateway';
  /** The folder of the built services; this checkout's unless another is given. */
  readonly built?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly opsPort: number;
}

/** A page of an operations port. */
export interface OpsPage {
  readonly status: number;
  readonly body: string;
}

/** A built service as a process of its own, on ports of its own, that can be killed, stopped and started again. */
export class ServiceProcess {
  private readonly _lines: string[] = [];
  private process: GuardedProcess | null = null;
  private starts = 0;
  private wasReady = false;

  constructor(private options: ServiceProcessOptions) {}

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  /** How often it was started: which of its lives this is. */
  get life(): number {
    return this.starts;
  }

  /** Everything that it has printed, in all its lives. */
  get lines(): readonly string[] {
    return this._lines;
  }

  /** What the next start runs; what runs now goes on as it is. A variable that is not named stays as it was. */
  change({ built, env = {} }: Partial<Pick<ServiceProcessOptions, 'built' | 'env'>>): void {
    this.options = { ...this.options, built, env: { ...this.options.env, ...env } };
  }

  /** Does nothing while it runs. */
  async start(): Promise<void> {
    if (this.process !== null) return;
    const { built = BUILT, env, service } = this.options;
    const inherited = Object.entries(process.env).filter(([name]) => !/^(?:KEYFOLD|OTEL|PG)[A-Z]*_|^PG/.test(name));
    this.starts += 1;
    this.wasReady = false;
    const started = await spawnGuarded({
      program: process.execPath,
      args: [`${built}${service}/src/main.js`],
      cwd: built,
      env: { ...Object.fromEntries(inherited), ...env },
      orphanSignal: 'TERM',
      onLine: (line) => void this._lines.push(line),
    });
    this.process = started;
    void started.exited.then(() => {
      if (this.process === started) this.process = null;
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.process !== null) signalProcess(this.process.pid, signal);
  }

  /** @returns the exit code, or null after a signal */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ending = this.process;
    if (ending === null) return 0;
    await ending.stop(signal, 60_000);
    return ending.exited;
  }

  async page(path: '/livez' | '/readyz' | '/metrics', withinMs = 2_000): Promise<OpsPage> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.options.opsPort}${path}`, {
        signal: AbortSignal.timeout(withinMs),
      });
      return { status: response.status, body: await response.text() };
    } catch {
      return { status: 0, body: '' };
    }
  }

  /**
   * Resolves once it says that it can work. One that ended while it started (its database was not there yet) is started
   * again, as whatever keeps it running would; one that ended later has crashed.
   */
  async ready(): Promise<void> {
    await eventually(async () => {
      if (this.process === null && !this.wasReady) await this.start();
      const { body, status } = await this.page('/readyz');
      if (status !== 200) throw new Error(`not ready: ${status} ${body}`);
    }, 90_000).catch((error: unknown) => {
      throw new Error(`${String(error)}; the last it said:\n${this._lines.slice(-10).join('\n')}`);
    });
    this.wasReady = true;
  }
}
