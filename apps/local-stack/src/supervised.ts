import { setTimeout as delay } from 'node:timers/promises';

export interface Running {
  readonly pid: number;
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

const firstDelayMs = 200;
const longestDelayMs = 10_000;
/** Whoever has run this long was well: its next end is answered at once again. */
const healthyAfterMs = 30_000;

/** One child that is started again whenever it ends, more slowly each time it ends soon after. */
export class Supervised<Child extends Running> {
  private current: Child | undefined;
  private starting: Promise<Child> | undefined;
  private watching: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    readonly name: string,
    private readonly startChild: () => Promise<Child>,
    private readonly log: (line: string) => void,
  ) {}

  /** The first start; unlike later ones its failure is the caller's. */
  async start(): Promise<Child> {
    this.starting = this.startChild();
    this.current = await this.starting;
    return this.current;
  }

  /** From now on an end is answered with another start. */
  keepRunning(): void {
    this.watching ??= this.watch();
  }

  /** Stops the child and starts none any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.starting?.catch(() => undefined);
    await this.current?.stop();
    await this.watching;
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async watch(): Promise<void> {
    let delayMs = firstDelayMs;
    while (!this.isStopping()) {
      const startedAt = performance.now();
      const code = await this.current?.exited;
      if (this.isStopping()) return;
      delayMs = performance.now() - startedAt > healthyAfterMs ? firstDelayMs : Math.min(delayMs * 2, longestDelayMs);
      const how = code === null || code === undefined ? 'by a signal' : `with exit code ${code}`;
      this.log(`${this.name} ended ${how}; it is started again.`);
      await this.startAgain(delayMs);
    }
  }

  private async startAgain(firstWaitMs: number): Promise<void> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestDelayMs)) {
      await delay(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.isStopping()) return;
      this.starting = this.startChild();
      try {
        this.current = await this.starting;
        return;
      } catch (error) {
        this.log(`${this.name} does not start: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
