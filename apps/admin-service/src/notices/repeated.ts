/** Work that is done again and again, never twice at once: after an interval, or at once when there is a reason. */
export class Repeated {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isDueAgain = false;
  private isStopped = false;

  constructor(
    private readonly work: () => Promise<unknown>,
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
    if (this.isStopped) return;
    if (this.running !== undefined) {
      this.isDueAgain = true;
      return;
    }
    this.running = this.runOnce();
  }

  private async runOnce(): Promise<void> {
    await this.work().catch(this.failed);
    this.running = undefined;
    if (!this.isDueAgain) return;
    this.isDueAgain = false;
    this.now();
  }

  /** Lets the work that runs end, and begins no more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.running;
  }
}
