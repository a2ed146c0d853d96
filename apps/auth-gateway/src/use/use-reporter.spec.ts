import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { deriveSharedKeys } from '@keyfold/domain';
import { type AskedIn, MAX_REPORTED_USES } from '@keyfold/messaging';
import { NO_USE, type UsedKey } from '../facts/held-facts.js';
import { UseRecorder } from './use-recorder.js';
import { UseReporter } from './use-reporter.js';

const keys = deriveSharedKeys(['a shared secret of the tests, long enough']);
const key = (keyId: string): UsedKey => ({ key: keyId, useMark: NO_USE });
let busy = key('busy');
beforeEach(() => {
  busy = key('busy');
});
const log = { info: () => undefined, warn: () => undefined };

function reporterTo(
  recorder: UseRecorder,
  answer: (report: number) => string,
): { reporter: UseReporter; sent: () => number } {
  let sent = 0;
  const requester = {
    ask: <T>(_kind: string, askedIn: AskedIn<T>): Promise<T> => {
      sent++;
      // As under traffic: what was just taken out is used again before the report is answered.
      recorder.noteUse(busy, null, 'forward-auth');
      return Promise.resolve(answer(sent)).then(askedIn(1).accept);
    },
  };
  return { reporter: new UseReporter({ recorder, requester, keys, gatewayId: 'g', log }), sent: () => sent };
}

test('a key that never rests is reported once each time, not over and over', async () => {
  const recorder = new UseRecorder(() => 0);
  const { reporter, sent } = reporterTo(recorder, () => '{"accepted":1}');
  recorder.noteUse(busy, null, 'forward-auth');
  await reporter.flush();
  expect(sent()).toBe(1);
  expect(recorder.waiting).toBe(1);
  await reporter.flush();
  expect(sent()).toBe(2);
});

test('everything that waits is reported, in as many reports as it takes', async () => {
  const recorder = new UseRecorder(() => 0);
  const { reporter, sent } = reporterTo(recorder, () => '{"accepted":1}');
  for (let n = 0; n < 2 * MAX_REPORTED_USES + 1; n++) recorder.noteUse(key(`key-${n}`), null, 'forward-auth');
  await reporter.flush();
  expect(sent()).toBe(3);
});

test('a stop does not wait for an admin-service that does not answer', async () => {
  const recorder = new UseRecorder(() => 0);
  const requester = { ask: () => new Promise<never>(() => undefined) };
  const reporter = new UseReporter({ recorder, requester, keys, gatewayId: 'g', log });
  recorder.noteUse(busy, null, 'forward-auth');
  void reporter.flush();
  await expect(reporter.close()).resolves.toBeUndefined();
});

test('a report that nobody took is sent again before anything else', async () => {
  const recorder = new UseRecorder(() => 0);
  const { reporter, sent } = reporterTo(recorder, (report) => (report === 1 ? 'no' : '{"accepted":1}'));
  recorder.noteUse(busy, null, 'forward-auth');
  await reporter.flush();
  expect(sent()).toBe(1);
  await reporter.flush();
  expect([sent(), recorder.waiting]).toEqual([3, 1]);
});

describe('the pause between two reports', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** When each report of several keys was sent, in seconds from the start. */
  async function reportsOf(used: number, max = { keys: 200_000, retiredKeys: 100 }): Promise<number[]> {
    const recorder = new UseRecorder(() => 0, max);
    const keysInUse = Array.from({ length: used }, (_, nth) => key(`key-${nth}`));
    const startMs = Date.now();
    const seconds = new Set<number>();
    const requester = {
      ask: <T>(_kind: string, askedIn: AskedIn<T>): Promise<T> => {
        seconds.add((Date.now() - startMs) / 1_000);
        return Promise.resolve(askedIn(1).accept('{"accepted":1}'));
      },
    };
    const reporter = new UseReporter({ recorder, requester, keys, gatewayId: 'g', log });
    reporter.start();
    for (let half = 0; half < 90; half++) {
      for (const used of keysInUse) recorder.noteUse(used, null, 'forward-auth');
      await jest.advanceTimersByTimeAsync(500);
    }
    await reporter.close();
    return [...seconds].slice(0, -1);
  }

  test('is two seconds as long as few keys are in use', async () => {
    expect((await reportsOf(3)).slice(0, 4)).toEqual([2, 4, 6, 8]);
  });

  test('grows with the keys in use, to twenty seconds', async () => {
    expect((await reportsOf(12_500)).slice(0, 4)).toEqual([2, 7, 12, 17]);
    expect(await reportsOf(60_000)).toEqual([2, 22, 42]);
  });

  test('ends before uses must go', async () => {
    expect((await reportsOf(600, { keys: 1_000, retiredKeys: 100 })).slice(0, 3)).toEqual([0.5, 1, 1.5]);
  });
});
