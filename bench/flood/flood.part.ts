import { sameHeaders } from '../forward-auth/same-headers.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import type { ProvenKey } from '../stack/proven-key.js';
import { basic, keepAuthorizations, withProvenKey } from '../stack/proven-key.js';
import type { AskedServer } from '../support/asked-server.js';
import { ask, startServer } from '../support/asked-server.js';
import type { Side } from '../support/compare-servers.js';
import { compareServers } from '../support/compare-servers.js';
import type { HttpLoad } from '../support/http-load.js';
import { withScratch } from '../support/scratch.js';
import { forgedKey } from './forged-key.js';

const NAME = 'valid traffic beside a flood of forged keys';
const FLOOD_PER_SECOND = 10_000;
const REAL_KEYS = 10;
const FORGED_PER_KEY = 500;

export const floodPart: Part = {
  name: 'flood',
  about: 'valid traffic beside forged keys, against a bare Fastify route beside as many 404s',
  run: (options) =>
    withScratch((folder) => {
      options.progress('flood: starting the product');
      return withProvenKey(folder, async (proven) => {
        const bare = await startServer(
          'bench/forward-auth/bare-fastify.js',
          JSON.stringify(sameHeaders(proven.headers)),
        );
        try {
          return await measure(folder, { proven, bare }, options);
        } finally {
          await bare.stop();
        }
      });
    }),
};

async function measure(
  folder: string,
  { bare, proven }: { proven: ProvenKey; bare: AskedServer },
  options: BenchOptions,
): Promise<Figure[]> {
  const forged = await keepAuthorizations(folder, 'forged', await forgedAuthorizations(proven));
  const { authorizationsFile, gateway, load } = proven;
  const flood = (server: AskedServer, given: Partial<HttpLoad>) => (): Promise<unknown> =>
    ask(server, { ...load(server.url, options.seconds), perSecond: FLOOD_PER_SECOND, ...given });
  const ours: Side = {
    server: gateway,
    load: load(`${gateway.url}/v1/forward-auth`, options.seconds),
    beside: flood(gateway, {
      url: `${gateway.url}/v1/forward-auth`,
      authorizationsFile: forged,
      // Who fails too often is told so.
      statuses: [401, 429],
      answerEnd: '}',
    }),
  };
  const theirs: Side = {
    server: bare,
    load: load(`${bare.url}/same-headers`, options.seconds),
    beside: flood(bare, { url: `${bare.url}/nothing`, authorizationsFile, statuses: [404], answerEnd: '}' }),
  };
  const before = await argon2Runs(proven);
  const figures = await compareServers({ name: NAME, aim: 0.7, ours, theirs }, options);
  const runs = (await argon2Runs(proven)) - before;
  const within = { least: 0, most: 0 };
  return [
    ...figures,
    { kind: 'bounded', name: 'Argon2 computations for forged keys', within, values: { 'whole flood': runs } },
  ];
}

/** Real key ids with wrong secrets. */
async function forgedAuthorizations({ session, username }: ProvenKey): Promise<string[]> {
  const keyIds: string[] = [];
  for (let nth = 0; nth < REAL_KEYS; nth += 1) {
    const { id } = await session.call<{ id: string }>('POST', '/v1/me/api-keys', { name: `flooded ${nth}` });
    keyIds.push(id);
  }
  return Array.from({ length: FORGED_PER_KEY }, () => keyIds.map((keyId) => basic(username, forgedKey(keyId)))).flat();
}

async function argon2Runs({ gatewayOpsUrl }: ProvenKey): Promise<number> {
  const text = await (await fetch(`${gatewayOpsUrl}/metrics`)).text();
  const value = /^keyfold_gateway_argon2_runs_total(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
  if (value === undefined) throw new Error('the gateway does not say how often it has computed Argon2');
  return Number(value);
}
