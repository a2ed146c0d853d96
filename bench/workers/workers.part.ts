import { availableParallelism } from 'node:os';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { AdminSession } from '../stack/admin-session.js';
import { basic, FORWARDED_LINES, keepAuthorizations, waitUntilAllowed } from '../stack/proven-key.js';
import { type Services, waitUntilReady, withServices } from '../stack/services.js';
import { nodeCommand, startChild } from '../support/child.js';
import type { HttpLoad, HttpLoadResult } from '../support/http-load.js';

const WORKERS = 2;
const CONNECTIONS = 32;

export const workersPart: Part = {
  name: 'workers',
  about: `a gateway of ${WORKERS} processes against one of one process`,
  run: (options) => withServices((services) => measure(services, options)),
};

async function measure(services: Services, { progress, rounds, seconds }: BenchOptions): Promise<Figure[]> {
  const session = await AdminSession.signIn(services.adminUrl, services.adminPassword);
  const { key, username } = await session.provisionKey();
  const authorization = basic(username, key);
  const authorizationsFile = await keepAuthorizations(services.dataDir, 'workers', [authorization]);
  const [many, one] = [
    await startedGateway(services, WORKERS, authorization),
    await startedGateway(services, 1, authorization),
  ];
  const load = (gatewayUrl: string) => (): Promise<number> =>
    answersPerSecond({
      url: `${gatewayUrl}/v1/forward-auth`,
      connections: CONNECTIONS,
      seconds,
      lines: FORWARDED_LINES,
      authorizationsFile,
      answerEnd: '\r\n\r\n',
      statuses: [200],
    });
  const figure = await compare({
    name: `${WORKERS} workers against one, proven key`,
    unit: 'answers/s',
    aim: null,
    rounds,
    ours: load(many),
    theirs: load(one),
    progress,
    note: `the load takes its share of the machine's ${availableParallelism()} processors`,
  });
  return [figure];
}

/** @returns where it answers */
async function startedGateway(services: Services, workers: number, authorization: string): Promise<string> {
  const env = { KEYFOLD_GATEWAY_WORKERS: String(workers) };
  const { child, opsUrl, url } = await services.startGateway(`workers-${workers}`, { env });
  await waitUntilReady(opsUrl, child);
  // Connections go to the workers in turn, and each worker meets the key for the first time once.
  for (let connection = 0; connection < CONNECTIONS; connection++) await waitUntilAllowed(url, authorization);
  return url;
}

/**
 * The load is not bound to a core: it runs where there is room, as whatever stands before a gateway on its host does.
 */
async function answersPerSecond(load: HttpLoad): Promise<number> {
  const client = startChild(nodeCommand('bench/support/load-process.js', JSON.stringify(load)));
  // The contract between the two processes.
  const { perSecond } = JSON.parse(await client.line(/^\{"perSecond":/)) as HttpLoadResult;
  return perSecond;
}
