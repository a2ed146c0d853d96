import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { PostgresEventStore } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, type Person, signInAdmin } from '@keyfold/testing/signed-in';

const KEY_ROLES = ['api-key-generate', 'api-key-sign-in'];
const DAY_MS = 86_400_000;

let postgres: TestPostgres;
let service: TestAdminService;
let sql: pg.Pool;
let admin: AdminClient;
let supervisor: Person;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  service = await startTestAdminService({ database });
  sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
  admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 1000 });
  supervisor = await createPerson(service, admin, { roles: ['supervisor'] });
  ada = await createPerson(service, admin, { roles: KEY_ROLES, username: 'ada', supervisorId: supervisor.id });
  bob = await createPerson(service, admin, { roles: KEY_ROLES, username: 'bob' });
});
afterAll(async () => {
  await sql.end();
  await service.close();
  await postgres.stop();
});

type Json = Record<string, unknown>;
const code = ({ status, body }: Answer): [number, unknown] => [status, body['code']];
const issue = async (by: Person, body: object = {}): Promise<string> => {
  const answer = await by.client.post('/v1/me/api-keys', body);
  expect(answer.status).toBe(201);
  return String(answer.body['id']);
};
const statusOf = async (id: string): Promise<unknown> => (await admin.get(`/v1/api-keys/${id}`)).body['status'];
const head = async (): Promise<number> =>
  (await service.service.app.get(PostgresEventStore, { strict: false }).head()).size;
const bulk = (filter: object, query = '', headers = {}): Promise<Answer> =>
  admin.post(`/v1/api-keys/revoke${query}`, { filter, reason: 'AFFILIATION_CHANGED' }, headers);
/**
 * As a use report would leave it, and as if the key had been made long ago: no log could be written so within a test.
 */
const used = (id: string, daysAgo: number | null, madeDaysAgo = 120): Promise<unknown> =>
  sql.query(
    `with k as (
       update keyfold.api_keys
       set created_at_ms = created_at_ms - $3::bigint
       where key_id = $1
       returning created_position
     )
     update keyfold.key_uses u
     set last_use = coalesce(now() - make_interval(days => $2::int), timestamptz '-infinity')
     from k
     where u.created_position = k.created_position`,
    [id, daysAgo, madeDaysAgo * DAY_MS],
  );

describe('revoking keys by their ids', () => {
  test('is a record for each in one transaction; those revoked before and unknown ones do not count', async () => {
    const ids = [await issue(ada), await issue(ada), await issue(bob), await issue(bob)];
    await ada.client.post(`/v1/api-keys/${String(ids[0])}/revoke`, { reason: 'SUPERSEDED' });
    const before = await head();
    const keyIds = [...ids.slice(0, 3), 'none', ids[1]];
    const preview = await bulk({ keyIds }, '?dryRun=true');
    expect([preview.status, preview.body['affected'], await head()]).toEqual([200, { keys: 2, users: 2 }, before]);
    const sample = (preview.body['sample'] as Json[]).map(({ keyId, username }) => [keyId, username]);
    expect(sample).toEqual([
      [ids[2], 'bob'],
      [ids[1], 'ada'],
    ]);
    const revoked = await bulk({ keyIds }, '', { 'idempotency-key': 'ids' });
    expect([revoked.status, revoked.body, await head()]).toEqual([200, { revoked: 2 }, before + 2]);
    expect(Number(revoked.headers.get('keyfold-position'))).toBe(before + 2);
    expect((await bulk({ keyIds }, '', { 'idempotency-key': 'ids' })).body).toEqual({ revoked: 2 });
    expect((await bulk({ keyIds })).body).toEqual({ revoked: 0 });
    expect(await head()).toBe(before + 2);
    expect(await Promise.all(ids.map(statusOf))).toEqual(['revoked', 'revoked', 'revoked', 'active']);
    expect((await admin.get(`/v1/api-keys/${String(ids[2])}`)).body).toMatchObject({
      revocationReason: 'AFFILIATION_CHANGED',
    });
  });

  test('narrows together with the other filters', async () => {
    const [mine, other] = [await issue(ada), await issue(bob)];
    expect((await bulk({ keyIds: [mine, other], userId: bob.id })).body).toEqual({ revoked: 1 });
    expect([await statusOf(mine), await statusOf(other)]).toEqual(['active', 'revoked']);
  });

  test('takes a thousand keys at once, and no more', async () => {
    const id = await issue(ada);
    const unknown = Array.from({ length: 1_000 }, (_, n) => `none-${n}`);
    expect((await bulk({ keyIds: [...unknown, id] })).body).toEqual({ revoked: 1 });
    const copy = `
      insert into keyfold.api_keys (key_id, stream_version, created_position, user_id, created_at_ms, is_pending, is_revoked, state)
      select 'copy-' || n, 1, 1000000 + n, k.user_id, k.created_at_ms, false, false, k.state
      from keyfold.api_keys k cross join generate_series(1, 1001) n
      where k.key_id = $1`;
    await sql.query(copy, [id]);
    const copies = Array.from({ length: 1_001 }, (_, n) => `copy-${n + 1}`);
    const before = await head();
    for (const query of ['', '?dryRun=true'])
      expect(code(await bulk({ keyIds: copies }, query))).toEqual([422, 'TOO_MANY_KEYS']);
    expect((await bulk({ keyIds: copies.slice(1) }, '?dryRun=true')).body['affected']).toEqual({
      keys: 1000,
      users: 1,
    });
    expect(await head()).toBe(before);
    await sql.query(`delete from keyfold.api_keys where key_id like 'copy-%'`);
    for (const filter of [{ keyIds: [] }, { keyIds: [5] }, { unusedSince: 'yesterday' }, {}])
      expect(code(await bulk(filter))).toEqual([400, 'INVALID_REQUEST']);
    expect(code(await bulk({ keyIds: [id] }, '?dryRun=yes'))).toEqual([400, 'INVALID_REQUEST']);
  });
});

test('keys unused since an instant are revoked, but none that was made after it', async () => {
  const [never, long, lately, fresh] = [await issue(bob), await issue(bob), await issue(bob), await issue(bob)];
  await used(never, null);
  await used(long, 60);
  await used(lately, 5);
  const filter = { userId: bob.id, unusedSince: new Date(Date.now() - 30 * DAY_MS).toISOString() };
  const preview = await bulk(filter, '?dryRun=true');
  expect((preview.body['sample'] as Json[]).map(({ keyId }) => keyId)).toEqual([long, never]);
  expect((await bulk(filter)).body).toEqual({ revoked: 2 });
  const statuses = await Promise.all([never, long, lately, fresh].map(statusOf));
  expect(statuses).toEqual(['revoked', 'revoked', 'active', 'active']);
});

test('what one fact would revoke is counted before, with its owners', async () => {
  await issue(ada);
  const before = await head();
  const active = async (by: Person): Promise<number> =>
    ((await by.client.get('/v1/me/api-keys?limit=200')).body['items'] as Json[]).filter(
      (key) => key['status'] === 'active',
    ).length;
  const [adas, bobs] = [await active(ada), await active(bob)];
  const tomorrow = new Date(Date.now() + DAY_MS).toISOString();
  const all = await bulk({ issuedBefore: tomorrow }, '?dryRun=true');
  expect(all.body['affected']).toEqual({ keys: adas + bobs, users: 2 });
  expect((all.body['sample'] as Json[]).length).toBe(adas + bobs);
  expect(all.headers.get('keyfold-position')).toBe(String(before));
  expect((await bulk({ userId: ada.id }, '?dryRun=true')).body['affected']).toEqual({ keys: adas, users: 1 });
  expect(await head()).toBe(before);
  expect(
    code(await ada.client.post('/v1/api-keys/revoke?dryRun=true', { filter: { userId: 'x' }, reason: 'UNSPECIFIED' })),
  ).toEqual([403, 'PERMISSION_DENIED']);
});

describe('the summary', () => {
  test('counts as the lists show, for a supervisor their own people alone', async () => {
    const soon = await issue(ada, { expiresInDays: 1 });
    await issue(ada, { expiresInDays: 6 });
    await admin.post(`/v1/users/${ada.id}/api-keys`);
    await ada.client.post(`/v1/api-keys/${await issue(ada)}/rotate`, { graceSeconds: 600 });
    await used(await issue(ada), 40, 45);
    await used(await issue(ada), null, 100);
    for (const [by, userIds] of [
      [admin, [ada.id, bob.id]],
      [supervisor.client, [ada.id]],
    ] as const) {
      const answer = await by.get('/v1/api-keys/summary');
      expect(answer.status).toBe(200);
      const summary = answer.body as Record<string, Record<string, number>>;
      const keys = ((await admin.get('/v1/api-keys?limit=200')).body['items'] as Json[]).filter((key) =>
        userIds.includes(String(key['userId'])),
      );
      for (const status of ['pending', 'active', 'superseded', 'revoked', 'expired'])
        expect([status, summary['byStatus']?.[status]]).toEqual([
          status,
          keys.filter((key) => key['status'] === status).length,
        ]);
      expect(keys.map(({ id }) => id)).toContain(soon);
      expect(summary['endingWithinDays']).toEqual({ 1: 1, 7: 2, 30: 2 });
      expect(summary['unusedForDays']).toEqual({ 30: 2, 90: 1 });
      const weeks = summary['weeks'] as unknown as { start: string; issued: number; revoked: number }[];
      expect(weeks).toHaveLength(52);
      expect(new Set(weeks.map(({ start }) => new Date(start).getUTCDay()))).toEqual(new Set([1]));
      expect(weeks.reduce((sum, { issued }) => sum + issued, 0)).toBe(keys.length);
      expect(weeks.at(-1)?.revoked).toBe(keys.filter((key) => key['status'] === 'revoked').length);
    }
    expect(code(await ada.client.get('/v1/api-keys/summary'))).toEqual([403, 'PERMISSION_DENIED']);
  });

  test('counts revocations by facts and erasures, too', async () => {
    const carl = await createPerson(service, admin, { roles: KEY_ROLES });
    const revokedThisWeek = async (): Promise<number> => {
      const { body } = await admin.get('/v1/api-keys/summary');
      return (body['weeks'] as { revoked: number }[]).at(-1)?.revoked ?? 0;
    };
    const before = await revokedThisWeek();
    await issue(carl);
    await bulk({ userId: carl.id });
    expect(await revokedThisWeek()).toBe(before + 1);
    await issue(carl);
    await admin.post(`/v1/users/${carl.id}/deactivate`);
    await admin.post(`/v1/users/${carl.id}/erase`);
    expect(await revokedThisWeek()).toBe(before + 2);
  });
});

describe('the list as CSV', () => {
  const csv = async (query = '', by = admin): Promise<Response> =>
    fetch(`${service.url}/v1/api-keys${query}`, {
      headers: { accept: 'text/csv', authorization: `Bearer ${String(by.token)}` },
    });

  test('has every key that matches, page behind page, with the columns named in the first line', async () => {
    const copy = `
      insert into keyfold.api_keys (key_id, stream_version, created_position, user_id, created_at_ms, is_pending, is_revoked, state)
      select 'csv-' || n, 1, 2000000 + n, k.user_id, k.created_at_ms, false, true,
        jsonb_set(k.state, '{keyId}', to_jsonb('csv-' || n))
      from keyfold.api_keys k cross join generate_series(1, 2500) n
      where k.key_id = $1`;
    await sql.query(copy, [await issue(bob)]);
    const answer = await csv('?userId=' + bob.id);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="api-keys.csv"');
    expect(answer.headers.get('vary')).toMatch(/accept/i);
    const lines = (await answer.text()).split('\r\n');
    expect(lines[0]).toMatch(/^id,userId,username,name,status,/);
    const { rows } = await sql.query('select 1 from keyfold.api_keys where user_id = $1', [bob.id]);
    expect(lines.slice(1, -1)).toHaveLength(rows.length);
    expect(new Set(lines).size).toBe(lines.length);
    await sql.query(`delete from keyfold.api_keys where key_id like 'csv-%'`);
  });

  test('makes no formula of a name, quotes it, and is refused like the list', async () => {
    await issue(ada, { name: '=cmd("x"), "y"' });
    const text = await (await csv('?query=cmd')).text();
    expect(text).toContain(`,"'=cmd(""x""), ""y""",active,`);
    expect((await (await csv('?query=%2E')).text()).split('\r\n')).toHaveLength(2);
    for (const query of ['?limit=5', '?cursor=YzAuMQ']) expect((await csv(query)).status).toBe(400);
    const refused = await csv('', ada.client);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      403,
      expect.stringMatching(/^application\/problem\+json/),
    ]);
    expect((await csv('?status=lost')).status).toBe(400);
  });
});
