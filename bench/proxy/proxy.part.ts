import { freePort } from '@keyfold/local-servers';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { withProvenKey } from '../stack/proven-key.js';
import type { AskedServer, StartedServer } from '../support/asked-server.js';
import { startServer } from '../support/asked-server.js';
import type { Side } from '../support/compare-servers.js';
import { compareServers } from '../support/compare-servers.js';
import { LOAD_CORE, pin } from '../support/cores.js';
import { withScratch } from '../support/scratch.js';
import { ANSWER_END } from './answer-end.js';

const CONNECTIONS = 32;

export const proxyPart: Part = {
  name: 'proxy',
  about: 'the reverse proxy with a proven key against @fastify/http-proxy without authentication',
  run: (options) =>
    withScratch(async (folder) => {
      const servers: StartedServer[] = [];
      try {
        const upstream = await startServer('bench/proxy/upstream.js');
        servers.push(upstream);
        // Beside the load, so that the proxies have their core for themselves.
        pin(upstream.pid, LOAD_CORE);
        const bare = await startServer('bench/proxy/bare-http-proxy.js', upstream.url);
        servers.push(bare);
        return await besideProduct(folder, { upstreamUrl: upstream.url, bare }, options);
      } finally {
        for (const server of servers.reverse()) await server.stop();
      }
    }),
};

async function besideProduct(
  folder: string,
  { bare, upstreamUrl }: { upstreamUrl: string; bare: AskedServer },
  options: BenchOptions,
): Promise<Figure[]> {
  options.progress('proxy: starting the product');
  const port = String(await freePort());
  const env = { KEYFOLD_UPSTREAM_URL: upstreamUrl, KEYFOLD_PROXY_PORT: port };
  return withProvenKey(
    folder,
    ({ authorizationsFile, gateway }) => {
      const ours = { url: `http://127.0.0.1:${port}`, pid: gateway.pid };
      return compareProxies({ ours, bare, authorizationsFile }, options);
    },
    env,
  );
}

async function compareProxies(
  { ours, bare, authorizationsFile }: { ours: AskedServer; bare: AskedServer; authorizationsFile: string },
  options: BenchOptions,
): Promise<Figure[]> {
  const side = (server: AskedServer): Side => ({
    server,
    load: {
      url: `${server.url}/reports/42`,
      authorizationsFile,
      seconds: options.seconds,
      connections: CONNECTIONS,
      lines: ['Accept: application/json', 'User-Agent: bench'],
      answerEnd: ANSWER_END,
      statuses: [200],
    },
  });
  return compareServers({ name: 'reverse proxy, proven key', aim: 0.9, ours: side(ours), theirs: side(bare) }, options);
}
