import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { userStream } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient, type Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, type Person, signInAdmin } from '@keyfold/testing/signed-in';

const KEY_ROLES = ['api-key-generate', 'api-key-sign-in'];
const DAY_MS = 86_400_000;

let postgres: TestPostgres;
let service: TestAdminService;
let store: PostgresEventStore;
let admin: AdminClient;
let supervisor: Person;
let worker: Person;
let stranger: Person;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  store = service.service.app.get(PostgresEventStore, { strict: false });
  admin = await signInAdmin(service);
  await settings({ apiKeyAuthenticationEnabled: true });
  supervisor = await createPerson(service, admin, { roles: ['supervisor'] });
  worker = await createPerson(service, admin, { roles: ['api-key-sign-in'], supervisorId: supervisor.id });
  stranger = await createPerson(service, admin, { roles: KEY_ROLES });
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

type Json = Record<string, unknown>;
const code = ({ status, body }: Answer): [number, unknown] => [status, body['code']];
const settings = async (changes: object): Promise<void> => {
  expect((await admin.patch('/v1/settings/security', changes)).status).toBe(200);
};
const made = (answer: Answer, status: number): Json => {
  expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
  return answer.body;
};
const promise = async (body: object = {}, by = supervisor, to = worker): Promise<Json> =>
  made(await by.client.post(`/v1/users/${to.id}/api-keys`, body), 201);
const claim = (id: unknown, by = worker, headers = {}): Promise<Answer> =>
  by.client.post(`/v1/me/api-keys/${String(id)}/claim`, undefined, headers);
const rotate = (id: unknown, body: object = {}, by = stranger, headers = {}): Promise<Answer> =>
  by.client.post(`/v1/api-keys/${String(id)}/rotate`, body, headers);
const issue = async (body: object = {}, by = stranger): Promise<Json> =>
  made(await by.client.post('/v1/me/api-keys', body), 201);
const read = async (id: unknown): Promise<Json> => (await admin.get(`/v1/api-keys/${String(id)}`)).body;
const head = async (): Promise<number> => (await store.head()).size;

describe('a key for somebody else', () => {
  test('is pending, has no key, and passes nowhere until its owner claims it', async () => {
    const terms = {
      name: 'reports',
      readOnly: true,
      scopes: ['a'],
      allowedIpRanges: ['192.0.2.0/24'],
    };
    const pending = await promise({ ...terms, expiresInDays: 30 });
    expect(pending).toMatchObject({
      ...terms,
      userId: worker.id,
      status: 'pending',
      key: null,
      hint: null,
      createdBy: `user/${supervisor.id}`,
      expiresAt: null,
      acceptance: { allowed: false, reason: 'UNKNOWN_KEY' },
    });
    const claimed = await claim(pending['id']);
    expect([claimed.status, claimed.headers.get('etag')]).toEqual([200, '"2"']);
    const { key, ...resource } = claimed.body;
    expect(resource).toMatchObject({ id: pending['id'], status: 'active', name: 'reports', readOnly: true });
    expect(resource['acceptance']).toEqual({ allowed: true, reason: null });
    expect(String(key).slice(3, 25)).toBe(pending['id']);
    expect(resource['hint']).toBe(String(key).slice(-4));
    const lifetime = Date.parse(String(resource['expiresAt'])) - Date.parse(String(resource['createdAt']));
    expect(lifetime).toBeGreaterThan(30 * DAY_MS);
    expect(await read(pending['id'])).toEqual(resource);
    expect(code(await claim(pending['id']))).toEqual([409, 'ALREADY_CLAIMED']);
  });

  test('is claimed by its owner alone, who needs no permission for it', async () => {
    const { id } = await promise();
    for (const other of [stranger, supervisor]) expect(code(await claim(id, other))).toEqual([404, 'NOT_FOUND']);
    expect(code(await claim('none'))).toEqual([404, 'NOT_FOUND']);
    expect(code(await claim(id, worker, { 'if-match': '"7"' }))).toEqual([412, 'VERSION_CONFLICT']);
    const both = await Promise.all([claim(id), claim(id)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('is issued by its supervisor or a manager, to nobody else', async () => {
    const manager = await createPerson(service, admin, { roles: [await createRole(admin, ['api-keys.manage'])] });
    await promise({}, manager);
    const path = `/v1/users/${stranger.id}/api-keys`;
    for (const unsupervised of [path, '/v1/users/none/api-keys']) {
      expect(code(await supervisor.client.post(unsupervised, {}))).toEqual([404, 'NOT_FOUND']);
      expect(code(await supervisor.client.get(unsupervised))).toEqual([404, 'NOT_FOUND']);
    }
    expect(code(await manager.client.post('/v1/users/none/api-keys', {}))).toEqual([404, 'NOT_FOUND']);
    expect(code(await stranger.client.post(path, {}))).toEqual([403, 'PERMISSION_DENIED']);
    expect(code(await stranger.client.get(path))).toEqual([403, 'PERMISSION_DENIED']);
    expect(code(await stranger.client.post(path, { expiresInDays: 0 }))).toEqual([400, 'INVALID_REQUEST']);
    expect((await new AdminClient(service.url).post(path, {})).status).toBe(401);
    const listed = await supervisor.client.get(`/v1/users/${worker.id}/api-keys?limit=200`);
    const own = await worker.client.get('/v1/me/api-keys?limit=200');
    expect((listed.body['items'] as Json[]).length).toBeGreaterThan(0);
    expect(listed.body).toEqual(own.body);
  });

  test('counts among the keys of its owner, before its expiry is looked at', async () => {
    const person = await createPerson(service, admin, { roles: KEY_ROLES, supervisorId: supervisor.id });
    await settings({ maxActiveKeysPerUser: 1 });
    const { id } = await promise({}, supervisor, person);
    const path = `/v1/users/${person.id}/api-keys`;
    expect(code(await supervisor.client.post(path, {}))).toEqual([409, 'KEY_LIMIT_REACHED']);
    expect(code(await supervisor.client.post(path, { expiresInDays: 181 }))).toEqual([409, 'KEY_LIMIT_REACHED']);
    expect(code(await person.client.post('/v1/me/api-keys', {}))).toEqual([409, 'KEY_LIMIT_REACHED']);
    expect((await claim(id, person)).status).toBe(200);
    expect((await rotate(id, {}, person)).status).toBe(201);
    await settings({ maxActiveKeysPerUser: 20 });
    expect(code(await supervisor.client.post(path, { expiresInDays: 181 }))).toEqual([422, 'EXPIRY_OUT_OF_RANGE']);
  });

  test('is neither promised to a deactivated user nor claimed once revoked, expired, or with keys off', async () => {
    const { id } = await promise();
    const expiring = await promise({ expiresAt: new Date(Date.now() + 4000).toISOString() });
    await settings({ apiKeyAuthenticationEnabled: false });
    expect(code(await claim(id))).toEqual([409, 'API_KEYS_DISABLED']);
    await settings({ apiKeyAuthenticationEnabled: true });
    const note = { reason: 'PRIVILEGE_WITHDRAWN', note: 'no longer needed' };
    const revoked = await supervisor.client.post(`/v1/api-keys/${String(id)}/revoke`, note);
    expect([revoked.status, revoked.body['status']]).toEqual([200, 'revoked']);
    expect(code(await claim(id))).toEqual([409, 'KEY_NOT_ACTIVE']);
    await eventually(async () => (await read(expiring['id']))['status'] === 'expired');
    expect(code(await claim(expiring['id']))).toEqual([409, 'KEY_NOT_ACTIVE']);
    await admin.post(`/v1/users/${worker.id}/deactivate`);
    const refused = await supervisor.client.post(`/v1/users/${worker.id}/api-keys`, {});
    expect(code(refused)).toEqual([409, 'USER_DEACTIVATED']);
    await admin.post(`/v1/users/${worker.id}/reactivate`);
    worker = {
      ...worker,
      client: await new AdminClient(service.url).signIn(worker.username, 'a long walk on the beach'),
    };
  });

  test('asked for again with its Idempotency-Key is the same key, and a claim does not repeat the secret', async () => {
    const path = `/v1/users/${worker.id}/api-keys`;
    const first = await supervisor.client.post(path, { name: 'x' }, { 'idempotency-key': 'p' });
    const again = await supervisor.client.post(path, { name: 'x' }, { 'idempotency-key': 'p' });
    expect(again.body).toEqual({ ...first.body, replayed: true });
    const { id } = first.body;
    const claimed = await claim(id, worker, { 'idempotency-key': 'c' });
    const replay = await claim(id, worker, { 'idempotency-key': 'c' });
    expect([replay.status, replay.headers.get('etag')]).toEqual([200, '"2"']);
    expect(replay.body).toEqual({ ...claimed.body, key: null, replayed: true });
    const position = claimed.headers.get('keyfold-position');
    expect(replay.headers.get('keyfold-position')).toBe(position);
  });
});

describe('a rotation', () => {
  test('makes a successor on the same terms; the old key passes until its grace ends', async () => {
    const terms = {
      name: 'Zapier',
      readOnly: true,
      scopes: ['a', 'b'],
      allowedIpRanges: ['2001:db8::/32'],
      rateLimit: { requests: 5, seconds: 1 },
    };
    const old = await issue({ ...terms, expiresInDays: 3 });
    const rotated = await rotate(old['id'], { graceSeconds: 3600, expiresInDays: 7 }, stranger, { 'if-match': '"1"' });
    expect([rotated.status, rotated.headers.get('etag')]).toEqual([201, '"1"']);
    const { key, ...successor } = rotated.body;
    expect(successor).toMatchObject({ ...terms, status: 'active', predecessorId: old['id'], successorId: null });
    expect(String(key)).toMatch(/^kf_/);
    expect(await read(successor['id'])).toEqual(successor);
    const before = await read(old['id']);
    expect(before).toMatchObject({ status: 'superseded', successorId: successor['id'], acceptance: { allowed: true } });
    const grace = Date.parse(String(before['supersededUntil'])) - Date.parse(String(successor['createdAt']));
    expect(grace).toBe(3_600_000);
    const events = await admin.get(`/v1/events?after=${String(Number(rotated.headers.get('keyfold-position')) - 2)}`);
    expect((events.body['items'] as Json[]).map(({ type }) => type)).toEqual(['ApiKeyIssued', 'ApiKeySuperseded']);
  });

  test('without grace ends the old key at once, and a grace never outlasts its own expiry', async () => {
    const first = await issue();
    const second = (await rotate(first['id'])).body;
    expect((await read(first['id']))['acceptance']).toEqual({ allowed: false, reason: 'SUPERSEDED' });
    expect(second['expiresAt']).toBe(new Date(Date.parse(String(second['createdAt'])) + 180 * DAY_MS).toISOString());
    const short = await issue({ expiresInDays: 1 });
    const next = (await rotate(short['id'], { graceSeconds: 604_800 })).body;
    expect(Date.parse(String(next['expiresAt'])) - Date.parse(String(next['createdAt']))).toBe(DAY_MS);
    expect((await read(short['id']))['supersededUntil']).toBe(short['expiresAt']);
  });

  test('is refused in the order of the contract', async () => {
    const { id } = await issue();
    const other = await createPerson(service, admin, { roles: KEY_ROLES });
    expect(code(await rotate(id, { graceSeconds: -1 }, worker))).toEqual([400, 'INVALID_REQUEST']);
    expect(code(await rotate(id, { graceSeconds: 1.5 }))).toEqual([400, 'INVALID_REQUEST']);
    expect(code(await rotate(id, { expiresInDays: 1, expiresAt: '2099-01-01' }))).toEqual([400, 'INVALID_REQUEST']);
    expect(code(await rotate(id, {}, worker))).toEqual([403, 'PERMISSION_DENIED']);
    expect(code(await rotate(id, {}, other))).toEqual([404, 'NOT_FOUND']);
    expect(code(await rotate('none'))).toEqual([404, 'NOT_FOUND']);
    expect(code(await rotate(id, { graceSeconds: 604_801 }, stranger, { 'if-match': '"2"' }))).toEqual([
      412,
      'VERSION_CONFLICT',
    ]);
    expect(code(await rotate(id, { graceSeconds: 604_801 }))).toEqual([422, 'GRACE_OUT_OF_RANGE']);
    expect(code(await rotate(id, { expiresInDays: 181 }))).toEqual([422, 'EXPIRY_OUT_OF_RANGE']);
    await rotate(id);
    expect(code(await rotate(id, { graceSeconds: 604_801 }))).toEqual([409, 'KEY_NOT_ACTIVE']);
    const revoked = await issue();
    await stranger.client.post(`/v1/api-keys/${String(revoked['id'])}/revoke`, { reason: 'UNSPECIFIED' });
    expect(code(await rotate(revoked['id']))).toEqual([409, 'KEY_NOT_ACTIVE']);
  });

  test('at once by many makes one successor, and its replay does not repeat the secret', async () => {
    const { id } = await issue();
    const answers = await Promise.all(Array.from({ length: 4 }, () => rotate(id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const next = await issue();
    const first = await rotate(next['id'], {}, stranger, { 'idempotency-key': 'r' });
    const replay = await rotate(next['id'], {}, stranger, { 'idempotency-key': 'r' });
    expect([replay.status, replay.headers.get('etag'), replay.body]).toEqual([
      201,
      '"1"',
      { ...first.body, key: null, replayed: true },
    ]);
  });
});

test("an erasure revokes the user's keys and takes what is personal out of their rows", async () => {
  const person = await createPerson(service, admin, { roles: KEY_ROLES });
  const { id } = await issue({ name: 'mine', allowedIpRanges: ['192.0.2.1'] }, person);
  const stream = userStream(person.id);
  const { length: version } = await store.readStream(stream);
  const erased = { stream, type: 'UserErased', schemaVersion: 1, data: {}, sealed: {} };
  const request = { expected: [{ stream, version }], events: [erased], actor: 'system', correlationId: 'c' };
  expect((await store.append(request)).kind).toBe('appended');
  const key = await read(id);
  expect(key).toMatchObject({ status: 'revoked', revocationReason: 'AFFILIATION_CHANGED', name: null, username: null });
  expect([key['allowedIpRanges'], key['acceptance']]).toEqual([null, { allowed: false, reason: 'WRONG_SECRET' }]);
  const listed = await admin.get(`/v1/api-keys?status=revoked&userId=${person.id}`);
  expect((listed.body['items'] as Json[]).map((item) => item['id'])).toEqual([id]);
});

describe('a bulk revocation', () => {
  const bulk = (body: object, by = admin, headers = {}): Promise<Answer> =>
    by.post('/v1/api-keys/revoke', body, headers);

  test('is one event for any number of keys, and doing it again is none', async () => {
    const person = await createPerson(service, admin, { roles: KEY_ROLES });
    const ids = [];
    for (let n = 0; n < 3; n += 1) ids.push((await issue({}, person))['id']);
    await person.client.post(`/v1/api-keys/${String(ids[0])}/revoke`, { reason: 'SUPERSEDED' });
    const before = await head();
    const body = { filter: { userId: person.id }, reason: 'AFFILIATION_CHANGED' };
    const revoked = await bulk(body, admin, { 'idempotency-key': 'b' });
    expect([revoked.status, revoked.body, revoked.headers.get('etag')]).toEqual([200, { revoked: 2 }, null]);
    expect([await head(), Number(revoked.headers.get('keyfold-position'))]).toEqual([before + 1, before + 1]);
    expect((await bulk(body, admin, { 'idempotency-key': 'b' })).body).toEqual({ revoked: 2 });
    const again = await bulk(body);
    expect([again.body, await head()]).toEqual([{ revoked: 0 }, before + 1]);
    const keys = await Promise.all(ids.map(read));
    expect(keys.map((key) => [key['status'], key['revocationReason']])).toEqual([
      ['revoked', 'SUPERSEDED'],
      ['revoked', 'AFFILIATION_CHANGED'],
      ['revoked', 'AFFILIATION_CHANGED'],
    ]);
    const later = await issue({}, person);
    expect(later['status']).toBe('active');
    expect(code(await rotate(ids[1], {}, person))).toEqual([409, 'KEY_NOT_ACTIVE']);
  });

  test('by an instant concerns the keys issued before it, of everybody or of one user', async () => {
    const person = await createPerson(service, admin, { roles: KEY_ROLES });
    const pending = await promise({}, supervisor, worker);
    const early = await issue({}, person);
    const instant = new Date(Date.parse(String(early['createdAt'])) + 1).toISOString();
    await eventually(() => Date.now() > Date.parse(instant));
    const late = await issue({}, person);
    const status = async (id: unknown): Promise<unknown> => (await read(id))['status'];
    const filter = { userId: stranger.id, issuedBefore: instant };
    await bulk({ filter, reason: 'UNSPECIFIED' });
    expect([await status(early['id']), await status(late['id'])]).toEqual(['active', 'active']);
    const all = await bulk({ filter: { issuedBefore: instant }, reason: 'KEY_COMPROMISE' });
    expect(all.body['revoked']).toBeGreaterThan(1);
    expect(await Promise.all([pending, early, late].map(({ id }) => status(id)))).toEqual([
      'revoked',
      'revoked',
      'active',
    ]);
    expect(code(await claim(pending['id']))).toEqual([409, 'KEY_NOT_ACTIVE']);
  });

  test.each([
    [{ filter: {}, reason: 'UNSPECIFIED' }],
    [{ reason: 'UNSPECIFIED' }],
    [{ filter: { userId: 'x' } }],
    [{ filter: { userId: 'x', status: 'active' }, reason: 'UNSPECIFIED' }],
    [{ filter: { issuedBefore: 'yesterday' }, reason: 'UNSPECIFIED' }],
    [{ filter: { issuedBefore: '9999-12-31T23:59:59-23:59' }, reason: 'UNSPECIFIED' }],
    [{ filter: { userId: 'x' }, reason: 'BORED' }],
  ])('that cannot be meant is a 400: %j', async (body) => {
    expect(code(await bulk(body))).toEqual([400, 'INVALID_REQUEST']);
    expect(code(await bulk(body, supervisor.client))).toEqual([400, 'INVALID_REQUEST']);
  });

  test('needs api-keys.manage', async () => {
    const body = { filter: { userId: worker.id }, reason: 'UNSPECIFIED' };
    expect(code(await bulk(body, supervisor.client))).toEqual([403, 'PERMISSION_DENIED']);
    expect((await bulk(body, new AdminClient(service.url))).status).toBe(401);
  });
});

describe('a report of a leak', () => {
  const report = (body: object): Promise<Answer> => new AdminClient(service.url).post('/v1/api-keys/report-leak', body);

  test('revokes a genuine key, and answers alike for everything', async () => {
    const { id, key } = await issue();
    const parts = String(key);
    const forged = `${parts.slice(0, 30)}${parts[30] === 'a' ? 'b' : 'a'}${parts.slice(31)}`;
    for (const text of [forged, String(id), 'no key at all', '', '\u{1F511}'.repeat(1000)]) {
      const answer = await report({ key: text });
      expect([answer.status, answer.body]).toEqual([202, {}]);
    }
    expect((await read(id))['status']).toBe('active');
    const answer = await report({ key });
    expect([answer.status, answer.body, Number(answer.headers.get('keyfold-position'))]).toEqual([
      202,
      {},
      await head(),
    ]);
    expect(await read(id)).toMatchObject({ status: 'revoked', revocationReason: 'KEY_COMPROMISE' });
    const before = await head();
    expect((await report({ key })).status).toBe(202);
    expect(await head()).toBe(before);
    for (const body of [{}, { key: 5 }, { key: 'x', note: 'y' }]) expect((await report(body)).status).toBe(400);
  });

  test('is held back after a hundred from one network', async () => {
    const answers = await Promise.all(Array.from({ length: 120 }, () => report({ key: 'x' })));
    const refused = answers.filter(({ status }) => status !== 202);
    expect(refused.length).toBeGreaterThanOrEqual(20);
    expect(refused.map(code)).toEqual(Array(refused.length).fill([429, 'TOO_MANY_REQUESTS']));
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const { headers, status } of answers) {
      expect(headers.get('ratelimit-policy')).toBe('"network";q=100;w=900');
      expect(headers.get('ratelimit')).toMatch(status === 202 ? /^"network";r=\d+;t=\d+$/ : /^"network";r=0;t=\d+$/);
    }
  });
});
