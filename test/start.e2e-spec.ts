import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { isAlive, removeOutsideCluster, signalProcess } from '@keyfold/local-servers';
import { eventually } from './support/eventually.js';
import { startTestNats } from './support/nats.js';
import { freePorts, NpmStart } from './support/npm-start.js';
import { startTestPostgres } from './support/postgres.js';
import { makeServerFolder } from './support/server-folder.js';

// The real `npm start`, from dist: one machine, one data directory, everything below one process.
// Several whole starts a test, on a machine that runs other tests beside.
jest.setTimeout(600_000);
const patienceMs = 60_000;

let dataDir: string;
let env: Record<string, string>;
const running: NpmStart[] = [];

beforeAll(async () => {
  dataDir = await makeServerFolder('keyfold-start-');
  env = { KEYFOLD_DATA_DIR: dataDir, ...(await freePorts()) };
});
afterEach(async () => {
  for (const started of running.splice(0)) await started.end();
});
afterAll(async () => {
  await removeOutsideCluster(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

function start(overrides: Record<string, string> = {}): NpmStart {
  const started = NpmStart.start({ ...env, ...overrides });
  running.push(started);
  return started;
}

async function isReady(port: string | undefined): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port ?? ''}/readyz`).then(
    (response) => response.status === 200,
    () => false,
  );
}

async function bothReady(): Promise<boolean> {
  const answers = await Promise.all([isReady(env['KEYFOLD_ADMIN_OPS_PORT']), isReady(env['KEYFOLD_GATEWAY_OPS_PORT'])]);
  return answers.every(Boolean);
}

async function signIn(password: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${env['KEYFOLD_ADMIN_PORT'] ?? ''}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  });
  return response.status;
}

const keptPassword = async (): Promise<string> => (await readFile(join(dataDir, 'admin-password'), 'utf8')).trim();

/** The variables that the data directory keeps for further services. */
async function keptVariables(): Promise<Record<string, string>> {
  const lines = (await readFile(join(dataDir, 'env'), 'utf8')).trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

const modeOf = async (name: string): Promise<number> => (await stat(join(dataDir, name))).mode & 0o777;

function everyCommandLine(): string {
  const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return pids
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

async function nothingIsLeft(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(4);
  await eventually(() => !pids.some(isAlive), patienceMs);
}

describe('npm start', () => {
  test('an empty directory becomes a running system, whose secrets are files of mode 0600', async () => {
    const started = await start().ready();
    expect(started.text.trimEnd().endsWith('\nKeyfold is ready')).toBe(true);
    expect(await bothReady()).toBe(true);
    const password = await keptPassword();
    expect(started.text.split(password).length).toBe(2);
    expect(await signIn(password)).toBe(201);
    for (const name of ['shared-secret', 'log.key', 'log.pub', 'admin-password', 'env', 'credentials.json'])
      expect(await modeOf(name)).toBe(0o600);
    expect(await readFile(join(dataDir, 'log.pub'), 'utf8')).toMatch(/^keyfold\.local\/[0-9a-f]+\+[0-9a-f]{8}\+\S+\n$/);
    const commands = everyCommandLine();
    expect(commands).not.toContain(password);
    for (const name of ['shared-secret', 'log.key', 'postgres-password'])
      expect(commands).not.toContain((await readFile(join(dataDir, name), 'utf8')).trim());
    expect(commands).toMatch(/admin-service/);
    expect(commands).toMatch(/auth-gateway/);

    const second = start(await freePorts());
    expect(await second.exited).not.toBe(0);
    expect(second.text).toMatch(/Another `npm start` runs on the data in/);

    const tree = started.tree();
    // As a terminal and npm do together: the second one must not cut the stop short.
    started.signalGroup('SIGINT');
    started.signalGroup('SIGINT');
    expect(await started.exited).toBe(0);
    await nothingIsLeft(tree);
    expect(readFileSync(join(dataDir, 'logs', 'postgres.log'), 'utf8')).toMatch(/database system is shut down\n$/);
  });

  test('a second start goes on with the same data, and what dies is started again, and a further gateway joins', async () => {
    const password = await keptPassword();
    const publicKey = await readFile(join(dataDir, 'log.pub'), 'utf8');
    const started = await start().ready();
    expect(started.text).not.toContain(password);
    expect(await signIn(password)).toBe(201);
    expect(await readFile(join(dataDir, 'log.pub'), 'utf8')).toBe(publicKey);
    for (const name of ['nats-server', 'postgres', 'admin-service', 'auth-gateway'] as const) {
      const before = await started.pidOf(name);
      signalProcess(before, 'SIGKILL');
      await eventually(async () => {
        const now = await started.pidOf(name).catch(() => before);
        return now !== before && isAlive(now);
      }, patienceMs);
      await eventually(bothReady, patienceMs);
    }
    expect(await signIn(password)).toBe(201);

    const joining = await freePorts();
    const gateway = NpmStart.start(
      { ...(await keptVariables()), ...joining, KEYFOLD_GATEWAY_ID: 'gateway-2' },
      'start:gateway',
    );
    running.push(gateway);
    await eventually(() => isReady(joining['KEYFOLD_GATEWAY_OPS_PORT']), patienceMs);
    gateway.signalNpm('SIGTERM');
    expect(await gateway.exited).toBe(0);

    const tree = started.tree();
    started.signalNpm('SIGTERM');
    await started.exited;
    await nothingIsLeft(tree);
  });

  test('after a kill -9 of the whole tree the next start works', async () => {
    const started = await start().ready();
    const tree = started.tree();
    for (const pid of tree) signalProcess(pid, 'SIGKILL');
    await start().ready();
    expect(await bothReady()).toBe(true);
    expect(await signIn(await keptPassword())).toBe(201);
    await nothingIsLeft(tree);
  });

  test('after a kill -9 of npm start alone the next start works at once, and without one nothing stays', async () => {
    const first = await start().ready();
    const firstTree = first.tree();
    signalProcess(await first.pidOf('npm-start'), 'SIGKILL');
    const second = await start().ready();
    expect(await bothReady()).toBe(true);
    await nothingIsLeft(firstTree);
    const secondTree = second.tree();
    signalProcess(await second.pidOf('npm-start'), 'SIGKILL');
    await nothingIsLeft(secondTree);
  });

  test('ports that are taken are named with their variables before anything is started', async () => {
    const other = await mkdtemp(join(tmpdir(), 'keyfold-taken-'));
    const ports = await freePorts();
    const taken = ['KEYFOLD_ADMIN_PORT', 'KEYFOLD_GATEWAY_OPS_PORT'] as const;
    const holders = taken.map((name) => createServer().listen(Number(ports[name]), '127.0.0.1'));
    await Promise.all(holders.map((holder) => once(holder, 'listening')));
    const started = start({ ...ports, KEYFOLD_DATA_DIR: other });
    expect(await started.exited).toBe(1);
    for (const name of taken) expect(started.text).toMatch(new RegExp(`Port ${ports[name]} .*${name}`));
    expect(existsSync(join(other, 'postgres'))).toBe(false);
    holders.forEach((holder) => holder.close());
    await rm(other, { recursive: true, force: true });
  });

  test('a database and a broker that are given are used, and none are embedded', async () => {
    const other = await mkdtemp(join(tmpdir(), 'keyfold-given-'));
    const [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
    const database = await postgres.createDatabase();
    const gateway = await postgres.createDatabase();
    const started = await start({
      ...(await freePorts()),
      KEYFOLD_DATA_DIR: other,
      KEYFOLD_DATABASE_URL: database.serviceUrl,
      KEYFOLD_DATABASE_OWNER_URL: database.ownerUrl,
      KEYFOLD_GATEWAY_DATABASE_URL: gateway.ownerUrl,
      KEYFOLD_NATS_URL: nats.url,
    }).ready();
    expect(existsSync(join(other, 'postgres'))).toBe(false);
    expect(existsSync(join(other, 'nats'))).toBe(false);
    started.signalNpm('SIGTERM');
    await started.exited;
    await Promise.all([postgres.stop(), nats.stop()]);
    await rm(other, { recursive: true, force: true });
  });
});
