import pg from 'pg';
import { childrenOf } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';
import { projectionSchema } from '../../../apps/auth-gateway/src/projection/projection-schema.js';
import type { FaultKind } from '../plan.js';
import type { GatewayNode, World } from '../world.js';
import {
  asSuperuser,
  at,
  endedInOrder,
  endSessions,
  frozen,
  type Heal,
  killed,
  onAdmin,
  onGateway,
  opened,
  type Strike,
  type Struck,
  wholly,
} from './struck.js';

type OnServices = Extract<FaultKind, `admin ${string}` | `gateway ${string}`>;

export const ON_SERVICES: Readonly<Record<OnServices, Strike>> = {
  'admin killed': onAdmin(({ process }) => killed(process)),
  'admin ended in order': onAdmin(({ process }) => endedInOrder(process)),
  'admin frozen': onAdmin(({ process }) => frozen([process.pid])),
  'admin frozen until leases end': async (world) => ({
    ...(await frozen(world.admins.map(({ process }) => process.pid))),
    shows: async () => {
      for (const gateway of world.gateways) await untilStale(gateway);
    },
  }),
  'admin frozen and its sessions ended': onAdmin(async ({ links, process }, world) => {
    const struck = await frozen([process.pid]);
    let sessions = 0;
    return wholly({ ...struck, hadEffect: async () => sessions > 0 && (await struck.hadEffect()) }, async () => {
      sessions = await asSuperuser(world, endSessions);
      links.postgres.cut();
    });
  }),
  'gateway killed': onGateway(({ process }) => killed(process)),
  'gateway ended in order': onGateway(({ process }) => endedInOrder(process)),
  'gateway frozen beyond its lease': onGateway(async ({ process }) => ({
    ...(await frozen([process.pid, ...childrenOf(process.pid)])),
    shows: leaseLength,
  })),
  'gateway wiped': onGateway((gateway) => wiped(gateway)),
  'gateway partitioned beyond its lease': onGateway((gateway) =>
    Promise.resolve({ ...cutOff(gateway), shows: () => untilStale(gateway) }),
  ),
  'gateway started cut off': onGateway(async (gateway) => {
    await gateway.process.end('SIGKILL');
    const struck = await wholly(cutOff(gateway), () => gateway.process.start());
    return { ...struck, shows: () => untilStale(gateway) };
  }),
};

/** Killed, and its tables are gone when it starts again. */
export async function wiped({ databaseUrl, id, process }: GatewayNode): Promise<Struck> {
  const struck = await killed(process);
  let tables = 0;
  return wholly({ ...struck, hadEffect: () => tables > 0 }, async () => {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query('select from pg_tables where schemaname = $1', [projectionSchema(id)]);
      await client.query(`drop schema if exists "${projectionSchema(id)}" cascade`);
      tables = rows.length;
    } finally {
      await client.end();
    }
  });
}

/** The gateway hears nothing of broker and admin-service; nothing tells it so. */
export function cutOff({ links }: GatewayNode): Struck {
  const cut = [links.nats, links.admin];
  const hits = (): number => links.nats.hits + links.admin.hits;
  const before = hits();
  for (const link of cut) link.become('silent');
  const heal: Heal = async () => {
    for (const link of cut) await opened(link);
  };
  return { heal, hadEffect: () => hits() > before };
}

/** By its own word; whether it speaks true is judged by what it answers meanwhile. */
async function untilStale({ process }: GatewayNode): Promise<void> {
  await eventually(async () => {
    const { body, status } = await process.page('/readyz');
    const { checks } = JSON.parse(body === '' ? '{}' : body) as { checks?: { lease?: { ok?: boolean } } };
    return status === 503 && checks?.lease?.ok === false;
  });
}

/** No gateway may hold a lease any longer that it had when this was called. */
function leaseLength(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5_300));
}

/** Of a fault that hits a gateway. */
export function gatewayHitBy({ target }: { readonly target: number }, { gateways }: World): GatewayNode {
  return at(gateways, target);
}
