import { expect, test } from '@jest/globals';
import { compare } from './compare.js';
import { tableOf } from './report.js';
import { percentile, spreadOf } from './spread.js';

test('the median of an even number of rounds lies between the two in the middle', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spreadOf([8, 1, 2, 3, 100], 'quartiles')).toEqual({ median: 3, min: 2, max: 8 });
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

test('for what should be small the aim is the most that will do', async () => {
  const given = { name: 'first use', unit: 'ms', aim: 1.15, rounds: 1, progress: () => undefined };
  const figure = await compare({
    ...given,
    aimIs: 'most',
    ours: () => Promise.resolve(1.2),
    theirs: () => Promise.resolve(1),
  });
  expect(tableOf([figure])).toMatch(/first use\s+<= 1.15 x\s+1\.20 \(1\.20\.\.1\.20\) x {2}ABOVE AIM\s+1\.20 /);
});

test('values out of bounds are marked', () => {
  const within = { least: 0.45, most: 0.55 };
  const of = (values: Record<string, number>): string => tableOf([{ kind: 'bounded', name: 'timing', within, values }]);
  expect(of({ wrong: 0.45, revoked: 0.5512 })).toMatch(
    /timing\s+0.45..0.55\s+wrong 0.45, revoked 0.551 {2}OUT OF BOUNDS$/m,
  );
  expect(of({ wrong: 0.45, revoked: 0.55 })).not.toContain('OUT');
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
