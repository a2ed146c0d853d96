import { expect, test } from '@jest/globals';
import { AggregatorRegistry, Registry } from 'prom-client';
import { expositionProblems } from '@keyfold/testing/exposition';
import { SURFACES } from '../authentication/verdict.js';
import { DecisionDurations } from './decision-durations.js';

const NAME = 'keyfold_gateway_decision_duration_seconds';

async function pageOf(durations: DecisionDurations): Promise<string> {
  const registry = new Registry();
  durations.register(registry);
  return registry.metrics();
}

test('every surface is there from the start, and the page is a histogram', async () => {
  const page = await pageOf(new DecisionDurations());
  expect(expositionProblems(page)).toEqual([]);
  for (const surface of SURFACES) expect(page).toContain(`${NAME}_count{surface="${surface}"} 0`);
});

test('each decision is counted; those in turn are timed one in sixteen, those that wait each', async () => {
  let nowMs = 1_000;
  let reads = 0;
  const durations = new DecisionDurations(() => {
    reads++;
    return nowMs;
  });
  for (let n = 0; n < 32; n++) {
    const begunAtMs = durations.begin();
    nowMs += 0.05;
    durations.madeInTurn('me', begunAtMs);
  }
  expect(reads).toBe(4);
  const begunAtMs = durations.beginWaiting();
  nowMs += 30;
  durations.made('me', begunAtMs);
  const page = await pageOf(durations);
  expect(page).toContain(`${NAME}_bucket{le="0.00001",surface="me"} 0\n`);
  expect(page).toContain(`${NAME}_bucket{le="0.0001",surface="me"} 32\n`);
  expect(page).toContain(`${NAME}_bucket{le="0.025",surface="me"} 32\n`);
  expect(page).toContain(`${NAME}_bucket{le="0.05",surface="me"} 33\n`);
  expect(page).toContain(`${NAME}_bucket{le="+Inf",surface="me"} 33\n`);
  const sum = Number(new RegExp(`${NAME}_sum{surface="me"} (\\S+)`).exec(page)?.[1]);
  expect(sum).toBeCloseTo(32 * 0.000_05 + 0.03, 6);
});

test('a decision on a bound is below it, one above all bounds is counted', async () => {
  let nowMs = 0;
  const durations = new DecisionDurations(() => nowMs);
  for (const ms of [1_000, 5_000]) {
    const begunAtMs = durations.beginWaiting();
    nowMs += ms;
    durations.made('grpc', begunAtMs);
  }
  const page = await pageOf(durations);
  expect(page).toContain(`${NAME}_bucket{le="1",surface="grpc"} 1\n`);
  expect(page).toContain(`${NAME}_count{surface="grpc"} 2\n`);
});

test('the processes of one gateway are added up', async () => {
  const pages = await Promise.all(
    [1, 2].map(async () => {
      const registry = new Registry();
      const durations = new DecisionDurations();
      durations.made('nats', durations.beginWaiting());
      durations.register(registry);
      // As it goes from a process to another.
      return JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as object[];
    }),
  );
  const page = await AggregatorRegistry.aggregate(pages).metrics();
  expect(expositionProblems(page)).toEqual([]);
  expect(page).toContain(`${NAME}_count{surface="nats"} 2`);
});
