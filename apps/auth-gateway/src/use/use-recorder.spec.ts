import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NO_USE, type UsedKey } from '../facts/held-facts.js';
import { UseRecorder } from './use-recorder.js';

const KEY = ['a', 'b', 'c'].map((letter) => letter.repeat(22)) as [string, string, string];
/** As it comes to memory. */
const fresh = (key: string): UsedKey => ({ key, useMark: NO_USE });

function recorder(max = { keys: 2, retiredKeys: 2 }): { uses: UseRecorder; at: (ms: number) => void } {
  let nowMs = 1_000;
  const uses = new UseRecorder(() => nowMs, max);
  const at = (ms: number): void => {
    nowMs = ms;
    uses.tick();
  };
  return { uses, at };
}

/** What a recorder should say, told with plain means. */
class ToldUses {
  /** In the order in which they began to wait; of each the moment of its last use. */
  readonly waiting = new Map<UsedKey, number>();
  nowMs = 1_000;
  dropped = 0;

  constructor(private readonly max: number) {}

  use(key: UsedKey): void {
    const [oldest] = this.waiting.keys();
    if (oldest !== undefined && !this.waiting.has(key) && this.waiting.size >= this.max) {
      this.waiting.delete(oldest);
      this.dropped++;
    }
    this.waiting.set(key, this.nowMs);
  }

  take(most: number): [string, string][] {
    const taken = [...this.waiting].slice(0, most);
    for (const [key] of taken) this.waiting.delete(key);
    return [...new Map(taken.map(([{ key }, atMs]) => [key, new Date(atMs).toISOString()]))];
  }
}

describe('the use recorder', () => {
  test('keeps one entry for a key, of its last use', () => {
    const { uses, at } = recorder();
    const key = fresh(KEY[0]);
    uses.noteUse(key, '192.0.2.1', 'me');
    at(2_000);
    uses.noteUse(key, '192.0.2.2', 'token');
    uses.noteUse(key, '192.0.2.3', 'me');
    expect(uses.take(10)).toEqual({
      uses: [{ keyId: KEY[0], at: '1970-01-01T00:00:02.000Z', address: '192.0.2.2', surface: 'token' }],
      retired: [],
    });
    expect(uses.take(10)).toBeNull();
  });

  test('is bounded: what has waited longest goes first, and is counted', () => {
    const { uses } = recorder();
    for (const keyId of KEY) uses.noteUse(fresh(keyId), null, 'me');
    expect([uses.dropped, uses.waiting]).toEqual([1, 2]);
    expect(uses.take(1)?.uses.map(({ keyId }) => keyId)).toEqual([KEY[1]]);
    expect(uses.take(1)?.uses.map(({ keyId }) => keyId)).toEqual([KEY[2]]);
  });

  test('whatever is used and reported in whatever order, each key waits once and is reported with its last use', () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ does: fc.constant('use' as const), key: fc.nat({ max: 6 }) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          does: fc.constantFrom('tick' as const, 'take' as const, 'evict' as const),
          key: fc.nat({ max: 6 }),
        }),
      },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 120 }), (max, steps) => {
        const { at, uses } = recorder({ keys: max, retiredKeys: 1 });
        const told = new ToldUses(max);
        const keys = Array.from({ length: 7 }, (_, nth) => fresh(`key ${nth}`));
        const does: Record<(typeof steps)[number]['does'], (key: UsedKey, nth: number) => void> = {
          tick: () => {
            at((told.nowMs += 500));
          },
          evict: ({ key }, nth) => {
            keys[nth] = fresh(key);
          },
          use: (key) => {
            uses.noteUse(key, null, 'me');
            told.use(key);
          },
          take: (_key, most) => {
            expect(uses.take(most)?.uses.map((use) => [use.keyId, use.at]) ?? []).toEqual(told.take(most));
          },
        };
        for (const step of steps) {
          does[step.does](keys[step.key] ?? fresh(''), step.key);
          expect([uses.waiting, uses.dropped]).toEqual([told.waiting.size, told.dropped]);
        }
      }),
    );
  });

  test('gathers the addresses of a retired key, at most eight, and only what is one', () => {
    const { uses } = recorder();
    for (let host = 1; host < 20; host++) uses.noteRetired(KEY[0], `192.0.2.${host}`);
    for (const text of ['not an address', 'fe80::1%eth0', null]) uses.noteRetired(KEY[1], text);
    const [first, second] = uses.take(10)?.retired ?? [];
    expect(first?.addresses).toHaveLength(8);
    expect(second?.addresses).toEqual([]);
  });

  test('does not pass on what a caller of verify calls an address', () => {
    const { uses } = recorder();
    uses.noteUse(fresh(KEY[0]), 'somewhere', 'verify');
    expect(uses.take(1)?.uses[0]?.address).toBeNull();
  });
});
