import { afterAll, describe, expect, test } from '@jest/globals';
import { ALL_TAKEN_AWAY, type TakenAway } from './checks/confirmed.js';
import { problemsOfShare, type Share, sumOfShares } from './checks/share.js';
import { type Figures, printFigures, sumOfFigures } from './figures.js';
import { FAULTS } from './plan.js';
import { Random } from './random.js';
import { FaultsFound, runFaults, type RunOptions } from './run.js';
import { seedOr } from './seed.js';

/*
 * The product as processes, clients that give it commands and ask its gateways all the time, and faults that strike
 * meanwhile; afterwards everything that was answered is held against the log and the rules. A seed decides who asks for
 * what and which fault strikes when, counted in requests; what the processes make of it in between is theirs.
 */
const LONGEST_MS = 1_800_000;
/** Of all worlds together. */
const LEAST_REQUESTS = 100_000;
const LEAST_SHARE = { command: 6, confirmed: 100, allowed: 150, refused: 150 };
/** Of requests that began after a confirmation, for each thing that it can take away. */
const LEAST_AFTER_CONFIRMATION = 50;
const seed = seedOr(1);
const deck = new Random(seed).shuffled(FAULTS);
const struck = new Set<string>();
const shares: Share[] = [];
const figures: Figures[] = [];
const takenAway = new Map<TakenAway, number>();
let unknown = 0;
let stale = 0;

const worlds: [string, Pick<RunOptions, 'admins' | 'gateways'>][] = [
  ['one admin-service and two gateways', { admins: 1, gateways: [1, 1] }],
  ['two admin-services and a gateway of two processes', { admins: 2, gateways: [2] }],
  ['two admin-services and three gateways', { admins: 2, gateways: [1, 1, 1] }],
];

afterAll(() => {
  printFigures(`faults with seed ${seed}`, sumOfFigures(figures));
});

describe(`whatever strikes, what was answered holds (seed ${seed})`, () => {
  test.each(worlds.map(([name, world], at) => [name, at, world] as const))(
    'with %s',
    async (_name, at, world) => {
      const faults = deck.filter((_kind, nth) => nth % worlds.length === at);
      // The last one has most gateways, and adds what is missing.
      const isLast = at === worlds.length - 1;
      const leastRequests = isLast ? LEAST_REQUESTS - sumOfFigures(figures).judged : LEAST_REQUESTS / 5;
      const options = { seed: seed + at, clients: 4, stepsPerClient: 8, faults, leastRequests, ...world };
      const report = await runFaults(options).catch((error: unknown) => {
        if (error instanceof FaultsFound) figures.push(error.figures);
        throw error;
      });
      const { counts, kinds } = report;
      for (const kind of kinds) struck.add(kind);
      shares.push(report.share);
      figures.push(report.figures);
      for (const [what, times] of report.afterConfirmation) takenAway.set(what, (takenAway.get(what) ?? 0) + times);
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

test('every command was given and every surface asked often enough to say something of it', () => {
  expect(problemsOfShare(sumOfShares(shares), LEAST_SHARE)).toEqual([]);
  const rare = ALL_TAKEN_AWAY.filter((what) => (takenAway.get(what) ?? 0) < LEAST_AFTER_CONFIRMATION);
  expect(rare).toEqual([]);
  expect(sumOfFigures(figures).judged).toBeGreaterThanOrEqual(LEAST_REQUESTS);
});
