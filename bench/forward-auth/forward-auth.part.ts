import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import type { ProvenKey } from '../stack/proven-key.js';
import { withProvenKey } from '../stack/proven-key.js';
import type { AskedServer } from '../support/asked-server.js';
import { ask, startServer } from '../support/asked-server.js';
import { compareServers } from '../support/compare-servers.js';
import { withScratch } from '../support/scratch.js';
import { sameHeaders } from './same-headers.js';

/** Both servers get the same share of what the slower can do: no queue grows, and none is idle. */
const LOAD_SHARE = 0.5;

export const forwardAuthPart: Part = {
  name: 'forward-auth',
  about: 'a proven key at the gateway against bare Fastify routes',
  run: (options) =>
    withScratch(async (folder) => {
      options.progress('forward-auth: starting the product');
      return withProvenKey(folder, (proven) => besideBare(proven, options));
    }),
};

async function besideBare(proven: ProvenKey, options: BenchOptions): Promise<Figure[]> {
  const headers = JSON.stringify(sameHeaders(proven.headers));
  const bare = await startServer('bench/forward-auth/bare-fastify.js', headers);
  try {
    return await measure(proven, bare, options);
  } finally {
    await bare.stop();
  }
}

async function measure(proven: ProvenKey, bare: AskedServer, options: BenchOptions): Promise<Figure[]> {
  const { gateway } = proven;
  const side = (server: AskedServer, path: string): { server: AskedServer; load: ReturnType<ProvenKey['load']> } => ({
    server,
    load: proven.load(`${server.url}${path}`, options.seconds),
  });
  const ours = side(gateway, '/v1/forward-auth');
  const bareSame = side(bare, '/same-headers');
  const againstEmpty = { name: 'forward-auth, proven key', aim: 0.8, ours, theirs: side(bare, '/empty') };
  const againstSame = { name: 'forward-auth, same headers', aim: 0.9, ours, theirs: bareSame };
  const figures = [...(await compareServers(againstEmpty, options)), ...(await compareServers(againstSame, options))];
  const [slower = 0] = figures.map((figure) => figure.ours.median);
  const perSecond = Math.round(slower * LOAD_SHARE);
  const p99 =
    ({ load, server }: typeof ours) =>
    async () =>
      (await ask(server, { ...load, perSecond, isPunctual: true })).latencyMs?.p99 ?? Number.NaN;
  const latency = await compare({
    name: 'forward-auth, p99 at equal load',
    unit: 'ms',
    aim: 1.25,
    aimIs: 'most',
    rounds: options.rounds,
    progress: options.progress,
    ours: p99(ours),
    theirs: p99(bareSame),
    note: `${perSecond} requests/s on each`,
  });
  return [...figures, latency];
}
