import pg from 'pg';
import { projectionSchema } from '../../apps/auth-gateway/src/projection/projection-schema.js';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import type { Gateway, Services } from '../stack/services.js';
import { waitFor, withServices } from '../stack/services.js';
import { copyOut, timeCopyIn } from './copied-tables.js';
import { seedLog, waitUntilRelayed } from './seed.js';

const CATCH_UP_TIMEOUT_MS = 600_000;

export const projectionPart: Part = {
  name: 'projection',
  about: 'events from the stream into a cold gateway, against COPY of the same rows',
  run: (options) => withServices((services) => measure(services, options)),
};

async function measure(services: Services, options: BenchOptions): Promise<Figure[]> {
  const { events, progress } = options;
  progress(`projection: appending ${events} events`);
  await seedLog(services.databaseUrl, events);
  progress('projection: waiting for the relay');
  await waitUntilRelayed(services, events);
  const size = await logSize(services);
  let gateways = 0;
  const cold = async (): Promise<number> => size / (await secondsToCatchUp(services, `cold${(gateways += 1)}`, size));
  // Its rows are what is copied, so the first one catches up before the rounds.
  await cold();
  const copied = await copyOut(services.gatewayDatabaseUrl, projectionSchema('cold1'));
  return [
    await compare({
      name: `projection, ${size} events`,
      unit: 'events/s',
      aim: 0.25,
      rounds: options.rounds,
      ours: cold,
      theirs: async () => size / (await timeCopyIn(services.gatewayDatabaseUrl, copied)),
      progress,
    }),
  ];
}

/** From the moment that the gateway has prepared its empty tables, so the start of the process does not count. */
async function secondsToCatchUp(services: Services, gatewayId: string, size: number): Promise<number> {
  const client = new pg.Client({ connectionString: services.gatewayDatabaseUrl });
  await client.connect();
  const gateway = await services.startGateway(gatewayId);
  try {
    const applied = (): Promise<number | null> => appliedSize(client, gateway, gatewayId);
    await waitFor('an empty projection', CATCH_UP_TIMEOUT_MS, async () => (await applied()) !== null);
    const start = performance.now();
    await waitFor('the projection', CATCH_UP_TIMEOUT_MS, async () => ((await applied()) ?? 0) >= size);
    return (performance.now() - start) / 1000;
  } finally {
    await gateway.child.stop();
    await client.end();
  }
}

async function appliedSize(client: pg.Client, gateway: Gateway, gatewayId: string): Promise<number | null> {
  if (gateway.child.process.exitCode !== null)
    throw new Error(`the gateway ended:\n${gateway.child.output().slice(-2000)}`);
  const table = `${pg.escapeIdentifier(projectionSchema(gatewayId))}.projection`;
  const { rows } = await client
    .query<{ applied_size: string }>(`select applied_size from ${table} where id = 1`)
    .catch((error: unknown) => {
      // Not migrated yet: no such schema, no such table.
      if (error instanceof pg.DatabaseError && (error.code === '42P01' || error.code === '3F000')) return { rows: [] };
      throw error;
    });
  return rows[0] === undefined ? null : Number(rows[0].applied_size);
}

async function logSize(services: Services): Promise<number> {
  const client = new pg.Client({ connectionString: services.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ size: string }>('select size from keyfold.log_head');
    return Number(rows[0]?.size);
  } finally {
    await client.end();
  }
}
