import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import pg from 'pg';
import { DAY_MS, deriveSharedKeys, parseApiKey } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, type Person, signInAdmin } from '@keyfold/testing/signed-in';

const KEY_ROLES = ['api-key-generate', 'api-key-sign-in'];
const WHERE_TEXT_LIES = [
  `select convert_from(leaf, 'UTF8') as text from keyfold.events`,
  `select value as text from keyfold.openings`,
  `select k::text as text from keyfold.api_keys k`,
  `select i::text as text from keyfold.idempotency_keys i`,
];

let postgres: TestPostgres;
let database: TestDatabase;
let service: TestAdminService;
let admin: AdminClient;
let owner: Person;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  const env = { KEYFOLD_GATEWAY_PUBLIC_URL: 'https://keys.example' };
  service = await startTestAdminService({ database, env });
  admin = await signInAdmin(service);
  owner = await createPerson(service, admin, { roles: KEY_ROLES });
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const code = ({ status, body }: Answer): [number, unknown] => [status, body['code']];
const settings = async (changes: object): Promise<void> => {
  expect((await admin.patch('/v1/settings/security', changes)).status).toBe(200);
};
const issue = (body: object = {}, by = owner): Promise<Answer> => by.client.post('/v1/me/api-keys', body);
const issued = async (body: object = {}, by = owner): Promise<Record<string, unknown>> => {
  const answer = await issue(body, by);
  expect(answer.status).toBe(201);
  return answer.body;
};
const read = async (id: unknown): Promise<Record<string, unknown>> =>
  (await owner.client.get(`/v1/api-keys/${String(id)}`)).body;
const msUntil = (instant: unknown, from: unknown): number => Date.parse(String(instant)) - Date.parse(String(from));

test('in a default install nobody can issue a key', async () => {
  expect(code(await issue())).toEqual([409, 'API_KEYS_DISABLED']);
});

describe('once keys are switched on', () => {
  beforeAll(() => settings({ apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 1000 }));

  test('a key is issued with the maximum lifetime, shown once, and passes', async () => {
    const { key, ...resource } = await issued();
    expect(resource).toEqual({
      id: expect.stringMatching(/^[0-9A-Za-z]{22}$/),
      userId: owner.id,
      username: owner.username,
      name: null,
      status: 'active',
      hint: String(key).slice(-4),
      createdAt: expect.any(String),
      createdBy: `user/${owner.id}`,
      expiresAt: expect.any(String),
      effectiveExpiresAt: resource['expiresAt'],
      effectiveExpiryBoundBy: 'key',
      acceptance: { allowed: true, reason: null },
      readOnly: false,
      scopes: [],
      allowedIpRanges: null,
      rateLimit: null,
      lastUsedAt: null,
      predecessorId: null,
      successorId: null,
      supersededUntil: null,
      revokedAt: null,
      revocationReason: null,
    });
    expect(msUntil(resource['expiresAt'], resource['createdAt'])).toBe(180 * DAY_MS);
    expect(await read(resource['id'])).toEqual(resource);
    const list = (await owner.client.get('/v1/me/api-keys?limit=1')).body['items'] as object[];
    expect(list).toEqual([resource]);
  });

  test('what a key does not have may be asked for as null, as the key shows it', async () => {
    const none = { name: null, allowedIpRanges: null, rateLimit: null };
    expect(await issued(none)).toMatchObject(none);
  });

  test('its name is trimmed, and neither hides anything nor shows nothing', async () => {
    expect((await issued({ name: '  Zapier \u00a0' }))['name']).toBe('Zapier');
    expect((await issued({ name: '👩‍💻' }))['name']).toBe('👩‍💻');
    for (const name of ['', '   ', '\u200b', 'a\u202eb', 'a\nb', 'x\ufe0f\ufe0f'])
      expect((await issue({ name })).body).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path: '/name' }] });
  });

  test("its hash is the secret's, and its secret is nowhere in the database", async () => {
    const answer = await owner.client.post('/v1/me/api-keys', { name: 'canary' }, { 'idempotency-key': 'canary' });
    const key = String(answer.body['key']);
    const parsed = parseApiKey(key, deriveSharedKeys([service.sharedSecret]));
    if (!parsed.ok) throw new Error('the key does not parse');
    const sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
    const { rows } = await sql.query<{ hash: string }>(
      `select state ->> 'secretHash' as hash from keyfold.api_keys where key_id = $1`,
      [parsed.keyId],
    );
    expect(rows[0]?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,(t=2,p=1|p=1,t=2)\$/);
    expect(await argon2.verify(rows[0]?.hash ?? '', parsed.secret)).toBe(true);
    for (const query of WHERE_TEXT_LIES) {
      const texts = (await sql.query<{ text: string }>(query)).rows.map(({ text }) => text);
      expect(texts.length).toBeGreaterThan(0);
      for (const secret of [parsed.secret, key, Buffer.from(key).toString('hex'), Buffer.from(key).toString('base64')])
        expect(texts.some((text) => text.includes(secret))).toBe(false);
    }
    await sql.end();
  });

  test('a key takes every member of the contract', async () => {
    const body = {
      name: 'Zapier · nightly',
      readOnly: true,
      scopes: ['reports:read', 'time'],
      allowedIpRanges: ['192.0.2.77/24', '2001:db8::1', '::ffff:198.51.100.7'],
      rateLimit: { requests: 100, seconds: 60 },
    };
    const key = await issued({ ...body, expiresInDays: 7 });
    expect(key).toMatchObject({
      ...body,
      allowedIpRanges: ['192.0.2.0/24', '2001:db8::1/128', '198.51.100.7/32'],
    });
    expect(msUntil(key['expiresAt'], key['createdAt'])).toBe(7 * DAY_MS);
  });

  test('an expiry is an instant or a day, whose end in UTC counts', async () => {
    const instant = new Date(Date.now() + 3 * DAY_MS).toISOString();
    expect((await issued({ expiresAt: instant }))['expiresAt']).toBe(instant);
    const day = instant.slice(0, 10);
    expect((await issued({ expiresAt: day }))['expiresAt']).toBe(`${day}T23:59:59.999Z`);
    const justOver = new Date(Date.now() + 180 * DAY_MS + 60_000).toISOString();
    const taken = await issued({ expiresAt: justOver });
    expect(msUntil(taken['expiresAt'], taken['createdAt'])).toBe(180 * DAY_MS);
    expect((await issued({ expiresInDays: 180 }))['status']).toBe('active');
  });

  test.each([
    [{ expiresInDays: 181 }],
    [{ expiresAt: '2020-01-01' }],
    [{ expiresAt: '2020-01-01T00:00:00Z' }],
    [{ expiresAt: '2099-01-01' }],
  ])('an expiry out of range is a 422: %j', async (body) => {
    expect(code(await issue(body))).toEqual([422, 'EXPIRY_OUT_OF_RANGE']);
  });

  test.each([
    [{ expiresInDays: 0 }],
    [{ expiresInDays: 1.5 }],
    [{ expiresInDays: '7' }],
    [{ expiresInDays: 7, expiresAt: '2099-01-01' }],
    [{ expiresAt: null }],
    [{ expiresAt: 'tomorrow' }],
    [{ expiresAt: '2026-02-30' }],
    [{ name: '' }],
    [{ name: 'x'.repeat(101) }],
    [{ name: 'a\nb' }],
    [{ scopes: ['Upper'] }],
    [{ scopes: ['a', 'a'] }],
    [{ scopes: Array.from({ length: 65 }, (_, n) => `s${n}`) }],
    [{ allowedIpRanges: [] }],
    [{ allowedIpRanges: ['10.0.0.0/33'] }],
    [{ allowedIpRanges: ['0x7f.1'] }],
    [{ rateLimit: { requests: 0, seconds: 1 } }],
    [{ readOnly: 'yes' }],
    [{ userId: 'me' }],
    [{ actor: 'user/x', id: 'x', hash: 'x', position: 1, role: 'x' }],
  ])('a member that cannot be used is a 400: %j', async (body) => {
    const answer = await issue(body);
    expect(code(answer)).toEqual([400, 'INVALID_REQUEST']);
    expect((answer.body['errors'] as unknown[]).length).toBeGreaterThan(0);
  });

  test('names of 100 characters are taken, counted as people count', async () => {
    expect((await issued({ name: '🔑'.repeat(100) }))['name']).toBe('🔑'.repeat(100));
  });

  test('who lacks the right to generate is refused; who lacks the right to sign in is told that the key will not pass', async () => {
    const none = await createPerson(service, admin);
    expect(code(await issue({}, none))).toEqual([403, 'PERMISSION_DENIED']);
    const half = await createPerson(service, admin, { roles: [await createRole(admin, ['api-key.generate'])] });
    expect((await issued({}, half))['acceptance']).toEqual({ allowed: false, reason: 'SIGN_IN_NOT_GRANTED' });
  });

  test("another user's key is not there, except for its supervisor and for who manages all keys", async () => {
    const supervisor = await createPerson(service, admin, { roles: ['supervisor'] });
    const manager = await createPerson(service, admin, { roles: [await createRole(admin, ['api-keys.manage'])] });
    const worker = await createPerson(service, admin, { roles: KEY_ROLES, supervisorId: supervisor.id });
    const { id } = await issued({}, worker);
    for (const path of [`/v1/api-keys/${String(id)}`, '/v1/api-keys/none']) {
      expect(code(await owner.client.get(path))).toEqual([404, 'NOT_FOUND']);
      expect(code(await owner.client.post(`${path}/revoke`, { reason: 'UNSPECIFIED' }))).toEqual([404, 'NOT_FOUND']);
    }
    for (const { client } of [worker, supervisor, manager])
      expect((await client.get(`/v1/api-keys/${String(id)}`)).status).toBe(200);
    const revoked = await supervisor.client.post(`/v1/api-keys/${String(id)}/revoke`, {
      reason: 'AFFILIATION_CHANGED',
    });
    expect([revoked.status, revoked.body['revocationReason']]).toEqual([200, 'AFFILIATION_CHANGED']);
  });

  test('revoking says when and why, once; the note stays in the log', async () => {
    const { id } = await issued();
    const path = `/v1/api-keys/${String(id)}/revoke`;
    for (const body of [{}, { reason: 'BORED' }, { reason: 'SUPERSEDED', note: 5 }])
      expect((await owner.client.post(path, body)).status).toBe(400);
    expect((await owner.client.post(path, { reason: 'KEY_COMPROMISE' }, { 'if-match': '"2"' })).status).toBe(412);
    const revoked = await owner.client.post(
      path,
      { reason: 'KEY_COMPROMISE', note: 'pasted into a chat' },
      { 'if-match': '"1"' },
    );
    expect([revoked.status, revoked.headers.get('etag')]).toEqual([200, '"2"']);
    expect(revoked.body).toMatchObject({
      status: 'revoked',
      revocationReason: 'KEY_COMPROMISE',
      acceptance: { allowed: false, reason: 'REVOKED' },
    });
    const again = await owner.client.post(path, { reason: 'UNSPECIFIED' });
    expect([again.status, again.headers.get('etag'), again.body]).toEqual([200, '"2"', revoked.body]);
    expect(await read(id)).toEqual(revoked.body);
  });

  test('what happens around a key is seen in it: policy, owner, roles, switch', async () => {
    const { id } = await issued({ expiresInDays: 100 });
    const acceptance = async (): Promise<unknown> => (await read(id))['acceptance'];
    await settings({ maxApiKeyLifetimeDays: 10 });
    const bound = await read(id);
    expect([bound['effectiveExpiryBoundBy'], msUntil(bound['effectiveExpiresAt'], bound['createdAt'])]).toEqual([
      'policy',
      10 * DAY_MS,
    ]);
    expect(msUntil(bound['expiresAt'], bound['createdAt'])).toBe(100 * DAY_MS);
    await settings({ maxApiKeyLifetimeDays: 180, apiKeyAuthenticationEnabled: false });
    expect(await acceptance()).toEqual({ allowed: false, reason: 'API_KEYS_DISABLED' });
    await settings({ apiKeyAuthenticationEnabled: true });
    await admin.delete(`/v1/users/${owner.id}/roles/api-key-sign-in`);
    expect(await acceptance()).toEqual({ allowed: false, reason: 'SIGN_IN_NOT_GRANTED' });
    await admin.put(`/v1/users/${owner.id}/roles/api-key-sign-in`);
    expect(await acceptance()).toEqual({ allowed: true, reason: null });
    expect((await read(id))['effectiveExpiryBoundBy']).toBe('key');
  });

  test('there are at most as many active keys as the setting says, also when they are asked for at once', async () => {
    const person = await createPerson(service, admin, { roles: KEY_ROLES });
    await settings({ maxActiveKeysPerUser: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => issue({}, person)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409, 409, 409, 409]);
    expect(answers.filter(({ status }) => status === 409).map(code)).toEqual(Array(5).fill([409, 'KEY_LIMIT_REACHED']));
    expect(code(await issue({ expiresInDays: 181 }, person))).toEqual([409, 'KEY_LIMIT_REACHED']);
    const { id } = answers.find(({ status }) => status === 201)?.body ?? {};
    await person.client.post(`/v1/api-keys/${String(id)}/revoke`, { reason: 'UNSPECIFIED' });
    expect((await issue({}, person)).status).toBe(201);
    await settings({ maxActiveKeysPerUser: 1000 });
  });

  test('their owner learns what decides over them, without the right to read the settings', async () => {
    const policy = async ({ client }: Person): Promise<unknown> => (await client.get('/v1/me/key-policy')).body;
    await settings({ maxApiKeyLifetimeDays: 90, rotationGraceMaxSeconds: 60 });
    const facts = {
      apiKeyAuthenticationEnabled: true,
      maxApiKeyLifetimeDays: 90,
      rotationGraceMaxSeconds: 60,
      maxActiveKeysPerUser: 1000,
      gatewayUrl: 'https://keys.example',
    };
    const plain = await createPerson(service, admin);
    expect(await policy(plain)).toEqual({ ...facts, activeKeys: 0, mayGenerate: false, maySignIn: false });
    const person = await createPerson(service, admin, { roles: KEY_ROLES });
    const [first] = [await issued({}, person), await issued({}, person)];
    await admin.post(`/v1/users/${person.id}/api-keys`);
    expect(await policy(person)).toEqual({ ...facts, activeKeys: 3, mayGenerate: true, maySignIn: true });
    await person.client.post(`/v1/api-keys/${String(first['id'])}/revoke`, { reason: 'UNSPECIFIED' });
    // It counts what there is, also where the limit has been lowered since.
    await settings({ maxActiveKeysPerUser: 1 });
    expect(await policy(person)).toMatchObject({ maxActiveKeysPerUser: 1, activeKeys: 2 });
    await settings({ maxActiveKeysPerUser: 1000, maxApiKeyLifetimeDays: 180, rotationGraceMaxSeconds: 604_800 });
  });

  test("own keys are listed newest first, page by page, without anybody else's", async () => {
    const person = await createPerson(service, admin, { roles: KEY_ROLES });
    const ids: unknown[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await issued({ name: `n${n}` }, person))['id']);
    const first = await person.client.get('/v1/me/api-keys?limit=3');
    await issued({ name: 'newer' }, person);
    const second = await person.client.get(`/v1/me/api-keys?limit=3&cursor=${String(first.body['nextCursor'])}`);
    const seen = [first, second].flatMap(({ body }) => (body['items'] as { id: string }[]).map(({ id }) => id));
    expect(seen).toEqual(ids);
    expect(second.body['nextCursor']).toBeNull();
  });
});
