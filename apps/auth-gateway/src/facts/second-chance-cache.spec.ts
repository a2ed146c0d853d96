import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SecondChanceCache } from './second-chance-cache.js';

function cacheOf(max: number, ...keys: string[]): SecondChanceCache<string> {
  const cache = new SecondChanceCache<string>({ max });
  for (const key of keys) cache.set(key, `value of ${key}`);
  return cache;
}

describe('a cache with a second chance', () => {
  test('keeps what was used and forgets what was not', () => {
    const cache = cacheOf(3, 'a', 'b', 'c');
    cache.get('a');
    cache.get('c');
    cache.set('d', 'new');
    expect(['a', 'b', 'c', 'd'].map((key) => cache.has(key))).toEqual([true, false, true, true]);
    // The hand has passed a, whose second chance was that one.
    cache.get('c');
    cache.set('e', 'newer');
    expect(['a', 'c', 'e'].map((key) => cache.has(key))).toEqual([false, true, true]);
  });

  test('a look that is no use saves nothing', () => {
    const cache = cacheOf(2, 'a', 'b');
    expect(cache.peek('a')).toBe('value of a');
    cache.set('c', 'new');
    expect(cache.has('a')).toBe(false);
  });

  test('makes room although everything is in use', () => {
    const keys = Array.from({ length: 200 }, (_, nth) => `key ${nth}`);
    const cache = cacheOf(200, ...keys);
    for (const key of keys) cache.get(key);
    cache.set('another', 'new');
    expect([cache.size, cache.peek('another')]).toEqual([200, 'new']);
  });

  test('never holds more than it may, and never another value than the last one set', () => {
    const step = fc.record({ does: fc.constantFrom('set', 'get', 'delete', 'clear'), key: fc.nat({ max: 12 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 200 }), (max, steps) => {
        const cache = new SecondChanceCache<number>({ max });
        const all = new Map<string, number>();
        for (const [at, { does, key: number }] of steps.entries()) {
          const key = String(number);
          if (does === 'set') {
            cache.set(key, at);
            all.set(key, at);
            expect(cache.get(key)).toBe(at);
          } else if (does === 'delete') {
            cache.delete(key);
            all.delete(key);
          } else if (does === 'clear' && number === 0) {
            cache.clear();
            all.clear();
          } else expect([undefined, all.get(key)]).toContain(cache.get(key));
          expect(cache.size).toBeLessThanOrEqual(max);
          for (const [held, value] of cache.entries()) expect(value).toBe(all.get(held));
        }
      }),
    );
  });
});
