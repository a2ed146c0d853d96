import { expect, test } from '@jest/globals';
import { Budget } from './budget.js';

test('so many run at once, so many wait for them in order, and what is beyond that is refused', async () => {
  const budget = new Budget({ running: 2, waiting: 2 });
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (nth: number): Promise<void> =>
    budget.take(() => {
      begun.push(nth);
      return new Promise((resolve) => ends.push(resolve));
    });
  const taken = [0, 1, 2, 3].map(work);
  await expect(work(4)).rejects.toThrow('too many requests at once');
  expect(begun).toEqual([0, 1]);
  ends[0]?.();
  await taken[0];
  expect(begun).toEqual([0, 1, 2]);
  const late = work(5);
  await expect(work(6)).rejects.toThrow('too many requests at once');
  for (let nth = 1; nth < 5; nth += 1) {
    ends[nth]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([...taken, late]);
  expect(begun).toEqual([0, 1, 2, 3, 5]);
});

test('work that fails gives its place back', async () => {
  const budget = new Budget({ running: 1, waiting: 0 });
  await expect(budget.take(() => Promise.reject(new Error('it broke')))).rejects.toThrow('it broke');
  await expect(budget.take(() => Promise.resolve('done'))).resolves.toBe('done');
});
