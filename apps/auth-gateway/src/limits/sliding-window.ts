import type { RateLimit } from '@keyfold/domain';

/** Requests that come within this part of the window are remembered as one entry. */
const PARTS = 100;

/**
 * The requests of one key that count against its limit. In no stretch of time as long as the window, wherever it begins, are more let through
 * than the limit says; and one is refused only if so many were let through within 101 hundredths of the window before it. Not a bucket that fills up
 * again, since one lets twice as many through in the window after it was full; not a window that begins anew, for the same reason.
 *
 * Holds the times of the requests, coarsened to hundredths of the window, so some hundred entries at most, and no more than there were requests.
 */
export class SlidingWindow {
  /** For each entry the times of its first and last request, and how many there were. Oldest entry first. */
  readonly #firstAtMs: number[] = [];
  readonly #lastAtMs: number[] = [];
  readonly #counts: number[] = [];
  #used = 0;

  /** How much it holds in memory. */
  get entries(): number {
    return this.#counts.length;
  }

  /**
   * Lets a request through and counts it, if the limit has room. A limit that changes holds at once, for what is counted already too.
   *
   * @param nowMs on a clock that never goes back
   * @returns null if it is let through, otherwise the milliseconds until one would be
   */
  take({ requests, seconds }: RateLimit, nowMs: number): number | null {
    const windowMs = seconds * 1_000;
    this.forget(nowMs - windowMs);
    if (this.#used >= requests) return this.freeAtMs(requests, windowMs) - nowMs;
    this.count(nowMs, windowMs / PARTS);
    return null;
  }

  /** Whether nothing counts any more. */
  isOver({ seconds }: RateLimit, nowMs: number): boolean {
    return (this.#lastAtMs.at(-1) ?? Number.NEGATIVE_INFINITY) <= nowMs - seconds * 1_000;
  }

  /** What was let through at that time or earlier counts no more. */
  private forget(untilMs: number): void {
    while (this.#lastAtMs.length > 0 && (this.#lastAtMs[0] ?? 0) <= untilMs) {
      this.#used -= this.#counts[0] ?? 0;
      this.#firstAtMs.shift();
      this.#lastAtMs.shift();
      this.#counts.shift();
    }
  }

  private count(nowMs: number, partMs: number): void {
    const at = this.#counts.length - 1;
    this.#used++;
    if (at >= 0 && nowMs - (this.#firstAtMs[at] ?? 0) < partMs) {
      this.#lastAtMs[at] = nowMs;
      this.#counts[at] = (this.#counts[at] ?? 0) + 1;
      return;
    }
    this.#firstAtMs.push(nowMs);
    this.#lastAtMs.push(nowMs);
    this.#counts.push(1);
  }

  /** When so many entries are over that there is room for one more. */
  private freeAtMs(requests: number, windowMs: number): number {
    let left = this.#used;
    let at = -1;
    while (left >= requests) left -= this.#counts[++at] ?? 0;
    return (this.#lastAtMs[at] ?? 0) + windowMs;
  }
}
