import { projectionSchema } from '../../apps/auth-gateway/src/projection/projection-schema.js';
import type { BenchOptions, BoundedFigure, DurationFigure, Figure, Part } from '../harness/figure.js';
import { AdminSession } from '../stack/admin-session.js';
import { FORWARDED_LINES, keepAuthorizations } from '../stack/proven-key.js';
import { type SeededKeys, seedKeys } from '../stack/seeded-keys.js';
import { type Gateway, type Services, waitUntilReady, withServices } from '../stack/services.js';
import { ask } from '../support/asked-server.js';
import { residentMegabytes } from '../support/cores.js';
import { KeyQueries } from './key-queries.js';

/** The keys are in no record: the gateway would put that right. */
const UNAUDITED = { KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS: '0' };
const GATEWAY_ID = 'memory';
const KEYS = 1_000_000;
const ASKED_KEYS = 200_000;
/** One load process each, which has two minutes. */
const ASKED_AT_A_TIME = 20_000;
const AT_ONCE = 100;
const MOST_MEGABYTES = 400;
const MOST_MS_TO_READY = 3_000;
/** A start, and what the collector still has to do after it. */
const SETTLE_MS = 3_000;

export const memoryPart: Part = {
  name: 'memory',
  about: `a gateway with ${KEYS} keys and users in its projection`,
  run: (options) =>
    withServices((services) => measure(services, options), {
      postgresSettings: { shared_preload_libraries: 'pg_stat_statements' },
    }),
};

async function measure(services: Services, { progress, rounds }: BenchOptions): Promise<Figure[]> {
  await (await AdminSession.signIn(services.adminUrl, services.adminPassword)).provisionKey();
  const first = await services.startGateway(GATEWAY_ID);
  await waitUntilReady(first.opsUrl, first.child);
  await first.child.stop();
  progress(`memory: making ${KEYS} keys and users`);
  const keys = await seedKeys(services, GATEWAY_ID, KEYS);
  const asked = distinctNumbers(ASKED_KEYS + 1, KEYS);
  await keys.prove(asked);
  const queries = await KeyQueries.open(services.gatewayDatabaseUrl);
  services.closeAtEnd(() => queries.close());
  const starts: number[] = [];
  for (let round = 1; round < rounds; round++) {
    const { gateway, milliseconds } = await timedStart(services);
    starts.push(milliseconds);
    await gateway.child.stop();
  }
  const { gateway, milliseconds } = await timedStart(services);
  starts.push(milliseconds);
  return [readyFigure(starts), ...(await measureMisses({ services, gateway, keys, asked, queries, progress }))];
}

interface Measured extends Pick<BenchOptions, 'progress'> {
  readonly services: Services;
  readonly gateway: Gateway;
  readonly keys: SeededKeys;
  readonly asked: readonly number[];
  readonly queries: KeyQueries;
}

async function measureMisses({ asked, gateway, keys, progress, queries, services }: Measured): Promise<Figure[]> {
  const pid = gateway.child.process.pid ?? 0;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const idle = residentMegabytes(pid);
  const [one = 1, ...others] = asked;
  await queries.reset();
  await askAtOnce(gateway.url, keys.authorization(one));
  const shared = await queries.measured();
  progress(`memory: asking with ${others.length} keys`);
  await queries.reset();
  for (let from = 0; from < others.length; from += ASKED_AT_A_TIME)
    await askWith({ services, gateway, keys }, others.slice(from, from + ASKED_AT_A_TIME));
  const missed = await queries.measured();
  const touched = residentMegabytes(pid);
  return [
    memoryFigure({ idle, [`after ${others.length} keys`]: touched }),
    {
      kind: 'bounded',
      name: `queries for ${AT_ONCE} requests at once with one key that is not in memory`,
      within: { least: 1, most: 1 },
      values: { queries: shared.calls },
    },
    {
      kind: 'bounded',
      name: 'queries for each further key that is not in memory',
      // A load ends while its last questions are on their way.
      within: { least: 0.99, most: 1.01 },
      values: { queries: missed.calls / others.length },
      note: `${missed.meanMs.toFixed(3)} ms each in Postgres: ${await queries.plan(projectionSchema(GATEWAY_ID), keys.keyId(one))}`,
    },
  ];
}

/** Asks once with each of these keys. */
async function askWith(
  { gateway: { child, url }, keys, services }: Pick<Measured, 'gateway' | 'keys' | 'services'>,
  numbers: readonly number[],
): Promise<void> {
  const authorizations = numbers.map((number) => keys.authorization(number));
  await ask(
    { url, pid: child.process.pid ?? 0 },
    {
      url: `${url}/v1/forward-auth`,
      connections: 32,
      seconds: 0,
      lines: FORWARDED_LINES,
      authorizationsFile: await keepAuthorizations(services.dataDir, 'memory', authorizations),
      isOnceThrough: true,
      answerEnd: '\r\n\r\n',
      statuses: [200],
    },
  );
}

async function timedStart(services: Services): Promise<{ gateway: Gateway; milliseconds: number }> {
  const start = performance.now();
  const gateway = await services.startGateway(GATEWAY_ID, { env: UNAUDITED });
  await waitUntilReady(gateway.opsUrl, gateway.child);
  return { gateway, milliseconds: performance.now() - start };
}

function readyFigure(starts: readonly number[]): DurationFigure {
  const sorted = [...starts].sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return {
    kind: 'duration',
    name: `start to ready, ${KEYS} keys and users in the projection`,
    aim: { median: MOST_MS_TO_READY },
    milliseconds: { median, most: sorted.at(-1) ?? Number.NaN },
  };
}

function memoryFigure(values: Readonly<Record<string, number>>): BoundedFigure {
  return {
    kind: 'bounded',
    name: `resident memory (MB), ${KEYS} keys and users in the projection`,
    within: { least: 0, most: MOST_MEGABYTES },
    values,
    note: 'the default cache; the whole process',
  };
}

async function askAtOnce(gatewayUrl: string, authorization: string): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, () => fetch(`${gatewayUrl}/v1/forward-auth`, { headers: { authorization } })),
  );
  const refused = answers.find(({ status }) => status !== 200);
  if (refused !== undefined) throw new Error(`a key that must pass was answered ${refused.status}`);
}

/** So many different numbers from 1 to `most`, in random order. */
function distinctNumbers(count: number, most: number): number[] {
  const numbers = new Set<number>();
  while (numbers.size < count) numbers.add(1 + Math.floor(Math.random() * most));
  return [...numbers];
}
