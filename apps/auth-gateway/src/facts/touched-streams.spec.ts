import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TouchedStreams } from './touched-streams.js';

describe('a row that was read when a position was applied', () => {
  test('is stale once a later record has touched its stream, and another one is not', () => {
    const touched = new TouchedStreams();
    touched.touch('api-key/a', 5);
    expect(touched.isStale('api-key/a', 4)).toBe(true);
    expect(touched.isStale('api-key/a', 5)).toBe(false);
    expect(touched.isStale('api-key/b', 4)).toBe(false);
  });

  test('is stale where a batch was too large to be remembered', () => {
    const touched = new TouchedStreams();
    touched.touchAllUpTo(5);
    expect(touched.isStale('api-key/a', 4)).toBe(true);
    expect(touched.isStale('api-key/a', 5)).toBe(false);
  });

  test('is never taken for current where it is not, whatever is forgotten', () => {
    const records = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 4 }), (streams, max) => {
        const touched = new TouchedStreams(max);
        for (const [at, stream] of streams.entries()) touched.touch(stream, at + 1);
        for (const stream of new Set(streams)) {
          const last = streams.lastIndexOf(stream) + 1;
          for (let position = 0; position < last; position += 1) expect(touched.isStale(stream, position)).toBe(true);
          expect(touched.isStale(stream, streams.length)).toBe(false);
        }
      }),
    );
  });
});
