// A stream that is well delivers a record a few milliseconds after the head that holds it.
const STALL_MS = 250;
const FIRST_RETRY_MS = 100;
const MOST_RETRY_MS = 2_000;
const READER_RESTART_MS = 2_000;
const IDLE_MS = 1_000;

/** When to turn to the admin-service instead of the stream, and when to try the stream anew. */
export class RefillPace {
  private progressAtMs = performance.now();
  private notBeforeMs = 0;
  private retryMs = FIRST_RETRY_MS;
  private readerRestartAtMs = 0;
  private isRefilling = false;

  /** The stream has delivered something that verified. */
  progressed(): void {
    this.progressAtMs = performance.now();
    this.isRefilling = false;
    this.retryMs = FIRST_RETRY_MS;
    this.notBeforeMs = 0;
  }

  /** The stream has come to where refills have already been. @returns whether refills had taken over */
  streamCaughtUp(): boolean {
    const wasRefilling = this.isRefilling;
    this.isRefilling = false;
    return wasRefilling;
  }

  /**
   * Whether to refill now, given that something is missing.
   *
   * @param missing.hasGap the stream itself shows that something is missing before what it delivered
   */
  isDue(missing: { readonly hasGap: boolean; readonly hasBroker: boolean }): boolean {
    const now = performance.now();
    if (now < this.notBeforeMs) return false;
    // Once the stream has failed to deliver, every new head is fetched at once until it delivers again.
    return missing.hasGap || !missing.hasBroker || this.isRefilling || now - this.progressAtMs >= STALL_MS;
  }

  /** A refill brought records. @returns whether the reader should be made anew */
  refilled(wasGap: boolean): boolean {
    this.retryMs = FIRST_RETRY_MS;
    this.notBeforeMs = 0;
    if (wasGap) return false;
    this.isRefilling = true;
    return this.mayRestartReader();
  }

  /** A refill brought nothing; the next one waits longer. */
  failed(): void {
    this.notBeforeMs = performance.now() + this.retryMs;
    this.retryMs = Math.min(this.retryMs * 2, MOST_RETRY_MS);
  }

  /** Whether enough time has passed since the reader was last made anew; counts as doing so. */
  mayRestartReader(): boolean {
    const now = performance.now();
    if (now - this.readerRestartAtMs < READER_RESTART_MS) return false;
    this.readerRestartAtMs = now;
    return true;
  }

  /** How long to wait before looking again, if nothing wakes before. */
  waitMs(): number {
    const now = performance.now();
    const next = [this.notBeforeMs, this.progressAtMs + STALL_MS].filter((at) => at > now);
    return Math.max(1, Math.min(IDLE_MS, ...next.map((at) => at - now)));
  }
}
