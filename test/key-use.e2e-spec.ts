import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { deriveSharedKeys, parseVerifierKey } from '@keyfold/domain';
import { feedNames, type KeyUse, type RetiredKeyUse, sealUseReport } from '@keyfold/messaging';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { startAuthGateway, type TestAuthGateway } from './support/auth-gateway.js';
import { eventually } from './support/eventually.js';
import { type AdminClient, basic } from './support/http-client.js';
import { startTestNats, type TestNats } from './support/nats.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { createPerson, type Person, signInAdmin } from './support/signed-in.js';

let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let service: TestAdminService;
let gateway: TestAuthGateway;
let admin: AdminClient;
let anna: Person;

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createDatabase();
  service = await startTestAdminService({ database, natsUrl: nats.url });
  admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  anna = await createPerson(service, admin, { roles: ['api-key-generate', 'api-key-sign-in'] });
  gateway = await startAuthGateway({
    databaseUrl: (await postgres.createDatabase()).ownerUrl,
    natsUrl: nats.url,
    adminInternalUrl: service.internalUrl,
    sharedSecret: service.sharedSecret,
    logPublicKey: service.logPublicKey,
    trustedProxies: '127.0.0.1/32',
  });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
  await Promise.all([postgres.stop(), nats.stop()]);
});

interface IssuedKey {
  readonly id: string;
  readonly key: string;
}

async function issue(): Promise<IssuedKey> {
  const { body, status } = await anna.client.post('/v1/me/api-keys', {});
  expect(status).toBe(201);
  return body as unknown as IssuedKey;
}

const useAt = (key: string, address: string, surface = 'forward-auth'): Promise<Response> =>
  fetch(`${gateway.url}/v1/${surface}`, {
    headers: { authorization: basic(anna.username, key), 'x-forwarded-for': address, 'x-forwarded-method': 'GET' },
  });

async function pass(key: string, address: string): Promise<void> {
  await eventually(async () => {
    expect((await useAt(key, address)).status).toBe(200);
  });
}

const lastUsedAt = async ({ id }: IssuedKey): Promise<unknown> => {
  const { body } = await anna.client.get(`/v1/api-keys/${id}`);
  return body['lastUsedAt'];
};

async function select(sql: string, parameters: unknown[] = []): Promise<object[]> {
  const client = new pg.Client({ connectionString: database.serviceUrl });
  await client.connect();
  try {
    return (await client.query<object>(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

async function rowOf({ id }: IssuedKey): Promise<object | undefined> {
  const columns = 'host(last_used_address) as address, last_used_surface as surface';
  const from = 'keyfold.key_uses u join keyfold.api_keys k using (created_position)';
  return (await select(`select ${columns} from ${from} where k.key_id = $1`, [id]))[0];
}

function sealed(report: { uses?: readonly KeyUse[]; retired?: readonly RetiredKeyUse[] }): string {
  const keys = deriveSharedKeys([service.sharedSecret]);
  return sealUseReport({ gatewayId: 'gateway-x', uses: [], retired: [], ...report }, { protocol: 1, keys }).text;
}

const report = async (body: string): Promise<[number, unknown]> => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${service.internalUrl}/internal/v1/use`, { method: 'POST', body, headers });
  return [answer.status, await answer.json()];
};

describe('the use of a key', () => {
  test('reaches its owner within seconds, and is no event', async () => {
    const key = await issue();
    await pass(key.key, '192.0.2.7');
    const events = async (): Promise<unknown> => (await select(`select size from keyfold.log_head`))[0];
    const before = await events();
    await eventually(async () => {
      expect(Date.parse(String(await lastUsedAt(key)))).toBeGreaterThan(Date.now() - 60_000);
    });
    expect(await rowOf(key)).toEqual({ address: '192.0.2.7', surface: 'forward-auth' });
    expect(await events()).toEqual(before);
  });

  test('that was refused is no use; its owner gets a notice of it', async () => {
    const key = await issue();
    await anna.client.post(`/v1/api-keys/${key.id}/revoke`, { reason: 'UNSPECIFIED' });
    const [head] = await select('select size::int from keyfold.log_head');
    await eventually(() => gateway.parts.facts.appliedSize >= (head as { size: number }).size);
    await eventually(async () => {
      expect((await useAt(key.key, '192.0.2.8')).status).toBe(401);
      expect(gateway.parts.uses.waiting).toBe(1);
    });
    await eventually(() => gateway.parts.uses.waiting === 0);
    expect(await lastUsedAt(key)).toBeNull();
    await eventually(async () => {
      const { body } = await anna.client.get('/v1/me/notices?type=RetiredKeyUsed');
      expect(body['items']).toMatchObject([{ keyId: key.id, data: { keyStatus: 'revoked', addresses: 1 } }]);
    });
  });

  test('moves forward only, and never into the future', async () => {
    const key = await issue();
    const use = (at: string): KeyUse => ({ keyId: key.id, at, address: '2001:db8::5', surface: 'me' });
    const first = new Date(Date.now() - 3_600_000).toISOString();
    const earlier = new Date(Date.now() - 7_200_000).toISOString();
    const accepted = [200, { accepted: 1 }];
    expect(await report(sealed({ uses: [use(first)] }))).toEqual(accepted);
    expect(await report(sealed({ uses: [use(earlier)] }))).toEqual(accepted);
    expect(await lastUsedAt(key)).toBe(first);
    expect(await report(sealed({ uses: [use('2099-01-01T00:00:00.000Z')] }))).toEqual(accepted);
    expect(Date.parse(String(await lastUsedAt(key)))).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  test('leaves the row of the key, which many indexes point to, as it is', async () => {
    const key = await issue();
    const versionOf = (): Promise<object[]> =>
      select('select ctid::text, xmin::text from keyfold.api_keys where key_id = $1', [key.id]);
    const before = await versionOf();
    const at = new Date(Date.now() - 1_000).toISOString();
    await report(sealed({ uses: [{ keyId: key.id, at, address: null, surface: 'me' }] }));
    expect(await lastUsedAt(key)).toBe(at);
    expect(await versionOf()).toEqual(before);
  });

  test('of a person who is erased meanwhile keeps no address', async () => {
    const ben = await createPerson(service, admin, { roles: ['api-key-generate', 'api-key-sign-in'] });
    const { body: key } = await ben.client.post('/v1/me/api-keys', {});
    const uses = (second: number): string =>
      sealed({
        uses: [
          {
            keyId: String(key['id']),
            at: new Date(Date.now() - 60_000 + second * 1_000).toISOString(),
            address: '192.0.2.77',
            surface: 'me',
          },
        ],
      });
    const kept = (): Promise<object | undefined> => rowOf({ id: String(key['id']), key: '' });
    await report(uses(0));
    expect(await kept()).toEqual({ address: '192.0.2.77', surface: 'me' });
    await admin.post(`/v1/users/${ben.id}/deactivate`, {});
    expect((await admin.post(`/v1/users/${ben.id}/erase`, {})).status).toBe(200);
    expect(await kept()).toEqual({ address: null, surface: 'me' });
    // A gateway that had not heard of it yet.
    expect(await report(uses(1))).toEqual([200, { accepted: 1 }]);
    expect(await kept()).toEqual({ address: null, surface: 'me' });
  });

  test('is recorded beside an append that holds the key', async () => {
    const key = await issue();
    const at = new Date(Date.now() - 1_000).toISOString();
    const client = new pg.Client({ connectionString: database.serviceUrl });
    await client.connect();
    await client.query('begin');
    await client.query(
      'select 1 from keyfold.key_uses u join keyfold.api_keys k using (created_position) where k.key_id = $1 for update of u',
      [key.id],
    );
    const reported = report(sealed({ uses: [{ keyId: key.id, at, address: null, surface: 'me' }] }));
    expect(await lastUsedAt(key)).toBeNull();
    await client.query('commit');
    await client.end();
    expect(await reported).toEqual([200, { accepted: 1 }]);
    expect(await lastUsedAt(key)).toBe(at);
  });
});

describe('a use report', () => {
  test('of somebody without the shared secret is refused, over HTTP and over NATS', async () => {
    const key = await issue();
    const forged = sealed({
      uses: [{ keyId: key.id, at: '2026-01-01T00:00:00.000Z', address: null, surface: 'me' }],
    }).replace('2026-01-01', '2026-01-02');
    expect(await report(forged)).toEqual([401, { error: { code: 'NOT_AUTHENTICATED' } }]);
    const { use } = feedNames(parseVerifierKey(service.logPublicKey).keyId);
    const connection = await connect({ servers: nats.url });
    const reply = await connection.request(use, forged, { timeout: 10_000 });
    await connection.close();
    expect(reply.json()).toEqual({ error: { code: 'NOT_AUTHENTICATED' } });
    expect(await lastUsedAt(key)).toBeNull();
  });

  test('waits while nobody takes it, and goes over HTTP while there is no broker', async () => {
    const key = await issue();
    await pass(key.key, '192.0.2.9');
    await eventually(async () => (await lastUsedAt(key)) !== null);
    const before = await lastUsedAt(key);
    await nats.kill();
    await eventually(async () => {
      expect((await useAt(key.key, '192.0.2.10')).status).toBe(200);
      expect(await rowOf(key)).toEqual({ address: '192.0.2.10', surface: 'forward-auth' });
    });
    expect(await lastUsedAt(key)).not.toBe(before);
    await nats.restart();
  });
});
