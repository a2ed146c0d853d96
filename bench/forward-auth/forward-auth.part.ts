import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { AdminSession } from '../stack/admin-session.js';
import { gatewayOf, startProduct } from '../stack/product.js';
import type { Product } from '../stack/product.js';
import { nodeCommand, startChild } from '../support/child.js';
import { cpuSeconds, LOAD_CORE, pin, SERVER_CORE } from '../support/cores.js';
import { withScratch } from '../support/scratch.js';

const NAME = 'forward-auth, proven key';
const CONNECTIONS = 32;
const SIGN_IN_TIMEOUT_MS = 30_000;

export const forwardAuthPart: Part = {
  name: 'forward-auth',
  about: 'a proven key at the gateway against a bare Fastify route',
  run: (options) =>
    withScratch(async (dataDir) => {
      options.progress('forward-auth: starting the product');
      const product = await startProduct(dataDir);
      const bare = startChild(nodeCommand('bench/forward-auth/bare-fastify.js'));
      try {
        const bareUrl = (await bare.line(/^listening at /)).slice('listening at '.length);
        return [await compareServers(product, { url: bareUrl, pid: bare.process.pid ?? 0 }, options)];
      } finally {
        await bare.stop();
        await product.stop();
      }
    }),
};

async function compareServers(
  product: Product,
  bare: { url: string; pid: number },
  options: BenchOptions,
): Promise<Figure> {
  const session = await AdminSession.signIn(product.adminUrl, product.adminPassword);
  const { username, key } = await session.provisionKey();
  const authorization = `Basic ${Buffer.from(`${username}:${key}`).toString('base64')}`;
  await waitUntilAllowed(product.gatewayUrl, authorization);
  const gatewayPid = gatewayOf(product);
  const isPinned = pin(gatewayPid, SERVER_CORE) && pin(bare.pid, SERVER_CORE);
  const busy: number[] = [];
  const load = (url: string, pid: number) => async () => {
    const { perSecond, cpuShare } = await answersPerSecond(url, { authorization, pid, seconds: options.seconds });
    if (cpuShare !== null) busy.push(cpuShare);
    return perSecond;
  };
  const figure = await compare({
    name: NAME,
    unit: 'answers/s',
    aim: 0.8,
    rounds: options.rounds,
    ours: load(product.gatewayUrl, gatewayPid),
    theirs: load(bare.url, bare.pid),
    progress: options.progress,
  });
  // A server that had time to spare was not what the load was limited by, and the ratio would flatter.
  const share = busy.length === 0 ? 'unknown' : `at least ${Math.round(Math.min(...busy) * 100)} %`;
  return { ...figure, note: `${isPinned ? 'one core each' : 'not pinned'}, server busy ${share}` };
}

async function answersPerSecond(
  url: string,
  given: { authorization: string; pid: number; seconds: number },
): Promise<{ perSecond: number; cpuShare: number | null }> {
  const args = [`${url}/v1/forward-auth`, String(CONNECTIONS), String(given.seconds), given.authorization];
  const before = cpuSeconds(given.pid);
  const client = startChild(nodeCommand('bench/forward-auth/load.js', ...args));
  pin(client.process.pid ?? 0, LOAD_CORE);
  const perSecond = Number(await client.line(/^[\d.]+$/));
  const after = cpuSeconds(given.pid);
  return { perSecond, cpuShare: before === null || after === null ? null : (after - before) / given.seconds };
}

async function waitUntilAllowed(gatewayUrl: string, authorization: string): Promise<void> {
  const deadline = performance.now() + SIGN_IN_TIMEOUT_MS;
  for (;;) {
    const { status } = await fetch(`${gatewayUrl}/v1/forward-auth`, { headers: { authorization } });
    if (status === 200) return;
    if (performance.now() > deadline) throw new Error(`the gateway answers ${status} to a key that must pass`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
