import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CacheEntry, SecondChanceCache } from './second-chance-cache.js';

class Value extends CacheEntry {
  constructor(
    key: string,
    readonly value: unknown,
  ) {
    super(key);
  }
}

function cacheOf(max: number, ...keys: string[]): SecondChanceCache<Value> {
  const cache = new SecondChanceCache<Value>({ max });
  for (const key of keys) cache.set(new Value(key, `value of ${key}`));
  return cache;
}

describe('a cache with a second chance', () => {
  test('keeps what was used and forgets what was not', () => {
    const cache = cacheOf(3, 'a', 'b', 'c');
    cache.get('a');
    cache.get('c');
    cache.set(new Value('d', 'new'));
    expect(['a', 'b', 'c', 'd'].map((key) => cache.has(key))).toEqual([true, false, true, true]);
    // The hand has passed a, whose second chance was that one.
    cache.get('c');
    cache.set(new Value('e', 'newer'));
    expect(['a', 'c', 'e'].map((key) => cache.has(key))).toEqual([false, true, true]);
  });

  test('a look that is no use saves nothing', () => {
    const cache = cacheOf(2, 'a', 'b');
    expect(cache.peek('a')?.value).toBe('value of a');
    cache.set(new Value('c', 'new'));
    expect(cache.has('a')).toBe(false);
  });

  test('makes room although everything is in use', () => {
    const keys = Array.from({ length: 200 }, (_, nth) => `key ${nth}`);
    const cache = cacheOf(200, ...keys);
    for (const key of keys) cache.get(key);
    cache.set(new Value('another', 'new'));
    expect([cache.size, cache.peek('another')?.value]).toEqual([200, 'new']);
  });

  test('never holds more than it may, and never another value than the last one set', () => {
    const step = fc.record({ does: fc.constantFrom('set', 'get', 'delete', 'clear'), key: fc.nat({ max: 12 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 200 }), (max, steps) => {
        const cache = new SecondChanceCache<Value>({ max });
        const all = new Map<string, number>();
        const everIn: Value[] = [];
        for (const [at, { does, key: number }] of steps.entries()) {
          const key = String(number);
          if (does === 'set') {
            const entry = new Value(key, at);
            cache.set(entry);
            everIn.push(entry);
            all.set(key, at);
            expect(cache.get(key)).toBe(entry);
          } else if (does === 'delete') {
            cache.delete(key);
            all.delete(key);
          } else if (does === 'clear' && number === 0) {
            cache.clear();
            all.clear();
          } else expect([undefined, all.get(key)]).toContain(cache.get(key)?.value);
          expect(cache.size).toBeLessThanOrEqual(max);
          for (const entry of cache.entries()) expect(entry.value).toBe(all.get(entry.key));
          // Whoever has kept an entry can tell whether it is still the one that the cache has.
          for (const entry of everIn) expect(entry.isHeld).toBe(cache.peek(entry.key) === entry);
        }
      }),
    );
  });
});
