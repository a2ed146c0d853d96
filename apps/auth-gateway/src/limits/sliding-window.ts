import type { RateLimit } from '@keyfold/domain';

/** Requests that come within this part of the window are remembered as one entry. */
const PARTS = 100;
/** Numbers of an entry: times of its first and last request, and how many there were. */
const LAST = 1;
const COUNT = 2;
const WIDTH = 3;

/**
 * The requests of one key that count against its limit. In no stretch of time as long as the window, wherever it
 * begins, are more let through than the limit says; and one is refused only if so many were let through within 101
 * hundredths of the window before it. Not a bucket that fills up again, since one lets twice as many through in the
 * window after it was full; not a window that begins anew, for the same reason.
 *
 * Holds the times of the requests, coarsened to hundredths of the window, so some hundred entries at most, and no more
 * than there were requests.
 */
export class SlidingWindow {
  /** Entry after entry, the oldest first, in one array: most keys have one or two. */
  private _entries: number[] = [];
  private used = 0;

  /** How much it holds in memory. */
  get entries(): number {
    return this._entries.length / WIDTH;
  }

  /**
   * Lets a request through and counts it, if the limit has room. A limit that changes holds at once, for what is
   * counted already too.
   *
   * @param nowMs on a clock that never goes back
   * @returns null if it is let through, otherwise the milliseconds until one would be
   */
  take({ requests, seconds }: RateLimit, nowMs: number): number | null {
    const windowMs = seconds * 1_000;
    this.forget(nowMs - windowMs);
    if (this.used >= requests) return this.freeAtMs(requests, windowMs) - nowMs;
    this.count(nowMs, windowMs / PARTS);
    return null;
  }

  /** Whether nothing counts any more. */
  isOver({ seconds }: RateLimit, nowMs: number): boolean {
    const last = this._entries[this._entries.length - WIDTH + LAST];
    return last === undefined || last <= nowMs - seconds * 1_000;
  }

  /** What was let through at that time or earlier counts no more. */
  private forget(untilMs: number): void {
    let over = 0;
    while (over < this._entries.length && this.at(over + LAST) <= untilMs) {
      this.used -= this.at(over + COUNT);
      over += WIDTH;
    }
    if (over > 0) this._entries = this._entries.slice(over);
  }

  private count(nowMs: number, partMs: number): void {
    const latest = this._entries.length - WIDTH;
    this.used++;
    if (latest >= 0 && nowMs - this.at(latest) < partMs) {
      this._entries[latest + LAST] = nowMs;
      this._entries[latest + COUNT] = this.at(latest + COUNT) + 1;
    } else if (latest < 0) this._entries = [nowMs, nowMs, 1];
    else this._entries.push(nowMs, nowMs, 1);
  }

  /** When so many entries are over that there is room for one more. */
  private freeAtMs(requests: number, windowMs: number): number {
    let left = this.used;
    let entry = -WIDTH;
    while (left >= requests && entry + WIDTH < this._entries.length) left -= this.at((entry += WIDTH) + COUNT);
    return this.at(entry + LAST) + windowMs;
  }

  private at(index: number): number {
    return this._entries[index] ?? 0;
  }
}
