import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { AdminClient, type Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import type { Decision } from './decision.js';
import { Writer } from './writer.js';

let postgres: TestPostgres;
let database: TestDatabase;
let service: TestAdminService;
let admin: AdminClient;
let person: Person;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  service = await startTestAdminService({ database });
  admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  person = await createPerson(service, admin, { roles: ['api-key-generate', 'api-key-sign-in'] });
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const issue = (key: string, body: object = { name: 'Zapier' }, by: AdminClient = person.client): Promise<Answer> =>
  by.post('/v1/me/api-keys', body, { 'idempotency-key': key });
const code = ({ status, body }: Answer): [number, unknown] => [status, body['code']];
const keyCount = async (): Promise<number> =>
  ((await person.client.get('/v1/me/api-keys?limit=200')).body['items'] as unknown[]).length;

describe('the same request again', () => {
  test('gives the first answer without the secret, and writes nothing', async () => {
    const first = await issue('again');
    const count = await keyCount();
    const replay = await issue('again');
    expect([replay.status, replay.body]).toEqual([201, { ...first.body, key: null, replayed: true }]);
    for (const name of ['keyfold-position', 'etag']) expect(replay.headers.get(name)).toBe(first.headers.get(name));
    expect(await keyCount()).toBe(count);
    expect(first.body).not.toHaveProperty('replayed');
  });

  test('is the first answer also when things have changed since, and whatever the order of the members', async () => {
    const first = await issue('changed', { name: 'x', readOnly: true });
    await person.client.post(`/v1/api-keys/${String(first.body['id'])}/revoke`, { reason: 'UNSPECIFIED' });
    const replay = await issue('changed', { readOnly: true, name: 'x' });
    expect(replay.body).toEqual({ ...first.body, key: null, replayed: true });
  });

  test('sent 8 times at once makes one key; the others get its answer or are told to wait', async () => {
    const count = await keyCount();
    const answers = await Promise.all(Array.from({ length: 8 }, () => issue('at-once')));
    expect(await keyCount()).toBe(count + 1);
    expect(answers.filter(({ body }) => typeof body['key'] === 'string')).toHaveLength(1);
    for (const answer of answers)
      if (answer.status !== 201) expect(code(answer)).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE']);
  });

  test('works for every POST, also one that changed nothing', async () => {
    const { id } = await createPerson(service, admin);
    for (const [path, body] of [
      ['/v1/users', { username: 'idempotent', displayName: 'I. D.' }],
      ['/v1/roles', { name: 'Idempotent', permissions: [] }],
      [`/v1/users/${id}/reactivate`, {}],
      [`/v1/users/${id}/deactivate`, {}],
    ] as const) {
      const headers = { 'idempotency-key': `post ${path}` };
      const first = await admin.post(path, body, headers);
      const replay = await admin.post(path, body, headers);
      expect([200, 201]).toContain(first.status);
      expect([replay.status, replay.body]).toEqual([first.status, first.body]);
      expect(replay.headers.get('keyfold-position')).toBe(first.headers.get('keyfold-position'));
    }
  });
});

test.each([
  ['/v1/users', { username: 'located' }],
  ['/v1/roles', { name: 'Located', permissions: [] }],
  ['/v1/webhooks', { url: 'https://hooks.example/keyfold' }],
  ['/v1/me/api-keys', {}],
  ['/v1/users/first-administrator/api-keys', {}],
])('what POST %s makes is where Location says, for a repeat too', async (path, body) => {
  const headers = { 'idempotency-key': `located ${path}` };
  const answers = [await admin.post(path, body, headers), await admin.post(path, body, headers)];
  const locations = answers.map((answer) => answer.headers.get('location'));
  expect(new Set(locations).size).toBe(1);
  const found = await admin.get(String(locations[0]));
  expect([found.status, found.body['id']]).toEqual([200, answers[0]?.body['id']]);
});

test('a rotation answers the path of the successor', async () => {
  const { body } = await issue('to-rotate');
  const rotated = await person.client.post(`/v1/api-keys/${String(body['id'])}/rotate`);
  expect(rotated.headers.get('location')).toBe(`/v1/api-keys/${String(rotated.body['id'])}`);
});

test('a request is told by the shared secret: who reads the table cannot try bodies against it, and a change of the secret is no other request', async () => {
  const { adminPassword, logSigningKey, sharedSecret } = service;
  const answerUnder = async (secret: string): Promise<[number, unknown]> => {
    const secrets = { adminPassword, logSigningKey, sharedSecret: secret };
    const replica = await startTestAdminService({ database, secrets });
    try {
      return code(await issue('secret', { name: 'x' }, new AdminClient(replica.url, person.client.token)));
    } finally {
      await replica.close();
    }
  };
  await issue('secret', { name: 'x' });
  const other = 'another secret of more than 32 characters';
  expect(await answerUnder(`${other},${sharedSecret}`)).toEqual([201, undefined]);
  expect(await answerUnder(other)).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
});

test('an event that no reader would take is not appended', async () => {
  const { service: running } = service;
  const write = { actor: 'system', correlationId: 'c', ifMatch: null, idempotency: null };
  const stream = 'settings/security';
  const data = { filter: { issuedBefore: '+010000-01-01T00:00:00.000Z' }, reason: 'UNSPECIFIED' };
  const decision: Decision<null> = {
    resource: stream,
    read: () => Promise.resolve({ state: null, streams: [] }),
    decide: () => [{ stream, type: 'ApiKeysBulkRevoked', schemaVersion: 1, data, sealed: {} }],
    answer: () => ({ status: 200, body: {} }),
  };
  const writer = running.app.get(Writer, { strict: false });
  await expect(writer.run(write, () => decision)).rejects.toThrow('filter is not acceptable');
});

describe('the same key', () => {
  test('for another body or path is a 422, in the hands of another actor a new request', async () => {
    await issue('mine');
    expect(code(await issue('mine', { name: 'other' }))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const elsewhere = await admin.post('/v1/roles', { name: 'Mine', permissions: [] }, { 'idempotency-key': 'mine' });
    expect(elsewhere.status).toBe(201);
    const other = await createPerson(service, admin, { roles: ['api-key-generate'] });
    expect((await issue('mine', { name: 'other' }, other.client)).body['key']).toEqual(expect.any(String));
  });

  test('is free again after a refusal: only 2xx is remembered', async () => {
    expect((await issue('refused', { expiresInDays: 400 })).status).toBe(422);
    expect((await issue('refused', { name: '' })).status).toBe(400);
    expect((await issue('refused')).status).toBe(201);
  });
});

test('a remembered answer holds no name, e-mail address, range or secret; the replay fills them in from now', async () => {
  const body = { username: 'hedy.lamarr', displayName: 'Hedy Lamarr', email: 'hedy@example.org' };
  const headers = { 'idempotency-key': 'personal' };
  const created = await admin.post('/v1/users', body, headers);
  await issue('personal', { name: 'secret project', allowedIpRanges: ['203.0.113.0/24'] });
  const sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
  const { rows } = await sql.query<{ text: string }>('select i::text as text from keyfold.idempotency_keys i');
  await sql.end();
  expect(rows.map(({ text }) => text).join()).not.toMatch(/hedy|secret project|203\.0\.113|kf_|argon2/i);
  await admin.patch(`/v1/users/${String(created.body['id'])}`, { displayName: 'H. L.' });
  expect((await admin.post('/v1/users', body, headers)).body).toEqual({ ...created.body, displayName: 'H. L.' });
});
