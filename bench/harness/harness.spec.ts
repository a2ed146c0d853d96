import { expect, test } from '@jest/globals';
import { compare } from './compare.js';
import { tableOf } from './report.js';
import { percentile, spreadOf } from './spread.js';

test('the median of an even number of rounds lies between the two in the middle', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(percentile([10], 99)).toBe(10);
  expect(() => spreadOf([])).toThrow(RangeError);
});

test('both sides alternate, the first round does not count, and the ratio is that of each round', async () => {
  const order: string[] = [];
  const values = { ours: [1000, 10, 20, 30], theirs: [1, 10, 10, 10] };
  const side = (name: 'ours' | 'theirs') => (): Promise<number> => {
    order.push(name);
    return Promise.resolve(values[name].shift() ?? 0);
  };
  const figure = await compare({
    name: 'x',
    unit: 'events/s',
    aim: 2.5,
    rounds: 3,
    ours: side('ours'),
    theirs: side('theirs'),
    progress: () => undefined,
  });
  expect(order).toEqual(['ours', 'theirs', 'ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs']);
  expect(figure).toMatchObject({ ratio: { median: 2, min: 1, max: 3 }, ours: { median: 20 } });
  expect(tableOf([figure])).toMatch(/x\s+>= 2.5 x\s+2\.00 \(1\.00\.\.3\.00\) x {2}BELOW AIM/);
});

test('durations and parts that could not run have rows too', () => {
  const table = tableOf([
    { kind: 'duration', name: 'latency', aim: { p50: 5 }, milliseconds: { p50: 4, max: 400 } },
    { kind: 'duration', name: 'start', aim: { first: 10 }, milliseconds: { first: 11 } },
    { kind: 'not-run', name: 'append', reason: 'no registry' },
  ]);
  expect(table).toMatch(/latency\s+p50 5\.0 ms\s+p50 4\.0, max 400 ms$/m);
  expect(table).toMatch(/start .*ABOVE AIM$/m);
  expect(table).toMatch(/append\s+-\s+not run\s+no registry/);
});
