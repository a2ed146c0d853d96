import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { generateSignerKey, parseSignerKey } from '@keyfold/domain';
import { childrenOf, freePort, signalProcess } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';
import { startTestNats, type TestNats } from '@keyfold/testing/nats';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { ServiceProcess } from '@keyfold/testing/service-process';

/*
 * A frozen server (`docker pause`, a hung disk) answers nothing and closes no connection. The services stop all the
 * same, and by themselves.
 */

let postgres: TestPostgres;
let nats: TestNats;
let dataDir: string;
let services: Record<'admin' | 'gateway' | 'workers', ServiceProcess>;
let adminUrl: string;

beforeAll(async () => {
  [postgres, nats, dataDir] = await Promise.all([
    startTestPostgres(),
    startTestNats(),
    mkdtemp(join(tmpdir(), 'keyfold-stop-')),
  ]);
  const [database, gateways] = [await postgres.createDatabase(), await postgres.createDatabase()];
  const signingKey = generateSignerKey('keyfold.local/stop', randomBytes(32));
  const [adminPort, opsPort, internalPort] = [await freePort(), await freePort(), await freePort()];
  adminUrl = `http://127.0.0.1:${adminPort}`;
  const shared = { KEYFOLD_SHARED_SECRET: 's'.repeat(40), KEYFOLD_NATS_URL: nats.url, KEYFOLD_DATA_DIR: dataDir };
  const admin = new ServiceProcess({
    service: 'admin-service',
    opsPort,
    env: {
      ...shared,
      KEYFOLD_DATABASE_URL: database.serviceUrl,
      KEYFOLD_DATABASE_OWNER_URL: database.ownerUrl,
      KEYFOLD_LOG_SIGNING_KEY: signingKey,
      KEYFOLD_ADMIN_PASSWORD: 'correct horse battery staple',
      KEYFOLD_ADMIN_PORT: String(adminPort),
      KEYFOLD_ADMIN_OPS_PORT: String(opsPort),
      KEYFOLD_ADMIN_INTERNAL_PORT: String(internalPort),
    },
  });
  const gateway = async (id: string, workers: number): Promise<ServiceProcess> => {
    const [port, ops, proxy] = [await freePort(), await freePort(), await freePort()];
    const env = {
      ...shared,
      KEYFOLD_GATEWAY_ID: id,
      KEYFOLD_GATEWAY_WORKERS: String(workers),
      KEYFOLD_GATEWAY_DATABASE_URL: gateways.ownerUrl,
      KEYFOLD_ADMIN_INTERNAL_URL: `http://127.0.0.1:${internalPort}`,
      KEYFOLD_LOG_PUBLIC_KEY: parseSignerKey(signingKey).verifierKey,
      KEYFOLD_UPSTREAM_URL: adminUrl,
      KEYFOLD_GATEWAY_PORT: String(port),
      KEYFOLD_GATEWAY_OPS_PORT: String(ops),
      KEYFOLD_PROXY_PORT: String(proxy),
    };
    return new ServiceProcess({ service: 'auth-gateway', opsPort: ops, env });
  };
  services = { admin, gateway: await gateway('one', 1), workers: await gateway('two', 2) };
});
beforeEach(async () => {
  await services.admin.start();
  await services.admin.ready();
  await Promise.all([services.gateway.start(), services.workers.start()]);
  await Promise.all(Object.values(services).map((service) => service.ready()));
});
afterEach(async () => {
  for (const pid of serverPids()) signalProcess(pid, 'SIGCONT');
  await Promise.all(Object.values(services).map((service) => service.end('SIGKILL')));
});
afterAll(async () => {
  await nats.stop();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function serverPids(): number[] {
  return [nats.pid(), ...postgresPids()];
}

function postgresPids(): number[] {
  return [postgres.server.pid, ...childrenOf(postgres.server.pid)];
}

/** @returns the exit codes of both services and of a gateway with workers; null for one that had to be killed */
function stopAll(): Promise<(number | null)[]> {
  return Promise.all([services.admin, services.gateway, services.workers].map((service) => service.end('SIGTERM')));
}

test('while Postgres is frozen', async () => {
  for (const pid of postgresPids()) signalProcess(pid, 'SIGSTOP');
  const [admin, ...gateways] = await stopAll();
  expect({ admin, gateways }).toEqual({ admin: 1, gateways: [expect.any(Number), expect.any(Number)] });
  // Whoever finds the exit code finds what hung.
  expect(services.admin.lines.at(-1)).toMatch(/not closed: .*event store/);
});

test('while NATS is frozen, in order', async () => {
  signalProcess(nats.pid(), 'SIGSTOP');
  expect(await stopAll()).toEqual([0, 0, 0]);
});

test('while both are frozen and a request waits for its answer', async () => {
  for (const pid of serverPids()) signalProcess(pid, 'SIGSTOP');
  const request = connect(Number(new URL(adminUrl).port), '127.0.0.1');
  request.on('error', () => undefined).resume();
  request.write('GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer none\r\n\r\n');
  await once(request, 'ready');
  const [admin, ...gateways] = await stopAll();
  expect({ admin, gateways }).toEqual({ admin: 1, gateways: [expect.any(Number), expect.any(Number)] });
  await eventually(() => request.closed);
});

test('while a start waits for a frozen Postgres', async () => {
  await services.admin.end('SIGTERM');
  for (const pid of postgresPids()) signalProcess(pid, 'SIGSTOP');
  await services.admin.start();
  await eventually(() => services.admin.pid > 0);
  expect(await services.admin.end('SIGTERM')).not.toBe(0);
});
