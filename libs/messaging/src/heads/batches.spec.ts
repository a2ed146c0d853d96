import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Batches } from './batches.js';

/** Batches whose work ends when the test says so. */
class Worked {
  readonly begun: string[][] = [];
  private readonly running: (() => void)[] = [];
  private readonly batches = new Batches<string, string>({
    work: async (entries) => {
      this.begun.push([...entries]);
      await new Promise<void>((resolve) => this.running.push(resolve));
      return entries.map((entry) => () => `answer to ${entry}`);
    },
    // The first letter asks.
    askerOf: (entry) => entry.charAt(0),
  });

  ask(entry: string): Promise<string> {
    return this.batches.take(entry);
  }

  /** Asks once with each, and a while passes: from then on the batches know them. */
  async know(...askers: readonly string[]): Promise<void> {
    const answers = askers.map((asker) => this.ask(asker));
    await jest.advanceTimersByTimeAsync(100);
    await this.end();
    await Promise.all(answers);
    await jest.advanceTimersByTimeAsync(1_000);
    this.begun.length = 0;
  }

  /** Ends the work on the batch that has begun. */
  async end(): Promise<void> {
    await jest.advanceTimersByTimeAsync(0);
    this.running.shift()?.();
    await jest.advanceTimersByTimeAsync(0);
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('those who ask at the same moment share a batch', () => {
  test('which begins as soon as all are there that have asked lately', async () => {
    const worked = new Worked();
    await worked.know('a', 'b', 'c');
    void worked.ask('a1');
    await jest.advanceTimersByTimeAsync(1);
    void worked.ask('b1');
    await jest.advanceTimersByTimeAsync(1);
    expect(worked.begun).toEqual([]);
    const answer = worked.ask('c1');
    await worked.end();
    expect(worked.begun).toEqual([['a1', 'b1', 'c1']]);
    await expect(answer).resolves.toBe('answer to c1');
  });

  test('and does not wait long for one that does not come', async () => {
    const worked = new Worked();
    await worked.know('a', 'b');
    void worked.ask('a1');
    await jest.advanceTimersByTimeAsync(10);
    expect(worked.begun).toEqual([['a1']]);
  });

  test('nor at all for one that has been away, or where nobody else asks', async () => {
    const worked = new Worked();
    await worked.know('a', 'b');
    await jest.advanceTimersByTimeAsync(2_000);
    await worked.know('a');
    void worked.ask('a1');
    await jest.advanceTimersByTimeAsync(0);
    expect(worked.begun).toEqual([['a1']]);
  });
});

test('one batch is worked on at a time, and what comes meanwhile is in the next one', async () => {
  const worked = new Worked();
  await worked.know('a');
  void worked.ask('a1');
  await jest.advanceTimersByTimeAsync(0);
  const answers = [worked.ask('a2'), worked.ask('a3')];
  await jest.advanceTimersByTimeAsync(1_000);
  expect(worked.begun).toEqual([['a1']]);
  await worked.end();
  await jest.advanceTimersByTimeAsync(1);
  expect(worked.begun).toEqual([['a1'], ['a2', 'a3']]);
  await worked.end();
  await expect(Promise.all(answers)).resolves.toEqual(['answer to a2', 'answer to a3']);
});

test('work that fails fails the entries of its batch and no others', async () => {
  const batches = new Batches<string, string>({
    work: (entries) =>
      entries.includes('bad') ? Promise.reject(new Error('no')) : Promise.resolve(entries.map((entry) => () => entry)),
    askerOf: () => 'one',
  });
  const bad = expect(batches.take('bad')).rejects.toThrow('no');
  await jest.advanceTimersByTimeAsync(100);
  await bad;
  const good = expect(batches.take('good')).resolves.toBe('good');
  await jest.advanceTimersByTimeAsync(100);
  await good;
});
