/** No signed head has been seen yet, so nothing can be said about the time. */
export class LogClockUnsetError extends Error {
  constructor() {
    super('the log clock has not been set by a signed head yet');
  }
}

/**
 * The log's clock as one process knows it: the log time of the last signed head plus the monotonic time since that request
 * was sent. The wall clock of the machine plays no part. It never goes back within a process: where a newer head says
 * less, the clock stands still until the heads have caught up.
 */
export class LogClock {
  private logTimeMs = Number.NaN;
  private sentAtMonotonicMs = 0;
  private latestMs = Number.NEGATIVE_INFINITY;

  /** @param monotonicNow milliseconds of a clock that never goes back; tests give their own */
  constructor(private readonly monotonicNow: () => number = () => performance.now()) {}

  /** Whether a head has been observed. */
  get isSet(): boolean {
    return !Number.isNaN(this.logTimeMs);
  }

  /**
   * Milliseconds since the epoch, by the log's clock; whole milliseconds.
   *
   * @throws LogClockUnsetError before the first head
   */
  nowMs(): number {
    return this.atMs(this.monotonicNow());
  }

  /**
   * The same for who has read the monotonic clock just now.
   *
   * @param monotonicMs of the clock that this one was given
   * @throws LogClockUnsetError before the first head
   */
  atMs(monotonicMs: number): number {
    if (!this.isSet) throw new LogClockUnsetError();
    const now = Math.floor(this.logTimeMs + (monotonicMs - this.sentAtMonotonicMs));
    if (now > this.latestMs) this.latestMs = now;
    return this.latestMs;
  }

  /**
   * Takes over the time of a verified head.
   *
   * @param head.logTimeMs milliseconds since the epoch
   * @param head.sentAtMonotonicMs when the request was sent: the head was read later, so the clock errs towards the past by
   *   at most the round trip
   */
  observe(head: { readonly logTimeMs: number; readonly sentAtMonotonicMs: number }): void {
    if (!Number.isFinite(head.logTimeMs)) throw new TypeError('the log time is no number');
    // What has been said before this head must not be taken back by it.
    if (this.isSet) this.nowMs();
    this.logTimeMs = head.logTimeMs;
    this.sentAtMonotonicMs = head.sentAtMonotonicMs;
  }
}
