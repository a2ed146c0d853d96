import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LogClock, LogClockUnsetError } from './log-clock.js';

describe('the log clock', () => {
  test('says nothing before the first head', () => {
    const clock = new LogClock(() => 5);
    expect(clock.isSet).toBe(false);
    expect(() => clock.nowMs()).toThrow(LogClockUnsetError);
  });

  test("is the head's log time plus what has passed since its request was sent", () => {
    let monotonic = 1_000;
    const clock = new LogClock(() => monotonic);
    clock.observe({ logTimeMs: 50_000, sentAtMonotonicMs: 900 });
    expect(clock.nowMs()).toBe(50_100);
    monotonic += 2_500.75;
    expect(clock.nowMs()).toBe(52_600);
  });

  /**
   * A clock ahead of the heads by so much, and how far it still is after so long. Each head repeats what the heads'
   * clock says by then.
   */
  function lead(ahead: number, elapsed: number, headEveryMs = 1_000): number {
    let monotonic = 0;
    const clock = new LogClock(() => monotonic);
    const headAt = (ms: number): number => 50_000 + ms;
    clock.observe({ logTimeMs: headAt(0) + ahead, sentAtMonotonicMs: 0 });
    for (monotonic = 0; monotonic <= elapsed; monotonic += headEveryMs)
      clock.observe({ logTimeMs: headAt(monotonic), sentAtMonotonicMs: monotonic });
    monotonic = elapsed;
    return clock.nowMs() - headAt(elapsed);
  }

  test('runs at half speed while it is up to 5 s ahead of the heads', () => {
    expect(lead(5_000, 2_000)).toBe(4_000);
    expect(lead(5_000, 10_000)).toBe(0);
    expect(lead(5_000, 20_000)).toBe(0);
  });

  test('runs at 99 % while it is further ahead', () => {
    expect(lead(3_600_000, 100_000)).toBe(3_599_000);
    expect(lead(6_000, 100_000)).toBe(5_000);
    expect(lead(6_000, 110_000)).toBe(0);
  });

  test('is ahead by the same however many heads say so', () => {
    const within = { min: 0, max: 20_000, noNaN: true };
    fc.assert(
      fc.property(fc.double(within), fc.double(within), fc.integer({ min: 7, max: 5_000 }), (ahead, elapsed, every) => {
        expect(Math.abs(lead(ahead, elapsed, every) - lead(ahead, elapsed, elapsed + 1))).toBeLessThanOrEqual(2);
      }),
    );
  });

  test('never goes back and never stands still, whatever heads say and in whatever order', () => {
    const step = fc.record({ passes: fc.nat(10_000), logTimeMs: fc.nat(10_000_000), age: fc.nat(5_000) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        let monotonic = 10_000;
        const clock = new LogClock(() => monotonic);
        let latest = Number.NEGATIVE_INFINITY;
        for (const { age, logTimeMs, passes } of steps) {
          monotonic += passes;
          if (clock.isSet) {
            const now = clock.nowMs();
            expect(now).toBeGreaterThanOrEqual(latest + Math.floor(passes / 2) - 1);
            latest = now;
          }
          clock.observe({ logTimeMs, sentAtMonotonicMs: monotonic - age });
          const now = clock.nowMs();
          expect(now).toBeGreaterThanOrEqual(latest);
          latest = now;
        }
      }),
    );
  });

  test('refuses a time that is none', () => {
    expect(() => {
      new LogClock().observe({ logTimeMs: Number.NaN, sentAtMonotonicMs: 0 });
    }).toThrow(TypeError);
  });
});
