import type { BenchOptions, DurationFigure } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import type { SeededLists } from '../listing/seeded-lists.js';
import type { AdminSession } from '../stack/admin-session.js';

const CALLS_PER_ROUND = 20;
const AIM_MS = 200;
const DUE_AIM_MS = 300;
const SUMMARY = '/v1/api-keys/summary';
const REPORT = '/v1/audit/reports/keys';

/** How long counts of all keys take, and what they take while a sweep of the key lists is due. */
export async function countTimes(
  { askers }: SeededLists,
  { progress, rounds }: BenchOptions,
): Promise<readonly DurationFigure[]> {
  const { manager, supervisor } = askers;
  const swept = {
    'summary, first': await timeOf(manager, SUMMARY),
    'report, first': await timeOf(manager, REPORT),
    'summary, p99': await slowest(manager, SUMMARY, rounds),
    'report, p99': await slowest(manager, REPORT, rounds),
    "supervisor's summary, p99": await slowest(supervisor, SUMMARY, rounds),
  };
  progress(`console: counts take ${Math.round(swept['summary, p99'])} and ${Math.round(swept['report, p99'])} ms`);
  // From here on a sweep is due: what all keys are is another.
  await manager.call('PATCH', '/v1/settings/security', { maxApiKeyLifetimeDays: 60 });
  const due = { summary: await timeOf(manager, SUMMARY), report: await timeOf(manager, REPORT) };
  return [
    {
      kind: 'duration',
      name: 'console, counts of all keys',
      aim: { 'summary, p99': AIM_MS, 'report, p99': AIM_MS, "supervisor's summary, p99": AIM_MS },
      milliseconds: swept,
    },
    {
      kind: 'duration',
      name: 'console, counts of all keys just after the maximum lifetime has changed',
      aim: { summary: DUE_AIM_MS, report: DUE_AIM_MS },
      milliseconds: due,
    },
  ];
}

async function timeOf(asker: AdminSession, path: string): Promise<number> {
  const start = performance.now();
  await asker.call('GET', path);
  return performance.now() - start;
}

async function slowest(asker: AdminSession, path: string, rounds: number): Promise<number> {
  const milliseconds: number[] = [];
  for (let call = 0; call < rounds * CALLS_PER_ROUND; call += 1) milliseconds.push(await timeOf(asker, path));
  return percentile(milliseconds, 99);
}
