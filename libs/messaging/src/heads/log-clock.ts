import { LOG_TIME_RATE } from '@keyfold/domain';

/** No signed head has been seen yet, so nothing can be said about the time. */
export class LogClockUnsetError extends Error {
  constructor() {
    super('the log clock has not been set by a signed head yet');
  }
}

/** A lead over the heads of at most this is worked off quickly, at half speed. */
const SMALL_LEAD_MS = 5_000;
const SMALL_LEAD_RATE = 0.5;

/**
 * The log's clock as one process knows it: the log time of the last signed head plus the monotonic time since the
 * answered attempt of its request was sent. The wall clock of the machine plays no part. Within a process it never goes
 * back and never stands still: where a newer head says less, the clock runs slower until the heads have caught up: at
 * 50 % while it is up to 5 s ahead, at 99 % beyond, so that no key lives longer than that.
 */
export class LogClock {
  private logTimeMs = Number.NaN;
  private sentAtMonotonicMs = 0;
  /** How far the clock was ahead of the heads at that monotonic time. */
  private leadMs = 0;
  private leadAtMonotonicMs = 0;
  /** Rounding could otherwise take back a millisecond where a new head is taken over. */
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
    const now = Math.floor(this.headTimeAt(monotonicMs) + this.leadAt(monotonicMs));
    if (now > this.latestMs) this.latestMs = now;
    return this.latestMs;
  }

  /**
   * Takes over the time of a verified head.
   *
   * @param head.logTimeMs milliseconds since the epoch
   * @param head.sentAtMonotonicMs when the attempt that was answered was sent: the head was read later, so the clock
   *   errs towards the future by at most the round trip, and keys end early by it, never late
   */
  observe(head: { readonly logTimeMs: number; readonly sentAtMonotonicMs: number }): void {
    if (!Number.isFinite(head.logTimeMs)) throw new TypeError('the log time is no number');
    const monotonicMs = this.monotonicNow();
    const before = this.isSet ? this.headTimeAt(monotonicMs) + this.leadAt(monotonicMs) : Number.NEGATIVE_INFINITY;
    this.logTimeMs = head.logTimeMs;
    this.sentAtMonotonicMs = head.sentAtMonotonicMs;
    this.leadMs = Math.max(0, before - this.headTimeAt(monotonicMs));
    this.leadAtMonotonicMs = monotonicMs;
  }

  private headTimeAt(monotonicMs: number): number {
    return this.logTimeMs + (monotonicMs - this.sentAtMonotonicMs);
  }

  private leadAt(monotonicMs: number): number {
    return this.leadMs === 0 ? 0 : leadAfter(this.leadMs, Math.max(0, monotonicMs - this.leadAtMonotonicMs));
  }
}

/** What a lead has become. */
function leadAfter(leadMs: number, elapsedMs: number): number {
  const slowMs = Math.max(0, leadMs - SMALL_LEAD_MS) / (1 - LOG_TIME_RATE);
  if (elapsedMs <= slowMs) return leadMs - elapsedMs * (1 - LOG_TIME_RATE);
  return Math.max(0, Math.min(leadMs, SMALL_LEAD_MS) - (elapsedMs - slowMs) * (1 - SMALL_LEAD_RATE));
}
