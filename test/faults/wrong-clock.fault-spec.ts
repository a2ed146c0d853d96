import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { startAuthGateway, type TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import { type FakeTime, fakeTime } from '@keyfold/testing/fake-time';
import { AdminClient, type Answer, basic } from '@keyfold/testing/http-client';
import { startTestNats, type TestNats } from '@keyfold/testing/nats';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, PASSWORD, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { Housekeeping } from '../../apps/admin-service/src/housekeeping.js';

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];

let clock: FakeTime;
let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let service: TestAdminService;
let gateway: TestAuthGateway;
let db: pg.Pool;
let admin: AdminClient;
let owner: Person;
const lines: string[] = [];

/* Postgres runs with a clock of its own. The services have this host's, which is right. */

beforeAll(async () => {
  clock = await fakeTime();
  [postgres, nats] = await Promise.all([startTestPostgres({ env: clock.env }), startTestNats()]);
  database = await postgres.createDatabase();
  db = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
  db.on('error', () => undefined);
  service = await startTestAdminService({ database, natsUrl: nats.url });
  gateway = await startAuthGateway({
    databaseUrl: (await postgres.createDatabase()).ownerUrl,
    natsUrl: nats.url,
    adminInternalUrl: service.internalUrl,
    sharedSecret: service.sharedSecret,
    logPublicKey: service.logPublicKey,
  });
  admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  owner = await createPerson(service, admin, { roles: ['api-key-generate', 'api-key-sign-in'] });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
  await db.end();
  await Promise.all([nats.stop(), postgres.stop()]);
  await clock.remove();
});
// A start has nothing to suspect a clock by but the clocks themselves.
const restart = async (env: Record<string, string> = {}): Promise<void> => {
  await service.close();
  service = await startTestAdminService({ database, natsUrl: nats.url, secrets: service, lines, env });
  admin = await signInAdmin(service);
  owner = { ...owner, client: await admin.signIn(owner.username, PASSWORD) };
};
beforeEach(() => restart());
afterEach(async () => {
  jest.restoreAllMocks();
  await clock.setAhead(0);
});

interface Key {
  readonly id: string;
  readonly key: string;
}
const keyOf = ({ body, status }: Answer): Key => {
  if (status > 201) throw new Error(JSON.stringify(body));
  return { id: String(body['id']), key: String(body['key']) };
};
const issue = async (): Promise<Key> => keyOf(await owner.client.post('/v1/me/api-keys', {}));
const rotate = async ({ id }: Key, graceSeconds: number): Promise<Key> =>
  keyOf(await owner.client.post(`/v1/api-keys/${id}/rotate`, { graceSeconds }));
const revoke = (id: string): Promise<Answer> => admin.post(`/v1/api-keys/${id}/revoke`, { reason: 'UNSPECIFIED' });
const status = async ({ key }: Key): Promise<number> => {
  const response = await fetch(`${gateway.url}/v1/me`, { headers: { authorization: basic(owner.username, key) } });
  await response.arrayBuffer();
  return response.status;
};
const passes = (key: Key): Promise<void> => eventually(async () => (await status(key)) === 200);
const isRefused = (key: Key): Promise<void> => eventually(async () => (await status(key)) === 401);
const lastRecordMs = async (): Promise<number> => {
  const { rows } = await db.query<{ at: Date }>('select recorded_at as at from keyfold.log_head');
  return rows[0]?.at.getTime() ?? Number.NaN;
};
const isGrantingRefused = async (): Promise<void> => {
  const { body, headers, status: code } = await owner.client.post('/v1/me/api-keys', {});
  expect([code, body['code'], body['detail']]).toEqual([503, 'UNAVAILABLE', expect.stringContaining('suspect')]);
  expect(headers.get('retry-after')).not.toBeNull();
};

test.each([
  ['an hour ahead', HOUR_MS],
  ['a year ahead', 365 * DAY_MS],
  ['a day back', -DAY_MS],
])('Postgres is %s for one write: nothing expires by it, and what ends does so in time', async (_name, aheadMs) => {
  const [graced, other] = [await issue(), await issue()];
  const successor = await rotate(graced, 15);
  for (const key of [graced, successor, other]) await passes(key);
  const before = await lastRecordMs();
  await clock.setAhead(aheadMs);
  expect((await revoke(other.id)).status).toBe(200);
  await clock.setAhead(0);
  const recorded = await lastRecordMs();
  expect(recorded).toBeGreaterThanOrEqual(before);
  expect(recorded - before).toBeLessThan(10 * MINUTE_MS);
  await isRefused(other);
  expect(await status(successor)).toBe(200);
  await isRefused(graced);
  await isGrantingRefused();
  expect(await status(successor)).toBe(200);
  // What was suspect is forgotten by a start, and no time went back or stood still.
  await restart();
  const issued = await issue();
  await passes(issued);
  expect(await lastRecordMs()).toBeGreaterThan(recorded);
  await revoke(issued.id);
  await isRefused(issued);
});

test.each([
  ['a day behind', -DAY_MS],
  ['a year ahead', 365 * DAY_MS],
])('Postgres goes on on a host whose clock is %s: restricting works, nothing is deleted', async (_name, aheadMs) => {
  const [kept, revoked, graced] = [await issue(), await issue(), await issue()];
  const successor = await rotate(graced, 15);
  for (const key of [kept, revoked, successor]) await passes(key);
  await clock.setAhead(aheadMs);
  await postgres.restart();
  await eventually(async () => (await revoke(revoked.id)).status === 200);
  await isRefused(revoked);
  await isRefused(graced);
  for (const key of [kept, successor]) expect(await status(key)).toBe(200);
  await isGrantingRefused();
  await service.service.app.get(Housekeeping, { strict: false }).sweep();
  expect((await db.query('select 1 from keyfold.sessions')).rowCount).toBeGreaterThan(0);
  // A replica that starts on the wrong clock knows no more than the two clocks, and takes nothing from either.
  const before = await lastRecordMs();
  await restart();
  expect((await revoke(kept.id)).status).toBe(200);
  await isRefused(kept);
  expect(await status(successor)).toBe(200);
  expect((await lastRecordMs()) - before).toBeLessThan(10 * MINUTE_MS);
  await isGrantingRefused();
});

test('both clocks of a host jump by an hour: the monotonic clock shows it, and nothing expires by it', async () => {
  const key = await issue();
  const successor = await rotate(key, 600);
  for (const one of [key, successor]) await passes(one);
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + HOUR_MS);
  await clock.setAhead(HOUR_MS);
  await eventually(() => lines.some((line) => line.includes('"reason":"moved"')));
  await isGrantingRefused();
  expect((await revoke(successor.id)).status).toBe(200);
  await isRefused(successor);
  expect(await status(key)).toBe(200);
});

test("an operator who knows that Postgres's clock is right lets it count, up to an instant", async () => {
  const graced = await issue();
  const successor = await rotate(graced, 600);
  for (const key of [graced, successor]) await passes(key);
  await clock.setAhead(20 * MINUTE_MS);
  await restart();
  await isGrantingRefused();
  expect(await status(graced)).toBe(200);
  await restart({ KEYFOLD_CLOCK_TRUST: new Date(Date.now() + HOUR_MS).toISOString() });
  const issued = await issue();
  await passes(issued);
  // 20 minutes have passed by the clock that counts now.
  await isRefused(graced);
  expect(await status(successor)).toBe(200);
});
