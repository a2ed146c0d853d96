import { once } from 'node:events';
import pg from 'pg';
import { projectionSchema } from '../../apps/auth-gateway/src/projection/projection-schema.js';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { copyOut, timeCopyIn } from '../projection/copied-tables.js';
import { seedLog } from '../projection/seed.js';
import { type Services, waitFor, waitUntilReady, withServices } from '../stack/services.js';
import { type Child, nodeCommand, startChild } from '../support/child.js';

const GATEWAY_ID = 'rebuilt';
const CATCH_UP_TIMEOUT_MS = 1_200_000;

export const rebuildPart: Part = {
  name: 'rebuild',
  about: 'keyfold rebuild: the log folded and compared with the tables, against COPY of the same rows',
  run: (options) => withServices((services) => measure(services, options)),
};

async function measure(services: Services, { events, progress, rounds }: BenchOptions): Promise<Figure[]> {
  progress(`rebuild: appending ${events} events`);
  await seedLog(services.databaseUrl, events);
  const keys = await prepare(services, progress);
  // The log was written past the read models: the first rebuild makes all rows of them.
  await seconds(startReadModels(services));
  const gateways = await copyOut(services.gatewayDatabaseUrl, projectionSchema(GATEWAY_ID));
  const note = `${keys} keys`;
  const unit = 's';
  const projection = await compare({
    name: `rebuild of a projection, ${events} events`,
    unit,
    aim: null,
    rounds,
    ours: async () => seconds((await services.startGateway(GATEWAY_ID, { module: REBUILD_GATEWAY })).child),
    theirs: () => timeCopyIn(services.gatewayDatabaseUrl, gateways),
    progress,
    note,
  });
  const readModels = await compare({
    name: `rebuild of the read models, ${events} events`,
    unit,
    aim: null,
    rounds,
    ours: () => seconds(startReadModels(services)),
    theirs: () => timeCopyIn(services.gatewayDatabaseUrl, gateways),
    progress,
    note,
  });
  return [projection, readModels];
}

const REBUILD_GATEWAY = 'apps/auth-gateway/src/rebuild.js';

function startReadModels({ databaseUrl }: Services): Child {
  return startChild(nodeCommand('apps/admin-service/src/rebuild.js'), { KEYFOLD_DATABASE_URL: databaseUrl });
}

/** Has a gateway apply all of the log and stop. @returns how many keys there are */
async function prepare(services: Services, progress: (line: string) => void): Promise<number> {
  progress('rebuild: a gateway catches up');
  const gateway = await services.startGateway(GATEWAY_ID);
  await waitFor('the gateway', CATCH_UP_TIMEOUT_MS, async () => {
    if (gateway.child.process.exitCode !== null) throw new Error(gateway.child.output().slice(-2_000));
    const answer = await fetch(`${gateway.opsUrl}/readyz`).catch(() => null);
    return answer?.status === 200;
  });
  await waitUntilReady(gateway.opsUrl, gateway.child);
  await gateway.child.stop();
  const client = new pg.Client({ connectionString: services.gatewayDatabaseUrl });
  await client.connect();
  try {
    const schema = pg.escapeIdentifier(projectionSchema(GATEWAY_ID));
    const { rows } = await client.query<{ keys: string }>(`select count(*) as keys from ${schema}.api_keys`);
    return Number(rows[0]?.keys);
  } finally {
    await client.end();
  }
}

/** From its start to its end, which must be a good one. */
async function seconds(child: Child): Promise<number> {
  const start = performance.now();
  if (child.process.exitCode === null) await once(child.process, 'exit');
  if (child.process.exitCode !== 0) throw new Error(`the rebuild failed:\n${child.output().slice(-2_000)}`);
  return (performance.now() - start) / 1_000;
}
