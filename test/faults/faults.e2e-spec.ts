import { expect, test } from '@jest/globals';
import { printFigures } from './figures.js';
import { runFaults } from './run.js';
import { seedOr } from './seed.js';

/* The short form of what `npm run test:faults` does with every fault. */

test('processes killed and a gateway cut off: what was answered holds', async () => {
  const { counts, figures, kinds } = await runFaults({
    seed: seedOr(1),
    admins: 1,
    gateways: [1, 1],
    clients: 3,
    stepsPerClient: 8,
    leastRequests: 5_000,
    faults: ['admin killed', 'answers to commits lost', 'gateway partitioned beyond its lease'],
  });
  printFigures('the short form of test:faults', figures);
  expect(kinds).toHaveLength(3);
  expect(Math.min(counts.done, counts.allowed, counts.denied)).toBeGreaterThan(25);
  expect(figures.confirmed).toBeGreaterThan(5);
  expect(figures.afterConfirmation).toBeGreaterThan(50);
  expect(Math.min(counts.unknown, counts.stale)).toBeGreaterThan(0);
});
