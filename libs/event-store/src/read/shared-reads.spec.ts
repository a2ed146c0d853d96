import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { SharedReads } from './shared-reads.js';

/** Counts in reads that the test ends itself. */
function readsOf(): { begin: (name: string) => Promise<string>; begun: string[]; end: (name: string) => void } {
  const reads = new SharedReads();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    end: (name) => ends.get(name)?.(),
    begin: (name) =>
      reads.take(async () => {
        begun.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
        return name;
      }),
  };
}

test('a read begins behind everything of its turn, two run at once, and the next begins when one ends, also by failing', async () => {
  const { begin, begun, end } = readsOf();
  const results = ['a', 'b', 'c', 'd'].map(begin);
  expect(begun).toEqual([]);
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(['a', 'b']);
  end('b');
  expect(await results[1]).toBe('b');
  await nextTurn();
  expect(begun).toEqual(['a', 'b', 'c']);
  end('a');
  end('c');
  await results[0];
  await nextTurn();
  end('d');
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  const failing = new SharedReads();
  for (let nth = 0; nth < 5; nth += 1)
    await expect(failing.take(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await failing.take(() => Promise.resolve(1))).toBe(1);
});
