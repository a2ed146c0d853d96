import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { childrenOf, signalProcess } from '@keyfold/local-servers';
import { feedNames } from '@keyfold/messaging';
import { eventually } from '@keyfold/testing/eventually';
import type { FaultProxy } from '@keyfold/testing/fault-proxy';
import { projectionSchema } from '../../apps/auth-gateway/src/projection/projection-schema.js';
import type { Fault, FaultKind } from './plan.js';
import type { AdminNode, GatewayNode, World } from './world.js';

/** Undoes what a fault has done. */
export type Heal = () => Promise<void>;

/** A fault that holds. */
export interface Struck {
  readonly heal: Heal;
  /** Resolves once the product shows what it must show under this fault; before that it is not healed. */
  readonly shows?: () => Promise<void>;
}

type Strike = (world: World, fault: Fault) => Promise<Struck | Heal>;

/** Lets a fault strike. */
export async function strike(world: World, fault: Fault): Promise<Struck> {
  const struck = await STRIKES[fault.kind](world, fault);
  return typeof struck === 'function' ? { heal: struck } : struck;
}

/** Of a fault that hits a gateway. */
export function gatewayHitBy({ target }: Fault, { gateways }: World): GatewayNode {
  return at(gateways, target);
}

const at = <T>(list: readonly T[], nth: number): T => list[nth % list.length] as T;
const nothing: Heal = () => Promise.resolve();

const onAdmin =
  (hit: (admin: AdminNode, world: World) => Promise<Struck | Heal>): Strike =>
  (world, { target }) =>
    hit(at(world.admins, target), world);
const onGateway =
  (hit: (gateway: GatewayNode, world: World) => Promise<Struck | Heal>): Strike =>
  (world, fault) =>
    hit(gatewayHitBy(fault, world), world);

const STRIKES: Readonly<Record<FaultKind, Strike>> = {
  'admin killed': onAdmin(({ process }) => killed(process)),
  'admin ended in order': onAdmin(({ process }) => endedInOrder(process)),
  'admin frozen': onAdmin(({ process }) => frozen([process.pid])),
  'admin frozen until leases end': async (world) => ({
    heal: await frozen(world.admins.map(({ process }) => process.pid)),
    shows: async () => {
      for (const gateway of world.gateways) await untilStale(gateway);
    },
  }),
  'admin frozen and its sessions ended': onAdmin(async ({ links, process }, world) =>
    wholly(await frozen([process.pid]), async () => {
      await asSuperuser(world, endSessions);
      links.postgres.cut();
    }),
  ),
  'gateway killed': onGateway(({ process }) => killed(process)),
  'gateway ended in order': onGateway(({ process }) => endedInOrder(process)),
  'gateway frozen beyond its lease': onGateway(async ({ process }) => ({
    heal: await frozen([process.pid, ...childrenOf(process.pid)]),
    shows: leaseLength,
  })),
  'gateway wiped': onGateway(async ({ id, process }, world) => {
    return wholly(await killed(process), async () => {
      const client = new pg.Client({ connectionString: at(world.gateways, 0).databaseUrl });
      client.on('error', () => undefined);
      await client.connect();
      await client.query(`drop schema if exists "${projectionSchema(id)}" cascade`).finally(() => client.end());
    });
  }),
  'gateway partitioned beyond its lease': onGateway((gateway) =>
    Promise.resolve({ heal: cutOff(gateway), shows: () => untilStale(gateway) }),
  ),
  'gateway started cut off': onGateway(async (gateway) => {
    await gateway.process.end('SIGKILL');
    const heal = await wholly(cutOff(gateway), () => gateway.process.start());
    return { heal, shows: () => untilStale(gateway) };
  }),
  'broker killed': async ({ nats }) => {
    await nats.kill();
    return () => nats.restart();
  },
  'broker frozen': ({ nats }) => frozen([nats.pid()]),
  'broker loses its tail': async ({ nats }) => {
    const copy = `${nats.storeDir}-copy`;
    await nats.kill();
    await wholly(
      () => nats.restart(),
      () => cp(join(nats.storeDir, 'jetstream'), copy, { recursive: true }),
    );
    await nats.restart();
    return async () => {
      await nats.kill();
      await rm(join(nats.storeDir, 'jetstream'), { recursive: true, force: true });
      await cp(copy, join(nats.storeDir, 'jetstream'), { recursive: true });
      await rm(copy, { recursive: true });
      await nats.restart();
    };
  },
  'broker file cut short': async ({ nats }) => {
    await nats.kill();
    return wholly(
      () => nats.restart(),
      async () => {
        for (const file of await blocksBelow(nats.storeDir))
          await truncate(file, Math.floor((await stat(file)).size * 0.6));
      },
    );
  },
  'broker file damaged': async ({ nats }, { delayMs }) => {
    await nats.kill();
    return wholly(
      () => nats.restart(),
      async () => {
        for (const file of await blocksBelow(nats.storeDir)) await flipOneByte(file, delayMs);
      },
    );
  },
  'stream deleted': (world) =>
    onStream(world, async (manager, stream) => {
      await manager.streams.delete(stream);
    }),
  'consumers deleted': (world) =>
    onStream(world, async (manager, stream) => {
      for await (const { name } of manager.consumers.list(stream))
        await manager.consumers.delete(stream, name).catch((error: unknown) => {
          // Ended by its own client between the two questions.
          if (!(error instanceof JetStreamApiError) || error.code !== (JetStreamApiCodes.ConsumerNotFound as number))
            throw error;
        });
    }),
  'stream poisoned': (world) =>
    onStream(world, async (manager, stream) => {
      const { logKeyId } = world;
      const { state } = await manager.streams.info(stream);
      const old = await manager.streams.getMessage(stream, { seq: Math.max(1, state.last_seq - 3) });
      const js = manager.jetstream();
      // With it the broker itself would refuse what comes out of turn.
      old?.header.delete('Nats-Expected-Last-Sequence');
      for (const payload of ['', '{}', '{"position":1}', old?.data ?? 'x'])
        await js.publish(`keyfold.log.${logKeyId}.api-key`, payload, old === null ? {} : { headers: old.header });
    }),
  'postgres killed': async ({ postgres }) => {
    await postgres.server.kill();
    return () => postgres.restart();
  },
  'postgres frozen': ({ postgres }) => frozen([postgres.server.pid, ...childrenOf(postgres.server.pid)]),
  'postgres backend killed': async (world, { target }) => {
    const pids = await asSuperuser(world, async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname like 'test_%' and pid <> pg_backend_pid()",
      );
      return rows.map(({ pid }) => pid);
    });
    if (pids.length > 0) signalProcess(at(pids, target), 'SIGKILL');
    return nothing;
  },
  'postgres sessions ended': async (world) => {
    await asSuperuser(world, endSessions);
    return () => asSuperuser(world, endSessions);
  },
  'postgres full of sessions': async (world) => {
    const held: pg.Client[] = [];
    for (let tries = 0; tries < 100; tries++) {
      const client = new pg.Client({ connectionString: world.database.serviceUrl });
      client.on('error', () => undefined);
      const connected = await client.connect().then(
        () => true,
        () => false,
      );
      if (!connected) break;
      held.push(client);
    }
    return async () => {
      for (const client of held) await client.end().catch(() => undefined);
    };
  },
  'log head locked': async (world) => {
    const connectionString = world.database.ownerUrl;
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3_000 });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin; select from keyfold.log_head for update');
    return async () => {
      await client.end().catch(() => undefined);
    };
  },
  'answers to commits lost': onAdmin(({ links }) => {
    links.postgres.cutBefore('COMMIT\0');
    return Promise.resolve(() => opened(links.postgres));
  }),
  'answers to publishing lost': onAdmin(({ links }) => {
    links.nats.become('mute');
    return Promise.resolve(() => opened(links.nats));
  }),
  'link cut': (world, { link, target }) => {
    const hit = at(world.linksOf(link), target);
    hit.cut();
    hit.become('refusing');
    return Promise.resolve(() => opened(hit));
  },
  'link half-open': linkBecomes('silent'),
  'link mute': linkBecomes('mute'),
  'link slow': linkBecomes('slow'),
};

/**
 * The rest of a fault that has begun: if that fails, what has begun is healed, since whoever is told that a fault could
 * not strike heals nothing.
 *
 * @returns how to heal all of it
 */
async function wholly(heal: Heal, rest: () => Promise<void>): Promise<Heal> {
  try {
    await rest();
    return heal;
  } catch (error) {
    await heal();
    throw error;
  }
}

function opened(link: FaultProxy): Promise<void> {
  link.become('open');
  return Promise.resolve();
}

/** The gateway hears nothing of broker and admin-service; nothing tells it so. */
function cutOff({ links }: GatewayNode): Heal {
  for (const link of [links.nats, links.admin]) link.become('silent');
  return async () => {
    await opened(links.nats);
    await opened(links.admin);
  };
}

async function onStream(
  { logKeyId, nats }: World,
  work: (manager: JetStreamManager, stream: string) => Promise<void>,
): Promise<Heal> {
  const connection = await connect({ servers: nats.url, timeout: 2_000 });
  try {
    await work(await jetstreamManager(connection), feedNames(logKeyId).stream);
  } finally {
    await connection.close();
  }
  return nothing;
}

async function flipOneByte(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  if (bytes.length === 0) return;
  const position = (at * 7_919) % bytes.length;
  bytes[position] = (bytes[position] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
}

function linkBecomes(kind: 'silent' | 'mute' | 'slow'): Strike {
  return (world, { delayMs, link, target }) => {
    const hit = at(world.linksOf(link), target);
    hit.become(kind, delayMs);
    return Promise.resolve(() => opened(hit));
  };
}

async function killed(process: AdminNode['process']): Promise<Heal> {
  await process.end('SIGKILL');
  return () => process.start();
}

async function endedInOrder(process: AdminNode['process']): Promise<Struck> {
  const code = await process.end('SIGTERM');
  const shows = (): Promise<void> => (code === 0 ? nothing() : Promise.reject(new Error(`ended with ${String(code)}`)));
  return { heal: () => process.start(), shows };
}

function frozen(pids: readonly number[]): Promise<Heal> {
  for (const pid of pids) if (pid > 0) signalProcess(pid, 'SIGSTOP');
  return Promise.resolve(() => {
    for (const pid of pids) if (pid > 0) signalProcess(pid, 'SIGCONT');
    return Promise.resolve();
  });
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

async function endSessions(client: pg.Client): Promise<void> {
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname like 'test_%' and pid <> pg_backend_pid()",
  );
}

async function asSuperuser<T>({ postgres }: World, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const connectionString = postgres.url('postgres');
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3_000, query_timeout: 3_000 });
  client.on('error', () => undefined);
  await client.connect();
  return work(client).finally(() => client.end().catch(() => undefined));
}

async function blocksBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.blk') && entry.parentPath.includes('KEYFOLD_LOG_'))
    .map((entry) => join(entry.parentPath, entry.name));
}
