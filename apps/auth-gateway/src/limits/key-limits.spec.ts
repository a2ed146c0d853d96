import { describe, expect, test } from '@jest/globals';
import { KeyLimits } from './key-limits.js';

const limit = { requests: 2, seconds: 60 };

function limitsAt(clock: { nowMs: number }, maxEntries = 100): KeyLimits {
  return new KeyLimits(() => clock.nowMs, maxEntries);
}

describe('limits of keys', () => {
  test('each key has its own, and hears in whole seconds when it may come again', () => {
    const clock = { nowMs: 5_000 };
    const limits = limitsAt(clock);
    expect(limits.take('a', limit)).toBeNull();
    clock.nowMs += 100;
    expect(limits.take('a', limit)).toBeNull();
    expect(limits.take('b', limit)).toBeNull();
    clock.nowMs += 100;
    expect(limits.take('a', limit)).toEqual({ name: 'key', requests: 2, seconds: 60, retrySeconds: 60 });
    clock.nowMs = 5_000 + 59_500;
    expect(limits.take('a', limit)).toMatchObject({ retrySeconds: 1 });
    clock.nowMs += 1_000;
    expect(limits.take('a', limit)).toBeNull();
  });

  test('what is refused does not count', () => {
    const clock = { nowMs: 0 };
    const limits = limitsAt(clock);
    for (let asked = 0; asked < 60; asked++) {
      limits.take('a', limit);
      clock.nowMs += 1_000;
    }
    expect(limits.take('a', limit)).toBeNull();
  });

  test('keys whose window is over are forgotten as others come', () => {
    const clock = { nowMs: 0 };
    const limits = limitsAt(clock, 100_000);
    for (let minute = 0; minute < 5; minute++) {
      for (let key = 0; key < 2_000; key++) limits.take(`${minute}-${key}`, limit);
      clock.nowMs += 60_000;
    }
    expect(limits.size).toBeLessThanOrEqual(4_000);
    expect(limits.take('4-1999', limit)).toBeNull();
  });

  test('as long as its window lasts, a key is remembered however many others come', () => {
    const limits = limitsAt({ nowMs: 0 }, 100_000);
    for (let used = 0; used < 2; used++) limits.take('first', limit);
    for (let key = 0; key < 5_000; key++) limits.take(`other-${key}`, limit);
    expect(limits.take('first', limit)).not.toBeNull();
  });

  test('beyond the most entries the key that was used longest ago is forgotten', () => {
    const limits = limitsAt({ nowMs: 0 }, 10);
    for (let used = 0; used < 2; used++) for (const key of ['idle', 'busy']) limits.take(key, limit);
    for (let key = 0; key < 20; key++) {
      limits.take(`other-${key}`, limit);
      expect(limits.take('busy', limit)).not.toBeNull();
    }
    expect(limits.size).toBe(10);
    expect(limits.take('idle', limit)).toBeNull();
  });
});
