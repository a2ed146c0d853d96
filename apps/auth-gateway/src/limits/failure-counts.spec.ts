import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf, BUCKETS, FailureCounts } from './failure-counts.js';

const bucket = 7;

describe('counts of failures', () => {
  test('a minute that has seen as many as the limit says how long it still lasts, and the next one begins anew', () => {
    const counts = new FailureCounts(3);
    const asked: number[] = [];
    for (const atMs of [0, 10_000, 20_000]) {
      asked.push(counts.waitSeconds(bucket, atMs));
      counts.add(bucket, atMs);
    }
    expect(asked).toEqual([0, 0, 0]);
    expect([20_000, 20_001, 59_001, 60_000].map((atMs) => counts.waitSeconds(bucket, atMs))).toEqual([40, 40, 1, 0]);
    counts.add(bucket, 60_000);
    expect(counts.waitSeconds(bucket, 60_000)).toBe(0);
    expect(counts.waitSeconds(bucket + 1, 20_000)).toBe(0);
  });

  test('counted only below the limit, no 60 seconds see more than twice as many, and no minute that begins with one more than once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(9_000), { maxLength: 200 }), (limit, pauses) => {
        const counts = new FailureCounts(limit);
        const countedAt: number[] = [];
        let atMs = 0;
        for (const pause of pauses) {
          atMs += pause;
          const waitSeconds = counts.waitSeconds(bucket, atMs);
          expect(waitSeconds).toBeLessThanOrEqual(60);
          if (waitSeconds > 0) {
            expect(counts.waitSeconds(bucket, atMs + waitSeconds * 1_000)).toBe(0);
            continue;
          }
          counts.add(bucket, atMs);
          countedAt.push(atMs);
        }
        for (const [at, time] of countedAt.entries())
          expect(countedAt.slice(at).filter((later) => later < time + 60_000).length).toBeLessThanOrEqual(2 * limit);
      }),
    );
  });

  test('names are spread over all buckets, and another seed spreads them otherwise', () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `name-${at}`);
    const buckets = new Set(names.map((name) => bucketOf(name, 1)));
    // Of 20,000 balls thrown at random into 65,536 places some 17,200 places are hit.
    expect(buckets.size).toBeGreaterThan(16_800);
    expect([...buckets].every((place) => Number.isInteger(place) && place >= 0 && place < BUCKETS)).toBe(true);
    const moved = names.filter((name) => bucketOf(name, 1) !== bucketOf(name, 2));
    expect(moved.length).toBeGreaterThan(19_900);
  });
});
