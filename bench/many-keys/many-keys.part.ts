import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { AdminSession } from '../stack/admin-session.js';
import { FORWARDED_LINES, keepAuthorizations } from '../stack/proven-key.js';
import { seedKeys } from '../stack/seeded-keys.js';
import type { Services } from '../stack/services.js';
import { waitUntilReady, withServices } from '../stack/services.js';
import type { AskedServer } from '../support/asked-server.js';
import { ask } from '../support/asked-server.js';
import { compareServers } from '../support/compare-servers.js';
import type { HttpLoad } from '../support/http-load.js';

const GATEWAY_ID = 'many';
const KEYS = 100_000;
/** The default holds fewer, so that a gateway stays below 400 MB; whoever has more keys in use gives it more. */
// The keys are in no record: the gateway would put that right.
const ENV = { KEYFOLD_GATEWAY_CACHE_ENTRIES: '120000', KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS: '0' };
const CONNECTIONS = 32;

export const manyKeysPart: Part = {
  name: 'many-keys',
  about: `${KEYS} proven keys in random order against one`,
  run: (options) => withServices((services) => measure(services, options)),
};

async function measure(services: Services, options: BenchOptions): Promise<Figure[]> {
  options.progress(`many-keys: making ${KEYS} keys`);
  const authorizations = await provenAuthorizations(services);
  const gateway = await services.startGateway(GATEWAY_ID, { env: ENV });
  await waitUntilReady(gateway.opsUrl, gateway.child);
  const server: AskedServer = { url: gateway.url, pid: gateway.child.process.pid ?? 0 };
  const load = async (name: string, values: readonly string[]): Promise<HttpLoad> => ({
    url: `${gateway.url}/v1/forward-auth`,
    connections: CONNECTIONS,
    seconds: options.seconds,
    lines: FORWARDED_LINES,
    authorizationsFile: await keepAuthorizations(services.dataDir, name, values),
    answerEnd: '\r\n\r\n',
    statuses: [200],
  });
  const many = await load('many', authorizations);
  // Each comes to memory with its proof from the table: no Argon2.
  options.progress('many-keys: asking with each once');
  await ask(server, { ...many, isOnceThrough: true });
  const ours = { server, load: many };
  const theirs = { server, load: await load('single', authorizations.slice(0, 1)) };
  return compareServers({ name: `${KEYS} proven keys in random order, against one`, aim: 0.8, ours, theirs }, options);
}

/** Fills the tables of a gateway that has followed the log once and is stopped again. */
async function provenAuthorizations(services: Services): Promise<string[]> {
  await (await AdminSession.signIn(services.adminUrl, services.adminPassword)).provisionKey();
  const gateway = await services.startGateway(GATEWAY_ID);
  await waitUntilReady(gateway.opsUrl, gateway.child);
  await gateway.child.stop();
  const keys = await seedKeys(services, GATEWAY_ID, KEYS);
  const numbers = Array.from({ length: KEYS }, (_, at) => at + 1);
  await keys.prove(numbers);
  return numbers.map((number) => keys.authorization(number));
}
