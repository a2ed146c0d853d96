import 'reflect-metadata';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { settlementOf } from './delivery-worker.js';
import { sendWebhook } from './webhook-sender.js';

interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let postgres: TestPostgres;
let first: TestAdminService;
let second: TestAdminService;
let strict: TestAdminService;
let admin: AdminClient;
let anna: Person;
let db: pg.Pool;
let receiver: Server;
let receiverUrl: string;
let received: Received[] = [];
/** What the receiver answers, by path. */
const statuses = new Map<string, number>();

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  const env = { KEYFOLD_WEBHOOKS_ALLOW_PRIVATE: 'true' };
  first = await startTestAdminService({ database, env });
  second = await startTestAdminService({ database, env, secrets: first });
  strict = await startTestAdminService({ database: await postgres.createDatabase() });
  db = new pg.Pool({ connectionString: database.serviceUrl, max: 2 });
  admin = await signInAdmin(first);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  anna = await createPerson(first, admin, { roles: ['api-key-generate'] });
  receiver = createServer((request, response) => {
    void receive(request).then((message) => {
      received.push(message);
      const status = statuses.get(message.path) ?? 204;
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  await db.query('delete from keyfold.webhooks');
  received = [];
  statuses.clear();
});
afterAll(async () => {
  await db.end();
  await Promise.all([first.close(), second.close(), strict.close()]);
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await postgres.stop();
});

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = request.headers as Record<string, string>;
  return { path: request.url ?? '', headers, body: Buffer.concat(chunks).toString() };
}

const hook = (path: string, more: object = {}): Promise<Answer> =>
  admin.post('/v1/webhooks', { url: receiverUrl + path, ...more });

async function issue(): Promise<string> {
  const answer = await anna.client.post('/v1/me/api-keys', {});
  expect(answer.status).toBe(201);
  return String(answer.body['id']);
}

interface Delivery {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

async function deliveriesOf(webhook: Answer): Promise<Delivery[]> {
  const answer = await admin.get(`/v1/webhooks/${String(webhook.body['id'])}/deliveries`);
  expect(answer.status).toBe(200);
  return answer.body['items'] as Delivery[];
}

async function settled(webhook: Answer, expected: Partial<Delivery>): Promise<Delivery> {
  await eventually(async () => {
    expect((await deliveriesOf(webhook))[0]).toMatchObject(expected);
  });
  return (await deliveriesOf(webhook))[0] as Delivery;
}

const verifies = (secret: string, { body, headers }: Received): boolean => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
};

/** Waiting, without the time. */
const makeDue = (id: string): Promise<unknown> =>
  db.query('update keyfold.webhook_deliveries set next_attempt_at = now() where delivery_id = $1', [id]);

describe('a webhook', () => {
  test('shows its secret once, keeps it encrypted, and is read, changed and deleted', async () => {
    const made = await hook('/a', { types: ['ApiKeyRevoked'] });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ types: ['ApiKeyRevoked'], enabled: true });
    expect(made.headers.get('keyfold-position')).toMatch(/^\d+$/);
    const secret = String(made.body['secret']);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const path = `/v1/webhooks/${String(made.body['id'])}`;
    const read = await admin.get(path);
    expect([read.status, 'secret' in read.body, read.headers.get('etag')]).toEqual([200, false, '"1"']);
    const { rows } = await db.query<{ secret: Buffer }>('select secret from keyfold.webhooks');
    expect(rows[0]?.secret.includes(secret.slice(6))).toBe(false);
    expect((await admin.patch(path, { types: null }, { 'if-match': '"2"' })).status).toBe(412);
    const changed = await admin.patch(path, { types: null, enabled: false }, { 'if-match': '"1"' });
    expect([changed.status, changed.body['types'], changed.body['enabled']]).toEqual([200, null, false]);
    expect((await admin.get('/v1/webhooks')).body['items']).toEqual([changed.body]);
    expect((await admin.delete(path)).status).toBe(204);
    expect((await admin.get(path)).status).toBe(404);
    expect((await admin.get('/v1/webhooks/nonsense')).status).toBe(404);
  });

  test('is made once for an Idempotency-Key, and the secret is not repeated', async () => {
    const body = { url: `${receiverUrl}/a` };
    const one = await admin.post('/v1/webhooks', body, { 'idempotency-key': 'k' });
    const two = await admin.post('/v1/webhooks', body, { 'idempotency-key': 'k' });
    expect([two.status, two.body]).toEqual([201, { ...one.body, secret: null, replayed: true }]);
  });

  test('is for who may manage the settings, and goes to no internal address unless that is allowed', async () => {
    expect((await anna.client.get('/v1/webhooks')).status).toBe(403);
    expect((await anna.client.post('/v1/webhooks', { url: 'https://example.com' })).status).toBe(403);
    expect((await admin.post('/v1/webhooks', { url: 'https://example.com', types: ['Nonsense'] })).status).toBe(400);
    for (const url of ['nonsense', 'ftp://example.com/', 'https://user@example.com/'])
      expect((await anna.client.post('/v1/webhooks', { url })).body).toMatchObject({
        code: 'INVALID_REQUEST',
        errors: [{ path: '/url' }],
      });
    const strictAdmin = await signInAdmin(strict);
    for (const url of [receiverUrl, 'https://127.0.0.1/', 'https://[::ffff:169.254.169.254]/', 'https://localhost/'])
      expect((await strictAdmin.post('/v1/webhooks', { url })).body['code']).toBe('URL_NOT_ALLOWED');
    const allowed = await strictAdmin.post('/v1/webhooks', { url: 'https://example.com/hook' });
    expect(allowed.status).toBe(201);
  });
});

describe('a notice', () => {
  test('is sent once, signed so that the Standard Webhooks library accepts it', async () => {
    const webhook = await hook('/a');
    const keyId = await issue();
    const { id } = await settled(webhook, { status: 'delivered', attempts: 1, lastStatus: 204 });
    expect(received).toHaveLength(1);
    const [message] = received as [Received];
    expect(message.headers['webhook-id']).toBe(id);
    const verifier = new Webhook(String(webhook.body['secret']));
    const parsed = verifier.verify(message.body, message.headers);
    expect(parsed).toMatchObject({ type: 'ApiKeyIssued', data: { keyId, userId: anna.id, pending: false } });
    expect(() => verifier.verify(message.body.replace('Issued', 'Revoked'), message.headers)).toThrow();
  });

  test('goes only to those who asked for its type', async () => {
    const webhook = await hook('/revoked', { types: ['ApiKeyRevoked'] });
    const keyId = await issue();
    await anna.client.post(`/v1/api-keys/${keyId}/revoke`, { reason: 'UNSPECIFIED' });
    await settled(webhook, { status: 'delivered' });
    expect(received.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual(['ApiKeyRevoked']);
  });

  test('is sent by one of two replicas, however many there are', async () => {
    const webhook = await hook('/a');
    await Promise.all(Array.from({ length: 12 }, issue));
    await eventually(async () => {
      const deliveries = await deliveriesOf(webhook);
      expect(deliveries.filter(({ status }) => status === 'delivered')).toHaveLength(12);
    });
    const ids = received.map(({ headers }) => headers['webhook-id']);
    expect([ids.length, new Set(ids).size]).toEqual([12, 12]);
  });

  test('that is refused is tried again later with the same id, given up in the end, and replayed when asked', async () => {
    statuses.set('/a', 500);
    const webhook = await hook('/a');
    await issue();
    const { id } = await settled(webhook, { status: 'pending', attempts: 1, lastStatus: 500, lastError: 'REFUSED' });
    for (let attempts = 2; attempts <= 8; attempts++) {
      await makeDue(id);
      await settled(webhook, { attempts, status: attempts < 8 ? 'pending' : 'dead', lastStatus: 500 });
    }
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([id]));
    const path = `/v1/webhooks/${String(webhook.body['id'])}/deliveries`;
    expect((await admin.get(`${path}?status=dead`)).body['items']).toHaveLength(1);
    statuses.delete('/a');
    const replayed = await admin.post(`${path}/${id}/replay`);
    expect([replayed.status, replayed.body['status']]).toEqual([200, 'pending']);
    await settled(webhook, { status: 'delivered', attempts: 1 });
    expect((await admin.post(`${path}/nonsense/replay`)).status).toBe(404);
  });

  test('is not taken along a redirect, and one that is Gone ends the webhook', async () => {
    statuses.set('/a', 302);
    const webhook = await hook('/a');
    await issue();
    const { id } = await settled(webhook, { status: 'pending', lastStatus: 302, lastError: 'REDIRECT' });
    statuses.set('/a', 410);
    await makeDue(id);
    await settled(webhook, { status: 'dead', lastError: 'GONE' });
    expect(received.map(({ path }) => path)).toEqual(['/a', '/a']);
    const ended = await admin.get(`/v1/webhooks/${String(webhook.body['id'])}`);
    expect(ended.body['enabled']).toBe(false);
  });

  test('whose sender died is sent by another once the claim has run out', async () => {
    const webhook = await hook('/a', { types: ['ApiKeyRevoked'] });
    await db.query(`update keyfold.webhooks set types = null`);
    await db.query(
      `insert into keyfold.webhook_deliveries (webhook_id, notice_id, attempts, next_attempt_at)
       select $1, notice_id, 1, now() + interval '60 seconds' from keyfold.notices order by sequence desc limit 1`,
      [webhook.body['id']],
    );
    const { id } = await settled(webhook, { status: 'pending', attempts: 1 });
    expect(received).toEqual([]);
    await makeDue(id);
    await settled(webhook, { status: 'delivered', attempts: 2 });
  });
});

describe('a test message', () => {
  test('is sent like any other, tells of nothing, and needs a webhook that is enabled', async () => {
    const webhook = await hook('/a', { types: ['ApiKeyRevoked'] });
    const path = `/v1/webhooks/${String(webhook.body['id'])}`;
    const asked = await admin.post(`${path}/test`, undefined, { 'idempotency-key': 'test-1' });
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ type: 'WebhookTest', noticeId: null, status: 'pending', attempts: 0 });
    expect(asked.headers.get('keyfold-position')).toMatch(/^\d+$/);
    const again = await admin.post(`${path}/test`, undefined, { 'idempotency-key': 'test-1' });
    expect(again.body['id']).toBe(asked.body['id']);
    const { id } = await settled(webhook, { status: 'delivered', attempts: 1 });
    expect(id).toBe(asked.body['id']);
    const [message] = received as [Received];
    const parsed = new Webhook(String(webhook.body['secret'])).verify(message.body, message.headers);
    expect(parsed).toEqual({ type: 'WebhookTest', timestamp: expect.any(String), data: {} });
    expect(await deliveriesOf(webhook)).toHaveLength(1);
    expect((await admin.post(`${path}/deliveries/${id}/replay`)).body).toMatchObject({ type: 'WebhookTest' });
    await settled(webhook, { status: 'delivered', attempts: 1 });

    await admin.patch(path, { enabled: false });
    const disabled = await admin.post(`${path}/test`);
    expect([disabled.status, disabled.body['code']]).toEqual([409, 'WEBHOOK_DISABLED']);
    expect((await anna.client.post(`${path}/test`)).status).toBe(403);
    expect((await admin.post('/v1/webhooks/nonsense/test')).status).toBe(404);
  });
});

describe('a new secret', () => {
  test('is shown once, and for a day the one before signs as well', async () => {
    const webhook = await hook('/a');
    const path = `/v1/webhooks/${String(webhook.body['id'])}`;
    const stale = await admin.post(`${path}/rotate-secret`, undefined, { 'if-match': '"7"' });
    expect([stale.status, stale.body['code']]).toEqual([412, 'VERSION_CONFLICT']);
    const rotated = await admin.post(`${path}/rotate-secret`, undefined, { 'idempotency-key': 'rotate-1' });
    expect([rotated.status, rotated.headers.get('etag')]).toEqual([200, '"2"']);
    const [before, after] = [String(webhook.body['secret']), String(rotated.body['secret'])];
    expect(after).toMatch(/^whsec_/);
    expect(after).not.toBe(before);
    const hours = (Date.parse(String(rotated.body['previousSecretUntil'])) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    const repeat = await admin.post(`${path}/rotate-secret`, undefined, { 'idempotency-key': 'rotate-1' });
    expect(repeat.body).toEqual({ ...rotated.body, secret: null, replayed: true });
    expect((await admin.get(path)).headers.get('etag')).toBe('"2"');

    const secretsAccepted = async (): Promise<string[]> => {
      received = [];
      await admin.post(`${path}/test`);
      await settled(webhook, { status: 'delivered' });
      const [message] = received as [Received];
      return [before, after].filter((secret) => verifies(secret, message));
    };
    expect(await secretsAccepted()).toEqual([before, after]);
    await db.query('update keyfold.webhooks set previous_secret_until = now()');
    expect(await secretsAccepted()).toEqual([after]);
    expect((await admin.get(path)).body['previousSecretUntil']).toBeNull();
    // The one before the last no longer counts.
    await admin.post(`${path}/rotate-secret`);
    expect(await secretsAccepted()).toEqual([after]);
    expect((await anna.client.post(`${path}/rotate-secret`)).status).toBe(403);
  });
});

describe('the sender', () => {
  const message = { body: '{}', headers: {} };

  test('does not go to a name that resolves to an internal address', async () => {
    const { port } = new URL(receiverUrl);
    const options = { allowPrivate: false };
    for (const host of ['localhost', '127.0.0.1'])
      expect(await sendWebhook(`http://${host}:${port}/`, message, options)).toEqual({
        status: null,
        error: 'ADDRESS_NOT_ALLOWED',
      });
    expect(received).toEqual([]);
  });

  test('gives up a receiver that does not answer', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const options = { allowPrivate: true, timeoutMs: 50 };
    expect(await sendWebhook(`http://127.0.0.1:${port}/`, message, options)).toEqual({
      status: null,
      error: 'TIMEOUT',
    });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
    expect((await sendWebhook(`http://127.0.0.1:${port}/`, message, { allowPrivate: true })).error).toBe(
      'NOT_REACHABLE',
    );
  });

  test('waits longer after each failure', () => {
    const delays = [1, 2, 3, 4, 5, 6].map(
      (attempts) => settlementOf({ status: 503, error: null }, attempts).delaySeconds,
    );
    expect(delays).toEqual([...delays].sort((left, right) => left - right));
    expect(settlementOf({ status: null, error: 'TIMEOUT' }, 8).status).toBe('dead');
  });
});
