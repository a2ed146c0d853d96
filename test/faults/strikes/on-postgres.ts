import pg from 'pg';
import { childrenOf, signalProcess } from '@keyfold/local-servers';
import type { FaultKind } from '../plan.js';
import type { World } from '../world.js';
import {
  asSuperuser,
  at,
  endSessions,
  frozen,
  type Heal,
  isRunning,
  nothing,
  onAdmin,
  opened,
  type Strike,
  type Struck,
} from './struck.js';

type OnPostgres = Extract<FaultKind, `postgres ${string}` | `log head ${string}` | `answers to ${string}`>;

export const ON_POSTGRES: Readonly<Record<OnPostgres, Strike>> = {
  'postgres killed': async ({ postgres }) => {
    const { pid } = postgres.server;
    await postgres.server.kill();
    return { heal: () => postgres.restart(), hadEffect: () => !isRunning(pid) };
  },
  'postgres frozen': ({ postgres }) => frozen([postgres.server.pid, ...childrenOf(postgres.server.pid)]),
  'postgres backend killed': async (world, { target }) => {
    const pids = await asSuperuser(world, async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname like 'test_%' and pid <> pg_backend_pid()",
      );
      return rows.map(({ pid }) => pid);
    });
    const pid = pids.length === 0 ? 0 : at(pids, target);
    if (pid > 0) signalProcess(pid, 'SIGKILL');
    return { heal: nothing, hadEffect: () => pid > 0 && !isRunning(pid) };
  },
  'postgres sessions ended': async (world) => {
    const ended = await asSuperuser(world, endSessions);
    const heal: Heal = async () => {
      await asSuperuser(world, endSessions);
    };
    return { heal, hadEffect: () => ended > 0 };
  },
  'postgres full of sessions': fullOfSessions,
  'log head locked': headLocked,
  'answers to commits lost': onAdmin(({ links }) => {
    const { hits } = links.postgres;
    links.postgres.cutBefore('COMMIT\0');
    return Promise.resolve({ heal: () => opened(links.postgres), hadEffect: () => links.postgres.hits > hits });
  }),
  'answers to publishing lost': onAdmin(({ links }) => {
    const { hits } = links.nats;
    links.nats.become('mute');
    return Promise.resolve({ heal: () => opened(links.nats), hadEffect: () => links.nats.hits > hits });
  }),
};

async function fullOfSessions({ database }: World): Promise<Struck> {
  const held: pg.Client[] = [];
  let wasRefused = false;
  for (let tries = 0; tries < 100 && !wasRefused; tries++) {
    const client = new pg.Client({ connectionString: database.serviceUrl });
    client.on('error', () => undefined);
    wasRefused = await client.connect().then(
      () => false,
      () => true,
    );
    if (!wasRefused) held.push(client);
  }
  return {
    heal: async () => {
      for (const client of held) await client.end().catch(() => undefined);
    },
    hadEffect: () => held.length > 0 && wasRefused,
  };
}

async function headLocked(world: World): Promise<Struck> {
  const client = new pg.Client({ connectionString: world.database.ownerUrl, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin; select from keyfold.log_head for update');
  return {
    heal: async () => {
      await client.end().catch(() => undefined);
    },
    hadEffect: async () =>
      asSuperuser(world, async (superuser) => {
        const { rows } = await superuser.query(
          "select from pg_stat_activity where datname like 'test_%' and wait_event_type = 'Lock'",
        );
        return rows.length > 0;
      }),
  };
}
