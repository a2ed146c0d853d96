import { describe, expect, test } from '@jest/globals';
import { UseRecorder } from './use-recorder.js';

const KEY = ['a', 'b', 'c'].map((letter) => letter.repeat(22)) as [string, string, string];

function recorder(max = { keys: 2, retiredKeys: 2 }): { uses: UseRecorder; at: (ms: number) => void } {
  let nowMs = 1_000;
  const uses = new UseRecorder(() => nowMs, max);
  const at = (ms: number): void => {
    nowMs = ms;
    uses.tick();
  };
  return { uses, at };
}

describe('the use recorder', () => {
  test('keeps one entry for a key, of its last use', () => {
    const { uses, at } = recorder();
    uses.noteUse(KEY[0], '192.0.2.1', 'me');
    at(2_000);
    uses.noteUse(KEY[0], '192.0.2.2', 'token');
    uses.noteUse(KEY[0], '192.0.2.3', 'me');
    expect(uses.take(10)).toEqual({
      uses: [{ keyId: KEY[0], at: '1970-01-01T00:00:02.000Z', address: '192.0.2.2', surface: 'token' }],
      retired: [],
    });
    expect(uses.take(10)).toBeNull();
  });

  test('is bounded: what has waited longest goes first, and is counted', () => {
    const { uses } = recorder();
    for (const keyId of KEY) uses.noteUse(keyId, null, 'me');
    expect([uses.dropped, uses.waiting]).toEqual([1, 2]);
    expect(uses.take(1)?.uses.map(({ keyId }) => keyId)).toEqual([KEY[1]]);
    expect(uses.take(1)?.uses.map(({ keyId }) => keyId)).toEqual([KEY[2]]);
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
    uses.noteUse(KEY[0], 'somewhere', 'verify');
    expect(uses.take(1)?.uses[0]?.address).toBeNull();
  });
});
