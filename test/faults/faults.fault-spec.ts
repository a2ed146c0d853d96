import { describe, expect, test } from '@jest/globals';
import { FAULTS } from './plan.js';
import { Random } from './random.js';
import { runFaults, type RunOptions } from './run.js';
import { seedOr } from './seed.js';

/*
 * The product as processes, clients that give it commands and ask its gateways all the time, and faults that strike
 * meanwhile; afterwards everything that was answered is held against the log and the rules. A seed decides who asks for
 * what and which fault strikes when, counted in requests; what the processes make of it in between is theirs.
 */
const LONGEST_MS = 900_000;
const seed = seedOr(1);
const deck = new Random(seed).shuffled(FAULTS);
const struck = new Set<string>();
let unknown = 0;
let stale = 0;

const worlds: [string, Pick<RunOptions, 'admins' | 'gateways'>][] = [
  ['one admin-service and two gateways', { admins: 1, gateways: [1, 1] }],
  ['two admin-services and a gateway of two processes', { admins: 2, gateways: [2] }],
  ['two admin-services and three gateways', { admins: 2, gateways: [1, 1, 1] }],
];

describe(`whatever strikes, what was answered holds (seed ${seed})`, () => {
  test.each(worlds.map(([name, world], at) => [name, at, world] as const))(
    'with %s',
    async (_name, at, world) => {
      const faults = deck.filter((_kind, nth) => nth % worlds.length === at);
      const { counts, kinds } = await runFaults({ seed: seed + at, clients: 4, stepsPerClient: 8, faults, ...world });
      for (const kind of kinds) struck.add(kind);
      // A run in which nothing happened shows nothing.
      expect(Math.min(counts.done, counts.allowed, counts.denied)).toBeGreaterThan(100);
      // What one arrangement rides out, another does not.
      unknown += counts.unknown;
      stale += counts.stale;
    },
    LONGEST_MS,
  );
});

test('every fault has struck, and was felt', () => {
  expect(FAULTS.filter((kind) => !struck.has(kind))).toEqual([]);
  expect(Math.min(unknown, stale)).toBeGreaterThan(0);
});
