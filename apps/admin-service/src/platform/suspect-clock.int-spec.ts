import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, PASSWORD, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { ExpiryNotices } from '../features/notices/expiry-notices.js';
import { Housekeeping } from '../housekeeping.js';

const HOUR_MS = 3_600_000;
const KEY_ROLES = ['api-key-generate', 'api-key-sign-in'];

let postgres: TestPostgres;
let database: TestDatabase;
let service: TestAdminService;
let admin: AdminClient;
let owner: Person;
let db: pg.Pool;
const lines: string[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  service = await startTestAdminService({ database, lines });
  db = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  owner = await createPerson(service, admin, { roles: KEY_ROLES });
});
afterAll(async () => {
  await db.end();
  await service.close();
  await postgres.stop();
});

const issue = (by: Person = owner, body: object = {}): Promise<Answer> => by.client.post('/v1/me/api-keys', body);
const made = async (answer: Promise<Answer>): Promise<string> => {
  const { body, status } = await answer;
  expect([200, 201]).toContain(status);
  return String(body['id']);
};
const restart = async (env: Record<string, string> = {}): Promise<void> => {
  await service.close();
  service = await startTestAdminService({ database, secrets: service, lines, env });
  admin = await signInAdmin(service);
  owner = { ...owner, client: await admin.signIn(owner.username, PASSWORD) };
};
const metric = async (): Promise<string> => (await fetch(`${service.opsUrl}/metrics`)).text();
const count = async (table: string): Promise<number> =>
  Number((await db.query<{ n: string }>(`select count(*) as n from keyfold.${table}`)).rows[0]?.n);

/** Postgres's clock an hour ahead of the service's, which is the host's API for the time in this process. */
function setServiceClock(errorMs: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + errorMs);
}

describe('while the clock of Postgres and that of the service are an hour apart', () => {
  beforeEach(() => {
    setServiceClock(-HOUR_MS);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    // A start has nothing to remember.
    await restart();
  });

  test('an alarm stands, and the service stays ready', async () => {
    await eventually(async () => /^keyfold_clock_suspect 1$/m.test(await metric()));
    const ready = await fetch(`${service.opsUrl}/readyz`);
    expect(ready.status).toBe(200);
    expect(JSON.stringify(await ready.json())).toContain('suspect');
    await eventually(() => lines.some((line) => line.includes('a clock is suspect')));
  });

  test('whatever grants is a 503 that says why, and is free to be sent again', async () => {
    jest.restoreAllMocks();
    await restart();
    const [id, promised] = [await made(issue()), await made(admin.post(`/v1/users/${owner.id}/api-keys`, {}))];
    const away = await createPerson(service, admin);
    await admin.post(`/v1/users/${away.id}/deactivate`, {});
    const role = await createRole(admin, ['users.read']);
    setServiceClock(-HOUR_MS);
    const key = { 'idempotency-key': 'while suspect' };
    const answers = [
      await owner.client.post('/v1/me/api-keys', {}, key),
      await admin.post(`/v1/users/${owner.id}/api-keys`, {}),
      await owner.client.post(`/v1/me/api-keys/${promised}/claim`, {}),
      await owner.client.post(`/v1/api-keys/${id}/rotate`, {}),
      await admin.put(`/v1/users/${owner.id}/roles/${role}`),
      await admin.post(`/v1/users/${away.id}/reactivate`, {}),
      await admin.patch('/v1/settings/security', { maxActiveKeysPerUser: 21 }),
      await admin.patch('/v1/settings/security', { maxActiveKeysPerUser: 19, rotationGraceMaxSeconds: 700_000 }),
      await admin.patch(`/v1/roles/${role}`, { permissions: ['users.read', 'users.manage'] }),
      await admin.patch(`/v1/users/${away.id}`, { supervisorId: owner.id }),
    ];
    const refusal = [503, 'UNAVAILABLE'];
    expect(answers.map(({ body, status }) => [status, body['code']])).toEqual(answers.map(() => refusal));
    for (const { body, headers } of answers) {
      expect(body['detail']).toContain('suspect');
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    jest.restoreAllMocks();
    await restart();
    expect((await owner.client.post('/v1/me/api-keys', {}, key)).status).toBe(201);
  });

  test('whatever restricts goes on, recorded at a time that no wrong clock has made', async () => {
    jest.restoreAllMocks();
    await restart();
    const keys = [await made(issue()), await made(issue())];
    const leaving = await createPerson(service, admin, { roles: KEY_ROLES });
    await made(issue(leaving));
    const role = await createRole(admin, ['users.read']);
    await made(admin.put(`/v1/users/${leaving.id}/roles/${role}`));
    const before = Date.now();
    setServiceClock(-HOUR_MS);
    const answers = [
      await owner.client.post(`/v1/api-keys/${keys[0] ?? ''}/revoke`, { reason: 'UNSPECIFIED' }),
      await admin.post('/v1/api-keys/revoke', { filter: { userId: owner.id }, reason: 'UNSPECIFIED' }),
      await admin.patch('/v1/settings/security', { maxApiKeyLifetimeDays: 90, gatewayLeaseSeconds: 30 }),
      await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: false }),
      await admin.patch(`/v1/roles/${role}`, { permissions: [] }),
      await admin.delete(`/v1/users/${leaving.id}/roles/${role}`),
      await admin.patch(`/v1/users/${leaving.id}`, { displayName: 'Renamed' }),
      await admin.post(`/v1/users/${leaving.id}/deactivate`, {}),
      await admin.post(`/v1/users/${leaving.id}/erase`, {}),
    ];
    expect(answers.map(({ status }) => (status < 300 ? 'done' : status))).toEqual(answers.map(() => 'done'));
    const { rows } = await db.query<{ at: Date }>('select recorded_at as at from keyfold.log_head');
    expect(Math.abs((rows[0]?.at.getTime() ?? 0) - before)).toBeLessThan(HOUR_MS / 2);
    jest.restoreAllMocks();
    await restart();
    await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxApiKeyLifetimeDays: 180 });
  });

  test('nothing is deleted, forgotten or announced by age', async () => {
    const past = `clock_timestamp() - interval '500 days'`;
    await db.query(`
      insert into keyfold.sessions (session_id, token_hash, user_id, created_at, last_seen_at, expires_at, address)
      values ('old', '\\x00', '${owner.id}', ${past}, ${past}, ${past}, '192.0.2.1')`);
    await db.query(`
      insert into keyfold.idempotency_keys (actor, key, fingerprint, claimed_at, status, body, completed_at)
      values ('user/${owner.id}', 'old', 'another request', ${past}, 201, '{}', ${past})`);
    await db.query(`
      insert into keyfold.sign_in_failures (account_hash, address, network, failed_at)
      values ('\\x00', '192.0.2.1', '192.0.2.0/24', ${past})`);
    // Ends within a day, so there is something to announce.
    jest.restoreAllMocks();
    await restart();
    const ending = await made(issue(owner, { expiresInDays: 1 }));
    await db.query(`delete from keyfold.notices where type = 'ApiKeyExpiring'`);
    setServiceClock(-HOUR_MS);
    const sweep = async (): Promise<void> => {
      await service.service.app.get(Housekeeping, { strict: false }).sweep();
      await service.service.app.get(ExpiryNotices, { strict: false }).run();
    };
    const announced = async (): Promise<number> =>
      Number(
        (await db.query(`select 1 from keyfold.notices where key_id = $1::text and type = 'ApiKeyExpiring'`, [ending]))
          .rowCount,
      );
    const counts = async (): Promise<number[]> => [
      Number((await db.query(`select 1 from keyfold.sessions where session_id = 'old'`)).rowCount),
      Number((await db.query(`select 1 from keyfold.idempotency_keys where key = 'old'`)).rowCount),
      await count('sign_in_failures'),
      await announced(),
    ];
    await sweep();
    expect(await counts()).toEqual([1, 1, 1, 0]);
    const again = await owner.client.post('/v1/me/api-keys', {}, { 'idempotency-key': 'old' });
    expect([again.status, again.body['code']]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    jest.restoreAllMocks();
    await restart();
    await sweep();
    expect(await counts()).toEqual([0, 0, 0, 1]);
  });
});

test('KEYFOLD_CLOCK_TRUST accepts the clocks until then', async () => {
  setServiceClock(-HOUR_MS);
  try {
    await restart({ KEYFOLD_CLOCK_TRUST: new Date(Date.now() + 3 * HOUR_MS).toISOString() });
    await made(issue());
    expect(await metric()).toMatch(/^keyfold_clock_suspect 0$/m);
  } finally {
    jest.restoreAllMocks();
    await restart();
  }
});

describe('where the log is an hour ahead of every clock', () => {
  beforeAll(async () => {
    await db.query(`update keyfold.log_head set recorded_at = clock_timestamp() + interval '1 hour'`);
    // Sessions end by the log's time.
    await restart();
  });

  test('what was issued before now is revoked, although it bears a time that is still to come', async () => {
    const id = await made(issue());
    const filter = { issuedBefore: new Date(Date.now() + 1_000).toISOString() };
    const revoked = await admin.post('/v1/api-keys/revoke', { filter, reason: 'UNSPECIFIED' });
    expect(revoked.status).toBe(200);
    expect((await admin.get(`/v1/api-keys/${id}`)).body['status']).toBe('revoked');
    const later = await made(issue());
    expect((await admin.get(`/v1/api-keys/${later}`)).body['status']).toBe('active');
  });

  test('an earlier instant is taken as it is', async () => {
    const id = await made(issue());
    const filter = { issuedBefore: new Date(Date.now() - HOUR_MS).toISOString() };
    await admin.post('/v1/api-keys/revoke', { filter, reason: 'UNSPECIFIED' });
    expect((await admin.get(`/v1/api-keys/${id}`)).body['status']).toBe('active');
  });

  test('a key ends in time by what lists and single answers show', async () => {
    const { body } = await issue();
    const rotated = await owner.client.post(`/v1/api-keys/${String(body['id'])}/rotate`, { graceSeconds: 1 });
    expect(rotated.status).toBe(201);
    await eventually(async () => {
      const { acceptance } = (await admin.get(`/v1/api-keys/${String(body['id'])}`)).body;
      expect(acceptance).toMatchObject({ reason: 'SUPERSEDED' });
    }, 20_000);
  });
});
