import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { eventually } from './support/eventually.js';
import { AdminClient, basic } from './support/http-client.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { createPerson, type Person, signInAdmin } from './support/signed-in.js';

const KEY_ROLES = ['api-key-generate', 'api-key-sign-in'];

let postgres: TestPostgres;
let nats: TestNats;
let service: TestAdminService;
let gateway: TestAuthGateway;
let admin: AdminClient;
let owner: Person;
let database: TestDatabase;

type Key = { readonly id: string; readonly key: string };

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createDatabase();
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
  owner = await createPerson(service, admin, { roles: KEY_ROLES });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
  await nats.stop();
  await postgres.stop();
});

const status = async (key: string): Promise<number> => {
  const response = await fetch(`${gateway.url}/v1/me`, { headers: { authorization: basic(owner.username, key) } });
  await response.arrayBuffer();
  return response.status;
};
const passes = (key: string): Promise<void> => eventually(async () => (await status(key)) === 200);
const isRefused = (key: string): Promise<void> => eventually(async () => (await status(key)) === 401);
const post = async (path: string, body: object = {}, by = owner.client): Promise<Key> => {
  const answer = await by.post(path, body);
  if (answer.status > 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Key;
};

test('a promised key passes at the gateway once its owner has claimed it', async () => {
  const { id } = await post(`/v1/users/${owner.id}/api-keys`, { name: 'promised' }, admin);
  const { key } = await post(`/v1/me/api-keys/${id}/claim`);
  await passes(key);
});

test('a key that is rotated without grace is refused, with grace it passes beside its successor', async () => {
  const first = await post('/v1/me/api-keys');
  await passes(first.key);
  const second = await post(`/v1/api-keys/${first.id}/rotate`);
  await isRefused(first.key);
  await passes(second.key);
  const third = await post(`/v1/api-keys/${second.id}/rotate`, { graceSeconds: 3600 });
  await passes(third.key);
  expect(await status(second.key)).toBe(200);
});

test('a bulk revocation ends all keys issued before it and none after', async () => {
  const keys = [await post('/v1/me/api-keys'), await post('/v1/me/api-keys')];
  for (const { key } of keys) await passes(key);
  await post('/v1/api-keys/revoke', { filter: { userId: owner.id }, reason: 'KEY_COMPROMISE' }, admin);
  for (const { key } of keys) await isRefused(key);
  const later = await post('/v1/me/api-keys');
  await passes(later.key);
});

test('a leaked key is refused once it was reported', async () => {
  const { key } = await post('/v1/me/api-keys');
  await passes(key);
  const report = await new AdminClient(service.url).post('/v1/api-keys/report-leak', { key });
  expect(report.status).toBe(202);
  await isRefused(key);
});

// The last one: the log stays ahead. By less than a session may be idle, since sessions go by its time.
test('a grace ends although the log is far ahead of every clock', async () => {
  const db = new pg.Client({ connectionString: database.ownerUrl });
  await db.connect();
  await db.query(`update keyfold.log_head set recorded_at = clock_timestamp() + interval '40 minutes'`);
  await db.end();
  const first = await post('/v1/me/api-keys');
  await passes(first.key);
  const second = await post(`/v1/api-keys/${first.id}/rotate`, { graceSeconds: 4 });
  await passes(second.key);
  await isRefused(first.key);
  expect(await status(second.key)).toBe(200);
});
