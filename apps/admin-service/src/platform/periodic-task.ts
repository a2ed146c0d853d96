/** Work that is done again and again, never twice at once: after an interval, or at once when there is a reason. */
export class PeriodicTask {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isDueAgain = false;
  private readonly stopping = new AbortController();
  private soonTimer: NodeJS.Timeout | undefined;
  private soonAtMs = -Infinity;

  /** @param work that takes long ends early, at a place where it can go on next time, once the signal says so */
  constructor(
    private readonly work: (signal: AbortSignal) => Promise<unknown>,
    private readonly intervalMs: number,
    private readonly failed: (error: unknown) => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.now();
    }, this.intervalMs);
    this.timer.unref();
    this.now();
  }

  /** A reason that comes while the work runs may have come too late for it, so it runs once more. */
  now(): void {
    if (this.stopping.signal.aborted) return;
    if (this.running !== undefined) {
      this.isDueAgain = true;
      return;
    }
    this.running = this.runOnce();
  }

  /** At once, but reasons that come within this time of one another share the next run. */
  soon(withinMs: number): void {
    if (this.stopping.signal.aborted || this.soonTimer !== undefined) return;
    const waitMs = this.soonAtMs + withinMs - performance.now();
    const run = (): void => {
      this.soonTimer = undefined;
      this.soonAtMs = performance.now();
      this.now();
    };
    if (waitMs <= 0) run();
    else this.soonTimer = setTimeout(run, waitMs).unref();
  }

  private async runOnce(): Promise<void> {
    await this.work(this.stopping.signal).catch(this.failed);
    this.running = undefined;
    if (!this.isDueAgain) return;
    this.isDueAgain = false;
    this.now();
  }

  /** Asks the work that runs to end, waits for it, and begins no more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    clearTimeout(this.soonTimer);
    await this.running;
  }
}
