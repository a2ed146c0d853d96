import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { SWEEP_LOCK } from '../../tables/key-list-sweep.js';

const DAY_MS = 86_400_000;
const KEY_ROLES = ['api-key-generate', 'api-key-sign-in'];

interface Group {
  readonly fromDays: number;
  readonly toDays: number | null;
  readonly keys: number;
}

interface Report {
  readonly countedAt: string;
  readonly byAge: readonly Group[];
  readonly byTimeToExpiry: readonly Group[];
  readonly weeks: readonly { readonly start: string; readonly issued: number; readonly revoked: number }[];
}

let postgres: TestPostgres;
let service: TestAdminService;
let sql: pg.Client;
let admin: AdminClient;
let auditor: AdminClient;
let ada: Person;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  service = await startTestAdminService({ database });
  sql = new pg.Client({ connectionString: database.ownerUrl });
  await sql.connect();
  admin = await signInAdmin(service);
  auditor = (await createPerson(service, admin, { roles: [await createRole(admin, ['audit.read'])] })).client;
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 1000 });
  ada = await createPerson(service, admin, { roles: KEY_ROLES });
});
afterAll(async () => {
  await sql.end();
  await service.close();
  await postgres.stop();
});

async function report(): Promise<Report> {
  const { body, status } = await auditor.get('/v1/audit/reports/keys');
  expect(status).toBe(200);
  return body as unknown as Report;
}

async function issue(body: object = {}): Promise<string> {
  return String((await ada.client.post('/v1/me/api-keys', body)).body['id']);
}

/** As if the key had been made, and revoked, that long ago: no log could be written so within a test. */
async function backdate(keyId: string, days: number): Promise<void> {
  await sql.query(
    `update keyfold.api_keys
     set created_at_ms = created_at_ms - $2::bigint, revoked_at_ms = revoked_at_ms - $2::bigint,
       state = case
         when is_revoked then jsonb_set(state, '{revokedAtMs}', to_jsonb((state ->> 'revokedAtMs')::bigint - $2::bigint))
         else state
       end
     where key_id = $1::text`,
    [keyId, days * DAY_MS],
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const keysOf = (groups: readonly Group[]): number[] => groups.map(({ keys }) => keys);

async function isSwept(): Promise<boolean> {
  const { rows } = await sql.query<{ is_due: boolean }>('select is_due from keyfold.key_list_sweeps');
  return rows[0]?.is_due === false;
}

describe('the report of keys', () => {
  // The first test: a week that is over is not counted a second time.
  test('groups active keys by age and time to expiry, and counts issues and revocations by week', async () => {
    const old = await issue({ expiresInDays: 180 });
    const older = await issue();
    for (const days of [1, 5, 20, 45, 80]) await issue({ expiresInDays: days });
    await admin.post(`/v1/users/${ada.id}/api-keys`, {});
    await admin.post(`/v1/api-keys/${older}/revoke`, { reason: 'SUPERSEDED' });
    await ada.client.post(`/v1/api-keys/${await issue()}/rotate`, { graceSeconds: 600 });
    await backdate(old, 100);
    await backdate(older, 21);
    await eventually(async () => {
      expect(await isSwept()).toBe(true);
    });
    const { byAge, byTimeToExpiry, countedAt, weeks } = await report();
    expect(byAge).toEqual([
      { fromDays: 0, toDays: 7, keys: 6 },
      { fromDays: 7, toDays: 30, keys: 0 },
      { fromDays: 30, toDays: 60, keys: 0 },
      { fromDays: 60, toDays: 90, keys: 0 },
      { fromDays: 90, toDays: 180, keys: 1 },
      { fromDays: 180, toDays: null, keys: 0 },
    ]);
    expect(byTimeToExpiry).toEqual([
      { fromDays: 0, toDays: 1, keys: 1 },
      { fromDays: 1, toDays: 7, keys: 1 },
      { fromDays: 7, toDays: 30, keys: 1 },
      { fromDays: 30, toDays: 60, keys: 1 },
      { fromDays: 60, toDays: 90, keys: 1 },
      { fromDays: 90, toDays: null, keys: 2 },
    ]);
    expect(weeks).toHaveLength(52);
    expect(new Set(weeks.map(({ start }) => new Date(start).getUTCDay()))).toEqual(new Set([1]));
    expect(Date.parse(countedAt) - Date.parse(weeks.at(-1)?.start ?? '')).toBeLessThan(7 * DAY_MS);
    expect([weeks.at(-1)?.issued, weeks.at(-1)?.revoked]).toEqual([8, 0]);
    expect([weeks.at(-4)?.issued, weeks.at(-4)?.revoked]).toEqual([1, 1]);
    expect(sum(weeks.map(({ issued }) => issued))).toBe(10);
  });

  test('is the same while the key lists wait for a sweep', async () => {
    await sql.query('select pg_advisory_lock($1)', [SWEEP_LOCK]);
    try {
      const swept = await report();
      await sql.query('update keyfold.key_list_sweeps set is_due = true, generation = generation + 1');
      const { countedAt, ...unswept } = await report();
      expect(unswept).toEqual({ byAge: swept.byAge, byTimeToExpiry: swept.byTimeToExpiry, weeks: swept.weeks });
      expect(Date.parse(countedAt)).toBeGreaterThanOrEqual(Date.parse(swept.countedAt));
    } finally {
      await sql.query('select pg_advisory_unlock($1)', [SWEEP_LOCK]);
    }
  });

  test('follows single and bulk revocations and erasures at once, swept or not', async () => {
    const before = await report();
    const revokedThisWeek = async (): Promise<number> => (await report()).weeks.at(-1)?.revoked ?? 0;
    await admin.post(`/v1/api-keys/${await issue()}/revoke`, { reason: 'UNSPECIFIED' });
    await eventually(async () => {
      expect(await isSwept()).toBe(true);
    });
    expect(await revokedThisWeek()).toBe(1);
    const gone = await createPerson(service, admin, { roles: KEY_ROLES });
    await gone.client.post('/v1/me/api-keys', {});
    await admin.post(`/v1/users/${gone.id}/deactivate`);
    await admin.post(`/v1/users/${gone.id}/erase`);
    expect(await revokedThisWeek()).toBe(2);
    await admin.post('/v1/api-keys/revoke', { filter: { userId: ada.id }, reason: 'KEY_COMPROMISE' });
    const bulk = await report();
    expect(sum(keysOf(bulk.byAge))).toBe(0);
    // All of hers but the two that were revoked before.
    const hers = (await admin.get(`/v1/users/${ada.id}/api-keys?limit=200`)).body['items'] as unknown[];
    expect(bulk.weeks.at(-1)?.revoked).toBe(2 + hers.length - 2);
    await eventually(async () => {
      expect(await isSwept()).toBe(true);
    });
    const { countedAt, ...swept } = await report();
    expect(swept).toEqual({ byAge: bulk.byAge, byTimeToExpiry: bulk.byTimeToExpiry, weeks: bulk.weeks });
    expect([countedAt > before.countedAt, swept.weeks.at(-4)]).toEqual([true, before.weeks.at(-4)]);
  });

  test('needs audit.read and nothing else', async () => {
    expect((await new AdminClient(service.url).get('/v1/audit/reports/keys')).status).toBe(401);
    expect((await ada.client.get('/v1/audit/reports/keys')).body).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect((await auditor.get('/v1/audit/reports/keys?bogus=1')).status).toBe(400);
  });
});
