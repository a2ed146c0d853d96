import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RateLimit } from '@keyfold/domain';
import { SlidingWindow } from './sliding-window.js';

const limits = fc.record({ requests: fc.integer({ min: 1, max: 4 }), seconds: fc.integer({ min: 1, max: 2 }) });
const thorough = { numRuns: 1_000 };
/**
 * Milliseconds between one request and the next: bursts, about the rate of the limit, about its window, and long
 * pauses.
 */
const pauses = fc.array(
  fc.oneof(fc.constant(0), fc.nat(8), fc.nat(40), fc.nat(700), fc.integer({ min: 900, max: 1_100 }), fc.nat(4_000)),
  { maxLength: 30 },
);

interface Asked {
  readonly atMs: number;
  readonly limit: RateLimit;
  readonly waitMs: number | null;
}

/** Asks a window at these times; the limit is the one in force then. */
function ask(between: readonly number[], limitAt: (index: number) => RateLimit): Asked[] {
  const window = new SlidingWindow();
  let atMs = 1_000_000;
  return between.map((pause, index) => {
    atMs += pause;
    const limit = limitAt(index);
    return { atMs, limit, waitMs: window.take(limit, atMs) };
  });
}

const passedAt = (asked: readonly Asked[]): number[] =>
  asked.flatMap(({ atMs, waitMs }) => (waitMs === null ? [atMs] : []));
const countIn = (times: readonly number[], fromMs: number, untilMs: number): number =>
  times.filter((time) => time > fromMs && time <= untilMs).length;

describe('the window of a rate limit', () => {
  test('in no stretch of time as long as the window does it let more through than the limit says', () => {
    fc.assert(
      fc.property(limits, pauses, (limit, between) => {
        const times = passedAt(ask(between, () => limit));
        for (const time of times)
          expect(countIn(times, time - limit.seconds * 1_000, time)).toBeLessThanOrEqual(limit.requests);
      }),
      thorough,
    );
  });

  test('refuses only if so many were let through within 101 hundredths of the window', () => {
    fc.assert(
      fc.property(limits, pauses, (limit, between) => {
        const asked = ask(between, () => limit);
        const times = passedAt(asked);
        for (const { atMs, waitMs } of asked)
          if (waitMs !== null)
            expect(countIn(times, atMs - limit.seconds * 1_010, atMs)).toBeGreaterThanOrEqual(limit.requests);
      }),
      thorough,
    );
  });

  test('who waits as long as it says is let through, who waits less is not, and nobody waits longer than the window', () => {
    fc.assert(
      fc.property(limits, pauses, fc.integer({ min: 1, max: 3_000 }), (limit, between, less) => {
        const until = (waitMs: number): number | null => ask([...between, waitMs], () => limit).at(-1)?.waitMs ?? null;
        const waitMs = until(0);
        if (waitMs === null) return;
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(limit.seconds * 1_000);
        expect(until(waitMs)).toBeNull();
        if (less < waitMs) expect(until(waitMs - less)).toBe(less);
      }),
      thorough,
    );
  });

  test('a limit that changes holds at once, for what was let through before as well', () => {
    fc.assert(
      fc.property(limits, limits, pauses, fc.nat(150), (before, after, between, changed) => {
        const asked = ask(between, (index) => (index < changed ? before : after));
        const times = passedAt(asked);
        // What the shorter window of before has forgotten is not brought back by a longer one.
        const changedAtMs = asked[changed]?.atMs ?? Number.POSITIVE_INFINITY;
        const rememberedFromMs = changedAtMs - before.seconds * 1_000;
        for (const time of passedAt(asked.slice(changed))) {
          const fromMs = Math.max(time - after.seconds * 1_000, rememberedFromMs);
          expect(countIn(times, fromMs, time)).toBeLessThanOrEqual(after.requests);
        }
      }),
      thorough,
    );
  });

  test('a limit of nothing lets nothing through', () => {
    const window = new SlidingWindow();
    expect(window.take({ requests: 1, seconds: 60 }, 0)).toBeNull();
    expect(window.take({ requests: 0, seconds: 60 }, 1_000)).toBe(59_000);
  });

  test('holds some hundred entries, however many requests there are', () => {
    const window = new SlidingWindow();
    const limit = { requests: 1_000_000, seconds: 60 };
    for (let request = 0; request < 200_000; request++) window.take(limit, request);
    expect(window.entries).toBeLessThanOrEqual(101);
    expect(window.isOver(limit, 199_999 + 59_999)).toBe(false);
    expect(window.isOver(limit, 199_999 + 60_000)).toBe(true);
  });
});
