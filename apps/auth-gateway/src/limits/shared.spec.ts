import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '@keyfold/domain';
import { eventually } from '@keyfold/testing/eventually';
import { noSiblings, type Siblings } from '../workers/siblings.js';
import { FailedAttempts } from './failed-attempts.js';
import { KeyLimits } from './key-limits.js';
import { shareFailures } from './shared-failures.js';
import { answersOf, LimitsUnavailableError, SharedKeyLimits } from './shared-key-limits.js';

const clock = { nowMs: 0 };
const nowMs = (): number => clock.nowMs;
const limit = { requests: 3, seconds: 60 };

/** Workers whose messages arrive in the next turn, and a primary that counts for them. */
function startWorkers(count: number): { workers: Siblings[]; asked: () => number; silence: () => void } {
  const listeners = Array.from({ length: count }, () => new Map<string, (body: JsonValue) => void>());
  const answers = answersOf(new KeyLimits(nowMs, 100));
  let asked = 0;
  let isSilent = false;
  const workers = listeners.map((own, at): Siblings => {
    return {
      count,
      slot: String(at),
      send: (topic, body) => {
        for (const [to, other] of listeners.entries()) if (to !== at) other.get(topic)?.(body);
      },
      on: (topic, listener) => own.set(topic, listener),
      ask: async (topic, body) => {
        asked++;
        await Promise.resolve();
        return isSilent ? null : (answers[topic]?.(body) ?? null);
      },
    };
  });
  return { workers, asked: () => asked, silence: () => (isSilent = true) };
}

describe('limits of keys in a gateway of several processes', () => {
  test('a limit holds for all of them together, however many ask at once', async () => {
    const { asked, workers } = startWorkers(3);
    const limits = workers.map((siblings) => new SharedKeyLimits(siblings, nowMs));
    const answers = await Promise.all(
      limits.flatMap((each) => Array.from({ length: 20 }, () => each.ask('key', limit))),
    );
    expect(answers.filter((reached) => reached === null)).toHaveLength(3);
    expect(answers.filter((reached) => reached?.retrySeconds === 60)).toHaveLength(57);
    // What is asked in one turn goes together.
    expect(asked()).toBe(3);
  });

  test('who has reached a limit is refused without asking until the time has come, or another limit', async () => {
    const { workers } = startWorkers(1);
    const [siblings = noSiblings] = workers;
    const limits = new SharedKeyLimits(siblings, nowMs);
    expect(limits.take('key', limit)).toBeUndefined();
    for (let request = 0; request < 4; request++) await limits.ask('key', limit);
    clock.nowMs += 59_500;
    expect(limits.take('key', limit)).toEqual({ name: 'key', ...limit, retrySeconds: 1 });
    expect(limits.take('another key', limit)).toBeUndefined();
    expect(limits.take('key', { ...limit, requests: 4 })).toBeUndefined();
    expect(await limits.ask('key', { ...limit, requests: 4 })).toBeNull();
    clock.nowMs += 500;
    expect(limits.take('key', limit)).toBeUndefined();
    expect(await limits.ask('key', limit)).toBeNull();
  });

  test('without an answer nobody passes', async () => {
    const { silence, workers } = startWorkers(1);
    silence();
    const [siblings = noSiblings] = workers;
    await expect(new SharedKeyLimits(siblings, nowMs).ask('key', limit)).rejects.toThrow(LimitsUnavailableError);
  });
});

test('failures that processes count are counted by the others as well', async () => {
  const { workers } = startWorkers(2);
  const [here, there] = workers.map((siblings) =>
    shareFailures(siblings, (counted) => new FailedAttempts(7, nowMs, counted)),
  );
  for (const keyId of ['key', 'a key that is tried later']) {
    for (let failed = 0; failed < 50; failed++) {
      here?.computedWrong(keyId, '192.0.2.1');
      there?.computedWrong(keyId, '192.0.2.2');
    }
    // Told a little later, by a timer.
    await eventually(() => there?.heldBack(keyId, '192.0.2.1') !== null && here?.heldBack(keyId, '192.0.2.2') !== null);
    expect(there?.heldBack(keyId, '192.0.2.1')).toMatchObject({ name: 'failures-of-key' });
    expect(there?.heldBack(keyId, '192.0.2.3')).toBeNull();
  }
});
