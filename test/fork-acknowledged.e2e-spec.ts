import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { eventually } from './support/eventually.js';
import { basic } from './support/gateway-world.js';
import { AdminClient, type Answer } from './support/http-client.js';
import { runKeyfold } from './support/keyfold-command.js';
import { backUp, type ClusterBackup } from './support/lost-tail.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { signInAdmin } from './support/signed-in.js';

/*
 * The database loses the end of the log under a gateway that has applied it. Nobody is let in any more, until an
 * administrator acknowledges the fork; then the gateway follows the new origin, and decides by what the database has.
 */

let postgres: TestPostgres;
/** The gateway's tables lose nothing. */
let gatewayPostgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let gatewayDatabase: TestDatabase;
let dataDir: string;
let admin: TestAdminService;
let gateway: TestAuthGateway;

beforeAll(async () => {
  [postgres, gatewayPostgres, nats] = await Promise.all([startTestPostgres(), startTestPostgres(), startTestNats()]);
  [database, gatewayDatabase] = await Promise.all([postgres.createDatabase(), gatewayPostgres.createDatabase()]);
  dataDir = await mkdtemp(join(tmpdir(), 'keyfold-fork-'));
  admin = await startTestAdminService({ database, natsUrl: nats.url });
  gateway = await startGateway(nats.url);
});
afterAll(async () => {
  await gateway.close();
  await admin.close();
  await Promise.all([postgres.stop(), gatewayPostgres.stop(), nats.stop()]);
  await rm(dataDir, { recursive: true });
});

/** As the same gateway: its data directory, its tables, and the key that it was configured with at first. */
function startGateway(natsUrl: string, logPublicKey = admin.logPublicKey): Promise<TestAuthGateway> {
  return startAuthGateway({
    databaseUrl: gatewayDatabase.ownerUrl,
    natsUrl,
    // Over the broker alone.
    adminInternalUrl: 'http://127.0.0.1:9',
    sharedSecret: admin.sharedSecret,
    logPublicKey,
    gatewayId: 'gw-1',
    dataDir,
  });
}

const ask = async (key: string): Promise<number> =>
  (await fetch(`${gateway.url}/v1/me`, { headers: { authorization: basic('admin', key) } })).status;
const position = async (client: AdminClient): Promise<number> =>
  Number((await client.post('/v1/roles', { name: 'Marker', permissions: [] })).headers.get('keyfold-position'));
const issue = async (client: AdminClient): Promise<{ id: string; key: string }> => {
  const { body } = await client.post('/v1/me/api-keys', {});
  return { id: String(body['id']), key: String(body['key']) };
};

interface Keys {
  readonly kept: string;
  readonly revoked: string;
  readonly lost: string;
  /** Ids of the latter two. */
  readonly lostIds: readonly string[];
}

/** What the broker has kept of the records that are gone; the same at any page size. */
async function lostRecords(client: AdminClient, query = ''): Promise<unknown[][]> {
  const records: unknown[][] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: Answer = await client.get(`/v1/log/fork/lost-records?limit=1${query}${cursor}`);
    for (const { stream, type } of body['items'] as { stream: string; type: string }[]) records.push([type, stream]);
    const next = body['nextCursor'] as string | null;
    cursor = next === null ? null : `&cursor=${next}`;
  }
  return records;
}

const lostEvents = ([revoked, lost]: readonly string[]): string[][] => [
  ['ApiKeyIssued', `api-key/${String(lost)}`],
  ['ApiKeyRevoked', `api-key/${String(revoked)}`],
];

interface NamedFork {
  readonly position: number;
  readonly checkpoint: string;
}

async function expectStanding(client: AdminClient, fork: NamedFork, { lostIds }: Keys): Promise<void> {
  const read = await client.get('/v1/log/fork');
  expect(read).toMatchObject({ status: 200, body: { fork, confirms: false, acknowledged: [] } });
  expect((read.body['fork'] as { size: number }).size).toBeGreaterThan(fork.position);
  expect(await lostRecords(client)).toEqual(lostEvents(lostIds));
}

async function expectRemembered(client: AdminClient, fork: NamedFork, { lostIds }: Keys): Promise<void> {
  const { body } = await client.get('/v1/log/fork');
  expect(body).toMatchObject({ fork: null, confirms: false, publicKey: admin.logPublicKey, acknowledged: [fork] });
  const [{ recordPosition }] = body['acknowledged'] as [{ recordPosition: number }];
  expect(await lostRecords(client, `&acknowledgement=${recordPosition}`)).toEqual(lostEvents(lostIds));
  expect((await client.get('/v1/log/fork/lost-records')).status).toBe(404);
}

/** Three keys: one from before, one that the lost records revoke, one that only they know. */
async function loseTheEnd(client: AdminClient): Promise<Keys> {
  const settings = { apiKeyAuthenticationEnabled: true, gatewayLeaseSeconds: 5 };
  expect((await client.patch('/v1/settings/security', settings)).status).toBe(200);
  const [kept, revoked] = [await issue(client), await issue(client)];
  const backup: ClusterBackup = await backUp(postgres);
  let lost = await issue(client).catch(() => ({ id: 'undefined', key: '' }));
  await eventually(async () => {
    if (lost.id === 'undefined') lost = await issue(client);
    expect(lost.id).not.toBe('undefined');
  });
  expect((await client.post(`/v1/api-keys/${revoked.id}/revoke`, { reason: 'KEY_COMPROMISE' })).status).toBe(200);
  await eventually(async () => {
    expect([await ask(kept.key), await ask(lost.key), await ask(revoked.key)]).toEqual([200, 200, 401]);
  });
  await backup.restore({ isPromoted: false });
  return { kept: kept.key, revoked: revoked.key, lost: lost.key, lostIds: [revoked.id, lost.id] };
}

test('a gateway that has applied what is lost lets nobody in until the fork is acknowledged, and follows then', async () => {
  const configuredKey = admin.logPublicKey;
  const client = await signInAdmin(admin);
  const keys = await loseTheEnd(client);
  const url = admin.url;
  const cli = (...args: string[]): ReturnType<typeof runKeyfold> =>
    runKeyfold(args, { serviceUrl: url, token: client.token ?? '' });

  await eventually(async () => {
    expect((await client.post('/v1/roles', { name: 'Forked', permissions: [] })).body['code']).toBe('LOG_FORKED');
  });
  // G9: every key is refused, whatever either log says of it.
  for (const key of [keys.kept, keys.revoked, keys.lost]) await eventually(async () => (await ask(key)) === 503);
  const ready = await fetch(`${admin.opsUrl}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toContain('keyfold fork acknowledge --position ');
  const told = await cli('fork', '--json');
  const fork = JSON.parse(told.out) as { position: number; checkpoint: string };
  expect(told.code).toBe(1);

  await expectStanding(client, fork, keys);
  const other = await client.post('/v1/log/fork/acknowledge', { ...fork, position: fork.position + 1 });
  expect(other).toMatchObject({ status: 409, body: { code: 'FORK_DIFFERS' } });
  const nobody = new AdminClient(url);
  expect((await nobody.post('/v1/log/fork/acknowledge', fork)).status).toBe(401);
  expect((await cli('fork', 'acknowledge', '--position', `${fork.position + 1}`)).code).toBe(2);
  const acknowledged = await cli('fork', 'acknowledge', '--position', `${fork.position}`);
  expect(acknowledged).toMatchObject({ code: 0, out: expect.stringContaining('/fork-') });
  // A second time, as an impatient administrator does: it is one record.
  expect((await client.post('/v1/log/fork/acknowledge', fork)).status).toBe(200);
  // Nobody is let in before the service works for the new origin.
  expect(await ask(keys.kept)).toBe(503);
  await admin.service.superseded;
  await admin.close();
  admin = await startTestAdminService({ database, natsUrl: nats.url, secrets: admin });

  await gateway.superseded;
  await gateway.close();
  gateway = await startGateway(nats.url, configuredKey);
  await eventually(async () => {
    expect([await ask(keys.kept), await ask(keys.revoked), await ask(keys.lost)]).toEqual([200, 200, 401]);
  });
  const again = await signInAdmin(admin);
  await expectRemembered(again, fork, keys);
  const { body } = await again.get('/v1/events?type=ForkAcknowledged');
  expect(body['items']).toMatchObject([
    { stream: 'log/origin', data: { position: fork.position, checkpoint: fork.checkpoint } },
  ]);
  // A start that hears of nothing keeps to the new origin.
  await gateway.close();
  gateway = await startGateway(nats.url, configuredKey);
  const marker = await position(again);
  await eventually(() => gateway.parts.facts.appliedSize >= marker && gateway.parts.freshness.holdsLease());
  expect(gateway.lines.some((line) => line.includes('a fork of the log was acknowledged'))).toBe(false);
  expect(await runKeyfold(['fork'], { serviceUrl: admin.url, token: '' })).toMatchObject({ code: 0 });
});
