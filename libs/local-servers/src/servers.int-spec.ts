import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { startTestNats } from '@keyfold/testing/nats';
import {
  isAlive,
  type LocalNats,
  type LocalPostgres,
  removeOutsideCluster,
  signalProcess,
  startNats,
  startPostgres,
} from './index.js';
import { waitUntilGone } from './process-table.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyfold-servers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function answer(server: LocalPostgres, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.superuserUrl('postgres') });
  await client.connect();
  try {
    return Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

test('Postgres keeps its data over stop, SIGKILL and start, and is safe by default', async () => {
  const dataDir = join(folder, 'pg-restart');
  let server = await startPostgres({ dataDir, fast: true });
  expect(await answer(server, 'show fsync')).toBe('on');
  expect(await answer(server, 'show server_version')).toMatch(/^18/);
  await answer(server, 'create table kept as select 7 as n');
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
  const { port } = server;
  server = await startPostgres({ dataDir, fast: true, port });
  expect(server.port).toBe(port);
  await server.kill();
  server = await startPostgres({ dataDir, fast: true });
  expect(await answer(server, 'select n from kept')).toBe(7);
  expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
  await server.stop();
});

test('a second server on the same data is refused while the first one runs, and a taken port is named', async () => {
  const dataDir = join(folder, 'pg-lock');
  const server = await startPostgres({ dataDir, fast: true });
  await expect(startPostgres({ dataDir, fast: true })).rejects.toMatchObject({ code: 'DATA_IN_USE' });
  await server.stop();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await expect(startPostgres({ dataDir, fast: true, port })).rejects.toMatchObject({ code: 'PORT_TAKEN', port });
  await expect(startNats({ storeDir: join(folder, 'nats-taken'), port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  taken.close();
});

test('a pid file that names a living stranger does not keep Postgres from starting', async () => {
  const dataDir = join(folder, 'pg-stale');
  const first = await startPostgres({ dataDir, fast: true });
  const pidFile = join(first.clusterDir, 'postmaster.pid');
  const left = await readFile(pidFile, 'utf8');
  await first.kill();
  await writeFile(pidFile, left.replace(/^\d+/, String(process.pid)));
  const second = await startPostgres({ dataDir, fast: true });
  await second.stop();
});

// Root runs Postgres as another user, who cannot pass such a folder; an ordinary user can reach all of their own.
test('below a folder of mode 0700 the cluster is put where it can be reached, and is found there again', async () => {
  const closed = join(folder, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o700);
  const dataDir = join(closed, 'data');
  const first = await startPostgres({ dataDir, fast: true });
  await answer(first, 'create table kept as select 8 as n');
  await first.stop();
  const second = await startPostgres({ dataDir, fast: true });
  expect(second.clusterDir).toBe(first.clusterDir);
  expect(await answer(second, 'select n from kept')).toBe(8);
  await second.stop();
  await removeOutsideCluster(dataDir);
});

const starterSource = (kind: string, options: object): string => `
  import { ${kind} } from '${new URL('../../../dist/libs/local-servers/src/index.js', import.meta.url).href}';
  const server = await ${kind}(${JSON.stringify(options)});
  console.log(server.pid);
  setInterval(() => {}, 1000);
`;

async function startElsewhere(
  kind: 'startPostgres' | 'startNats',
  options: object,
): Promise<{ parent: number; server: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', starterSource(kind, options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('The starter ended before its server was ready.');
  });
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  return { parent: child.pid ?? 0, server: Number(String(line)) };
}

test('a server whose owner is killed with SIGKILL does not stay', async () => {
  const postgres = await startElsewhere('startPostgres', { dataDir: join(folder, 'pg-orphan'), fast: true });
  const nats = await startElsewhere('startNats', { storeDir: join(folder, 'nats-orphan') });
  for (const { parent } of [postgres, nats]) signalProcess(parent, 'SIGKILL');
  expect(await waitUntilGone(postgres.server, 10_000)).toBe(true);
  expect(await waitUntilGone(nats.server, 10_000)).toBe(true);
});

test('a start directly after the owner was killed takes the data over', async () => {
  const dataDir = join(folder, 'pg-takeover');
  const storeDir = join(folder, 'nats-takeover');
  const before = [
    await startElsewhere('startPostgres', { dataDir, fast: true }),
    await startElsewhere('startNats', { storeDir }),
  ];
  for (const { parent } of before) signalProcess(parent, 'SIGKILL');
  const servers: (LocalPostgres | LocalNats)[] = await Promise.all([
    startPostgres({ dataDir, fast: true }),
    startNats({ storeDir }),
  ]);
  expect(before.map(({ server }) => isAlive(server))).toEqual([false, false]);
  for (const server of servers) await server.stop();
});

test('NATS lets each user do what it may and nothing else', async () => {
  const nats = await startTestNats({
    users: [
      { user: 'writer', password: 'w'.repeat(20), publish: ['log.>'], subscribe: ['ask.*'], allowResponses: true },
      { user: 'reader', password: 'r'.repeat(20), publish: ['ask.*'], subscribe: ['log.>', '_INBOX.>'] },
    ],
  });
  const writer = await connect({ servers: nats.url, user: 'writer', pass: 'w'.repeat(20) });
  const reader = await connect({ servers: nats.url, user: 'reader', pass: 'r'.repeat(20) });
  writer.subscribe('ask.*', {
    callback: (_err, message) => {
      message.respond('answered');
    },
  });
  await writer.flush();
  expect((await reader.request('ask.x', '', { timeout: 10_000 })).string()).toBe('answered');
  await expect(connect({ servers: nats.url, reconnect: false })).rejects.toThrow(/authorization/i);
  const refused = (async (): Promise<string> => {
    for await (const status of reader.status()) if (status.type === 'error') return String(status.error);
    return '';
  })();
  reader.publish('log.forged', '');
  expect(await refused).toMatch(/permissions violation/i);
  await Promise.all([writer.close(), reader.close()]);
  await nats.kill();
  await nats.restart();
  await nats.stop();
});
