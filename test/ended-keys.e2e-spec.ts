import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { ARGON2_DEFAULTS, deriveSharedKeys, makeApiKey, type NewEvent } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { eventually } from './support/eventually.js';
import { type AdminClient, type Answer, basic } from './support/http-client.js';
import { issuedEvent } from './support/log-writer.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestPostgres } from './support/postgres.js';
import { createPerson, type Person, signInAdmin } from './support/signed-in.js';

/* One record that ends thousands of keys: a switch of the settings, or a bulk revocation. */

const KEYS = 3_000;
const AT_ONCE = 500;
/** Of the keys, asked with over HTTP: each costs a gateway an Argon2. */
const ASKED = 5;
const GATEWAYS = ['gw-1', 'gw-2', 'gw-3'];
const NO_LIMITS = { ip: null, method: 'GET', isUpgrade: false, scopes: [] };

let postgres: TestPostgres;
let nats: TestNats;
let admin: TestAdminService;
let administrator: AdminClient;
let anna: Person;
let gateways: TestAuthGateway[];
let store: PostgresEventStore;
let keys: readonly { readonly keyId: string; readonly key: string }[];

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  admin = await startTestAdminService({ database: await postgres.createDatabase(), natsUrl: nats.url });
  store = admin.service.app.get(PostgresEventStore, { strict: false });
  administrator = await signInAdmin(admin);
  anna = await createPerson(admin, administrator, { username: 'anna', roles: ['api-key-sign-in'] });
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
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await admin.close();
  await nats.stop();
  await postgres.stop();
});

// Keys that have ended do not come back, so each test has its own.
beforeEach(async () => {
  await administrator.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  keys = await issueMany();
  const size = await headSize();
  for (const { parts } of gateways)
    await eventually(() => parts.freshness.holdsLease() && parts.facts.appliedSize >= size);
  expect(await refusals()).toEqual(none());
  for (const { key } of keys.slice(0, ASKED)) expect(await statusesOf(key)).toEqual([200, 200, 200]);
});

/** All with one secret, so that one hash does for all, and by records of the log like any other. */
async function issueMany(): Promise<typeof keys> {
  const shared = deriveSharedKeys([admin.sharedSecret]);
  const secretBytes = randomBytes(32);
  const made = Array.from({ length: KEYS }, () => makeApiKey({ keyIdBytes: randomBytes(16), secretBytes }, shared));
  const { memoryKib: memoryCost, parallelism, timeCost } = ARGON2_DEFAULTS;
  const secretHash = await argon2.hash(made[0]?.secret ?? '', { memoryCost, timeCost, parallelism });
  for (let from = 0; from < KEYS; from += AT_ONCE) {
    const events: NewEvent[] = made
      .slice(from, from + AT_ONCE)
      .map((key) => issuedEvent(key, { userId: anna.id }, secretHash));
    const outcome = await store.append({ expected: [], events, actor: 'system', correlationId: randomUUID() });
    expect(outcome.kind).toBe('appended');
  }
  return made;
}

const headSize = async (): Promise<number> => (await store.head()).size;
const statusesOf = (key: string): Promise<number[]> =>
  Promise.all(
    gateways.map(async ({ url }) => {
      const answer = await fetch(`${url}/v1/me`, { headers: { authorization: basic('anna', key) } });
      return answer.status;
    }),
  );

/** For each gateway, how many keys it refuses and why, by its own decision on the facts of this moment. */
function refusals(): Promise<Record<string, number>[]> {
  return Promise.all(
    gateways.map(async ({ parts }) => {
      const counts: Record<string, number> = {};
      for (const { keyId } of keys) {
        const reason = await parts.access.reasonNow({ keyId, username: 'anna', limits: NO_LIMITS });
        if (reason !== null) counts[reason] = (counts[reason] ?? 0) + 1;
      }
      return counts;
    }),
  );
}
const none = (): object[] => gateways.map(() => ({}));

const ends: readonly [string, string, () => Promise<Answer>][] = [
  [
    'a switch of the settings',
    'API_KEYS_DISABLED',
    () => administrator.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: false }, { prefer: 'wait=30' }),
  ],
  [
    'a bulk revocation of everybody’s keys',
    'REVOKED',
    () =>
      administrator.post(
        '/v1/api-keys/revoke',
        { filter: { issuedBefore: new Date(Date.now() + 3_600_000).toISOString() }, reason: 'KEY_COMPROMISE' },
        { prefer: 'wait=30' },
      ),
  ],
];

test.each(ends)('%s is one record, and once it is confirmed no key passes anywhere', async (_end, reason, end) => {
  const before = await headSize();
  const ended = await end();
  // In the moment of the answer: nothing else is waited for.
  expect(await refusals()).toEqual(gateways.map(() => ({ [reason]: KEYS })));
  for (const { key } of keys.slice(0, ASKED)) expect(await statusesOf(key)).toEqual([401, 401, 401]);
  expect([ended.status, await headSize()]).toEqual([200, before + 1]);
  expect(ended.body['confirmation']).toMatchObject({
    status: 'confirmed',
    position: before + 1,
    gateways: GATEWAYS.map((gatewayId) => ({ gatewayId, by: 'applied' })),
  });
});
