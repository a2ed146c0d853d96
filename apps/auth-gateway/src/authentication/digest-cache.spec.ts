import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DigestCache } from './digest-cache.js';

/** Digests that begin alike stand side by side in the table, across its end too: where gaps must be closed. */
const digest = fc
  .record({
    first: fc.constantFrom('\u00ff\u00ff\u00ff\u00ff', '\u00fe\u00ff\u00ff\u00ff', '\0\0\0\0'),
    rest: fc.nat({ max: 5 }),
  })
  .map(({ first, rest }) => `${first}${String(rest).padStart(28, '0')}`);
const numbered = (nth: number): string => {
  const [high, low] = [nth >>> 8, nth & 0xff].map((code) => String.fromCharCode(code)) as [string, string];
  return (low + high).padEnd(32, 'x');
};

describe('a cache by digests', () => {
  test('never holds more than it may, nor another value than the last one set', () => {
    const step = fc.record({ does: fc.constantFrom('set', 'get'), digest });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 200 }), (max, steps) => {
        const cache = new DigestCache<number>({ max });
        const all = new Map<string, number>();
        for (const [at, { digest: one, does }] of steps.entries()) {
          if (does === 'set') {
            cache.set(one, at);
            all.set(one, at);
            expect(cache.get(one)).toBe(at);
          } else expect([undefined, all.get(one)]).toContain(cache.get(one));
          const held = [...all.keys()].filter((other) => cache.get(other) !== undefined);
          expect(held).toHaveLength(cache.size);
          expect(cache.size).toBe(Math.min(max, all.size));
        }
      }),
    );
  });

  test('grows to what it may hold, and keeps everything meanwhile', () => {
    const cache = new DigestCache<number>({ max: 5_000 });
    for (let nth = 0; nth < 5_000; nth++) cache.set(numbered(nth), nth);
    for (let nth = 0; nth < 5_000; nth++) expect(cache.get(numbered(nth))).toBe(nth);
  });

  test('keeps what was used and forgets what was not', () => {
    const cache = new DigestCache<number>({ max: 3 });
    for (const nth of [0, 1, 2]) cache.set(numbered(nth), nth);
    for (const nth of [0, 2]) cache.get(numbered(nth));
    cache.set(numbered(3), 3);
    expect([0, 1, 2, 3].map((nth) => cache.get(numbered(nth)))).toEqual([0, undefined, 2, 3]);
  });

  test('makes room although everything is in use', () => {
    const cache = new DigestCache<number>({ max: 200 });
    for (let nth = 0; nth < 200; nth++) cache.set(numbered(nth), nth);
    for (let nth = 0; nth < 200; nth++) cache.get(numbered(nth));
    cache.set(numbered(200), 200);
    expect([cache.size, cache.get(numbered(200))]).toEqual([200, 200]);
  });

  test('digests that differ in any one byte are different', () => {
    const cache = new DigestCache<number>({ max: 100 });
    const one = 'd'.repeat(32);
    cache.set(one, 1);
    for (let at = 0; at < 32; at++) expect(cache.get(`${one.slice(0, at)}\u00e4${one.slice(at + 1)}`)).toBeUndefined();
    expect(() => cache.get(one.slice(1))).toThrow(RangeError);
  });
});
