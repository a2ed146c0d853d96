import { freePort } from '@keyfold/local-servers';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { spreadOf } from '../harness/spread.js';
import { AdminSession } from '../stack/admin-session.js';
import { gatewayOf, startProduct } from '../stack/product.js';
import { waitFor } from '../stack/services.js';
import { nodeCommand, startChild, type Child } from '../support/child.js';
import { cpuSeconds, LOAD_CORE, pin, SERVER_CORE } from '../support/cores.js';
import { withScratch } from '../support/scratch.js';

const CONNECTIONS = 32;
const SIGN_IN_TIMEOUT_MS = 30_000;

export const proxyPart: Part = {
  name: 'proxy',
  about: 'the reverse proxy with a proven key against @fastify/http-proxy without authentication',
  run: (options) =>
    withScratch(async (dataDir) => {
      const children: Child[] = [];
      try {
        const upstreamUrl = await startServer(children, LOAD_CORE, 'bench/proxy/upstream.js');
        const bareUrl = await startServer(children, SERVER_CORE, 'bench/proxy/bare-http-proxy.js', upstreamUrl);
        const bare = { url: bareUrl, pid: children.at(-1)?.process.pid ?? 0 };
        return await besideProduct(dataDir, { upstreamUrl, bare }, options);
      } finally {
        for (const child of children.reverse()) await child.stop();
      }
    }),
};

interface Proxy {
  readonly url: string;
  readonly pid: number;
}

async function startServer(children: Child[], core: number, module: string, ...args: string[]): Promise<string> {
  const child = startChild(nodeCommand(module, ...args));
  children.push(child);
  const line = await child.line(/^listening at /);
  pin(child.process.pid ?? 0, core);
  return line.slice('listening at '.length);
}

async function besideProduct(
  dataDir: string,
  { upstreamUrl, bare }: { upstreamUrl: string; bare: Proxy },
  options: BenchOptions,
): Promise<Figure[]> {
  options.progress('proxy: starting the product');
  const port = String(await freePort());
  const product = await startProduct(dataDir, { KEYFOLD_UPSTREAM_URL: upstreamUrl, KEYFOLD_PROXY_PORT: port });
  try {
    const session = await AdminSession.signIn(product.adminUrl, product.adminPassword);
    const { username, key } = await session.provisionKey();
    const authorization = `Basic ${Buffer.from(`${username}:${key}`).toString('base64')}`;
    const ours = { url: `http://127.0.0.1:${port}`, pid: gatewayOf(product) };
    await waitFor('the key at the proxy', SIGN_IN_TIMEOUT_MS, async () => {
      return (await fetch(ours.url, { headers: { authorization } })).status === 200;
    });
    return await compareProxies({ ours, bare, authorization }, options);
  } finally {
    await product.stop();
  }
}

async function compareProxies(
  { ours, bare, authorization }: { ours: Proxy; bare: Proxy; authorization: string },
  options: BenchOptions,
): Promise<Figure[]> {
  const isPinned = pin(ours.pid, SERVER_CORE);
  const shares = { ours: [] as number[], bare: [] as number[] };
  const perCpuSecond = { ours: [] as number[], bare: [] as number[] };
  const load = (side: 'ours' | 'bare', proxy: Proxy) => async () => {
    const { perSecond, cpuShare } = await answersPerSecond(proxy, authorization, options.seconds);
    shares[side].push(cpuShare ?? Number.NaN);
    perCpuSecond[side].push(perSecond / (cpuShare ?? Number.NaN));
    return perSecond;
  };
  const figure = await compare({
    name: 'reverse proxy, proven key',
    unit: 'answers/s',
    aim: 0.9,
    rounds: options.rounds,
    ours: load('ours', ours),
    theirs: load('bare', bare),
    progress: options.progress,
  });
  // A proxy that had time to spare was not what the load was limited by.
  const share = Math.round(Math.min(...shares.ours, ...shares.bare) * 100);
  const cores = isPinned ? 'one core for the proxy, one for load and upstream' : 'not pinned';
  return [{ ...figure, note: `${cores}, proxy busy at least ${share} %` }, ...cpuFigure(perCpuSecond)];
}

/** What an answer costs the proxy, whoever else is at work on the machine; none where the system does not tell. */
function cpuFigure(perCpuSecond: { readonly ours: readonly number[]; readonly bare: readonly number[] }): Figure[] {
  // The first of each warmed up.
  const [ours, theirs] = [perCpuSecond.ours.slice(1), perCpuSecond.bare.slice(1)];
  if (![...ours, ...theirs].every(Number.isFinite)) return [];
  const ratio = spreadOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
  const name = 'reverse proxy, per processor second';
  return [{ kind: 'ratio', name, unit: 'answers', aim: null, ours: spreadOf(ours), theirs: spreadOf(theirs), ratio }];
}

async function answersPerSecond(
  proxy: Proxy,
  authorization: string,
  seconds: number,
): Promise<{ perSecond: number; cpuShare: number | null }> {
  const args = [`${proxy.url}/reports/42`, String(CONNECTIONS), String(seconds), authorization];
  const before = cpuSeconds(proxy.pid);
  const client = startChild(nodeCommand('bench/proxy/load.js', ...args));
  pin(client.process.pid ?? 0, LOAD_CORE);
  const perSecond = Number(await client.line(/^[\d.]+$/));
  const after = cpuSeconds(proxy.pid);
  return { perSecond, cpuShare: before === null || after === null ? null : (after - before) / seconds };
}
