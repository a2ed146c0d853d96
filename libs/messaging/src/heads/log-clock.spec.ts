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

  test('stands still rather than go back, and goes on once the heads have caught up', () => {
    let monotonic = 0;
    const clock = new LogClock(() => monotonic);
    clock.observe({ logTimeMs: 50_000, sentAtMonotonicMs: 0 });
    monotonic = 1_000;
    clock.observe({ logTimeMs: 40_000, sentAtMonotonicMs: 1_000 });
    expect(clock.nowMs()).toBe(51_000);
    monotonic = 5_000;
    expect(clock.nowMs()).toBe(51_000);
    clock.observe({ logTimeMs: 60_000, sentAtMonotonicMs: 5_000 });
    expect(clock.nowMs()).toBe(60_000);
  });

  test('never goes back, whatever heads say and in whatever order', () => {
    const step = fc.record({ passes: fc.nat(10_000), logTimeMs: fc.nat(10_000_000), age: fc.nat(5_000) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        let monotonic = 10_000;
        const clock = new LogClock(() => monotonic);
        let latest = Number.NEGATIVE_INFINITY;
        for (const { age, logTimeMs, passes } of steps) {
          monotonic += passes;
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
