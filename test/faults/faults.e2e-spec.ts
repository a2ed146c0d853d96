import { expect, test } from '@jest/globals';
import { runFaults } from './run.js';
import { seedOr } from './seed.js';

/* The short form of what `npm run test:faults` does with every fault. */

test('processes killed and a gateway cut off: what was answered holds', async () => {
  const { counts, kinds } = await runFaults({
    seed: seedOr(1),
    admins: 1,
    gateways: [1, 1],
    clients: 3,
    stepsPerClient: 6,
    faults: ['admin killed', 'answers to commits lost', 'gateway partitioned beyond its lease'],
  });
  expect(kinds).toHaveLength(3);
  expect(Math.min(counts.done, counts.allowed, counts.denied)).toBeGreaterThan(50);
  expect(Math.min(counts.unknown, counts.stale)).toBeGreaterThan(0);
});
