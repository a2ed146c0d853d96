import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@keyfold/service-kit';
import { GatewayConfig } from '../apps/auth-gateway/src/gateway-config.js';
import { prepareGateway } from '../apps/auth-gateway/src/prepare-gateway.js';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { eventually } from './support/eventually.js';
import { LeaseProcess } from './support/feed/lease-process.js';
import { type AdminClient, basic } from './support/http-client.js';
import { type CommandOutcome, runKeyfold } from './support/keyfold-command.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestPostgres } from './support/postgres.js';
import { verifyIndependently } from './support/receipts/second-verifier.js';
import { createPerson, type Person, signInAdmin } from './support/signed-in.js';

/* A revocation that is confirmed, with real gateways, a real admin-service, Postgres and NATS, by the command line. */

const GATEWAYS = ['gw-1', 'gw-2', 'gw-3'];

let postgres: TestPostgres;
let nats: TestNats;
let admin: TestAdminService;
let administrator: AdminClient;
let anna: Person;
let gateways: TestAuthGateway[];
let dir: string;

beforeAll(async () => {
  [postgres, nats, dir] = await Promise.all([
    startTestPostgres(),
    startTestNats(),
    mkdtemp(join(tmpdir(), 'keyfold-receipts-')),
  ]);
  admin = await startTestAdminService({ database: await postgres.createDatabase(), natsUrl: nats.url });
  administrator = await signInAdmin(admin);
  const settings = { apiKeyAuthenticationEnabled: true, gatewayLeaseSeconds: 5 };
  expect((await administrator.patch('/v1/settings/security', settings)).status).toBe(200);
  anna = await createPerson(admin, administrator, {
    username: 'anna',
    roles: ['api-key-generate', 'api-key-sign-in'],
  });
  gateways = await Promise.all(
    GATEWAYS.map(async (gatewayId) =>
      startAuthGateway({
        databaseUrl: (await postgres.createDatabase()).ownerUrl,
        natsUrl: nats.url,
        adminInternalUrl: admin.internalUrl,
        sharedSecret: admin.sharedSecret,
        logPublicKey: admin.logPublicKey,
        gatewayId,
      }),
    ),
  );
  await Promise.all(gateways.map((gateway) => eventually(() => gateway.parts.freshness.holdsLease())));
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await admin.close();
  await nats.stop();
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
});

const keyfold = (...args: string[]): Promise<CommandOutcome> =>
  runKeyfold(args, { serviceUrl: admin.url, token: administrator.token });
const path = (name: string): string => join(dir, name);

async function newKey(): Promise<{ id: string; key: string }> {
  const { body } = await anna.client.post('/v1/me/api-keys', {});
  return { id: String(body['id']), key: String(body['key']) };
}

const statusesOf = (key: string): Promise<number[]> =>
  Promise.all(
    gateways.map(async ({ url }) => {
      const answer = await fetch(`${url}/v1/me`, { headers: { authorization: basic('anna', key) } });
      return answer.status;
    }),
  );

describe('keyfold revoke --wait', () => {
  test('ends when no gateway accepts the key, with a receipt that anyone can check', async () => {
    const { id, key } = await newKey();
    await eventually(async () => (await statusesOf(key)).every((status) => status === 200));
    const revoked = await keyfold('revoke', id, '--reason', 'KEY_COMPROMISE', '--wait', '--receipt', path('receipt'));
    // In the moment in which the command has ended: nothing else is waited for.
    expect(await statusesOf(key)).toEqual([401, 401, 401]);
    expect([revoked.code, revoked.err]).toEqual([0, '']);
    for (const gatewayId of GATEWAYS) expect(revoked.out).toMatch(new RegExp(`^ {2}${gatewayId}: applied at `, 'm'));
    expect(revoked.out).toMatch(/^confirmed after \d+\.\d s: no gateway accepts the key any more/m);

    const receipt = await readFile(path('receipt'), 'utf8');
    verifyIndependently(receipt, admin.logPublicKey, id);
    await writeFile(path('gateways'), (await keyfold('gateways', '--json')).out.replace(/^(.*)$/s, '{"items":$1}'));
    const check = ['verify-receipt', path('receipt'), '--key', admin.logPublicKey, '--gateways', path('gateways')];
    expect(await keyfold(...check, '--expect-key', id)).toMatchObject({ code: 0 });
    expect((await keyfold(...check, '--expect-key', (await newKey()).id)).code).toBe(1);
  });

  test('says which gateway may still accept the key, and ends once its lease has', async () => {
    const silent = new LeaseProcess(admin, 'gw-cut-off');
    expect((await silent.begin()).leaseSeconds).toBe(5);
    const { id } = await newKey();
    const early = await keyfold('revoke', id, '--wait', '1');
    expect([early.code, early.err]).toEqual([1, '']);
    expect(early.out).toMatch(/^NOT confirmed in time.*\n {2}gw-cut-off: has applied \d+, its lease runs until /m);
    const late = await keyfold('revoke', id, '--wait', '30', '--json');
    expect(late.code).toBe(0);
    const { gateways: confirmed } = JSON.parse(late.out) as { gateways: { gatewayId: string; by: string }[] };
    expect(Object.fromEntries(confirmed.map(({ by, gatewayId }) => [gatewayId, by]))).toEqual({
      'gw-1': 'applied',
      'gw-2': 'applied',
      'gw-3': 'applied',
      'gw-cut-off': 'lease-ended',
    });
  });

  test('takes no whole key, no token as an argument, and a token from a file', async () => {
    const { id, key } = await newKey();
    expect((await keyfold('revoke', key)).code).toBe(2);
    expect((await runKeyfold(['revoke', id], { serviceUrl: admin.url })).code).toBe(2);
    await writeFile(path('token'), `${administrator.token ?? ''}\n`, { mode: 0o600 });
    const { code, out } = await runKeyfold(['revoke', id], { serviceUrl: admin.url, tokenFile: path('token') });
    expect([code, out]).toEqual([0, expect.stringMatching(/^revoked at position \d+\n$/)]);
  });
});

test('a gateway that prepares its projection takes no lease, and no receipt names it', async () => {
  const config = GatewayConfig.fromEnvironment({
    KEYFOLD_DATA_DIR: dir,
    KEYFOLD_GATEWAY_DATABASE_URL: (await postgres.createDatabase()).ownerUrl,
    KEYFOLD_NATS_URL: nats.url,
    KEYFOLD_ADMIN_INTERNAL_URL: admin.internalUrl,
    KEYFOLD_SHARED_SECRET: admin.sharedSecret,
    KEYFOLD_LOG_PUBLIC_KEY: admin.logPublicKey,
    KEYFOLD_GATEWAY_ID: 'gw-prepared',
  });
  const log = createLogger({ service: 'auth-gateway', level: 'silent' });
  const { appliedSize } = await prepareGateway(config, log, { signal: AbortSignal.timeout(60_000) });
  expect(appliedSize).toBeGreaterThan(0);
  const { id } = await newKey();
  const revoked = await keyfold('revoke', id, '--wait', '30', '--json', '--receipt', path('unprepared'));
  const { gateways: confirmed } = JSON.parse(revoked.out) as { gateways: { gatewayId: string }[] };
  // A lease that is over would be named as well.
  expect(confirmed.map(({ gatewayId }) => gatewayId)).not.toContain('gw-prepared');
  expect(await readFile(path('unprepared'), 'utf8')).not.toContain('gw-prepared');
  const { body } = await administrator.get('/v1/events?stream=gateway/gw-prepared');
  expect(body['items']).toEqual([]);
});

test('keyfold gateways shows the fleet, once and live', async () => {
  const once = await keyfold('gateways', '--once');
  expect(once.code).toBe(0);
  for (const gatewayId of GATEWAYS) expect(once.out).toMatch(new RegExp(`^${gatewayId}/0 +\\d+ +\\d+ +[1-5] s`, 'm'));
  const session = await signInAdmin(admin);
  let drawn = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      drawn += chunk.toString();
      done();
    },
  });
  const live = runKeyfold(['gateways', '--watch'], { serviceUrl: admin.url, token: session.token, stdout });
  await eventually(() => drawn.split('\u001b[H\u001b[Jprocess ').length > 2);
  // It goes on until it is interrupted, or the service refuses.
  await session.delete('/v1/sessions/current');
  const ended = await live;
  expect([ended.code, ended.err]).toEqual([3, expect.stringContaining('401')]);
});
