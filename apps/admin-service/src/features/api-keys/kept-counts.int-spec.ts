import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { KEY_STATUSES } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient, type Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { selectDifferences } from '../../tables/key-count-changes.js';
import { KeyUses } from '../last-used/key-uses.js';

/* Two admin-services keep the counts of keys on one database, while sweeps and use reports change the same rows. */

const SUMMARY = '/v1/api-keys/summary';

let postgres: TestPostgres;
let replicas: TestAdminService[];
let admins: AdminClient[];
let people: Person[];
let sql: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  const first = await startTestAdminService({ database });
  replicas = [first, await startTestAdminService({ database, secrets: first })];
  sql = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  const admin = await signInAdmin(first);
  admins = replicas.map(({ url }) => new AdminClient(url, admin.token));
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 1000 });
  const roles = ['api-key-generate', 'api-key-sign-in'];
  people = await Promise.all([0, 1, 2].map(() => createPerson(first, admin, { roles })));
});
afterAll(async () => {
  await sql.end();
  await Promise.all(replicas.map((replica) => replica.close()));
  await postgres.stop();
});

const at = <T>(list: readonly T[], nth: number): T => list[nth % list.length] as T;
const ok = (answer: Answer): Answer => {
  expect(answer.status).toBeLessThan(300);
  return answer;
};
const positionOf = ({ headers }: Answer): number => Number(headers.get('keyfold-position'));

interface Summary {
  readonly byStatus: Readonly<Record<string, number>>;
}

test('what one replica has written the other one counts, with the position from which on', async () => {
  const person = at(people, 0);
  for (const nth of [0, 1, 2, 3]) {
    const [writer, reader] = [at(replicas, nth), at(admins, nth + 1)];
    const before = (await reader.get(SUMMARY)).body as unknown as Summary;
    const issued = ok(await new AdminClient(writer.url, person.client.token).post('/v1/me/api-keys', {}));
    const counted = await reader.get(SUMMARY);
    expect(positionOf(counted)).toBeGreaterThanOrEqual(positionOf(issued));
    const after = counted.body as unknown as Summary;
    expect(after.byStatus['active']).toBe(Number(before.byStatus['active']) + 1);
    const revoked = ok(await at(admins, nth).post(`/v1/api-keys/${String(issued.body['id'])}/revoke`, REASON));
    const report = await reader.get('/v1/audit/reports/keys');
    expect(positionOf(report)).toBeGreaterThanOrEqual(positionOf(revoked));
    const groups = report.body['byAge'] as { keys: number }[];
    expect(groups.reduce((sum, { keys }) => sum + keys, 0)).toBe(before.byStatus['active']);
  }
});

const REASON = { reason: 'UNSPECIFIED' };

/** As many different changes as there are numbers, of keys that only this writer has. */
async function write(replica: number, nth: number): Promise<void> {
  const [admin, { client, id }] = [at(admins, replica), at(people, nth)];
  const own = new AdminClient(at(replicas, replica).url, client.token);
  const keyId = String(ok(await own.post('/v1/me/api-keys', { expiresInDays: 1 + (nth % 90) })).body['id']);
  if (nth % 3 === 0) ok(await own.post(`/v1/api-keys/${keyId}/rotate`, { graceSeconds: 60 }));
  if (nth % 4 === 0) ok(await admin.post(`/v1/api-keys/${keyId}/revoke`, REASON));
  if (nth % 5 === 0) ok(await admin.post(`/v1/users/${id}/api-keys`, {}));
  if (nth % 7 === 0)
    ok(await admin.patch('/v1/settings/security', { maxApiKeyLifetimeDays: 60 + ((nth + replica) % 100) }));
  if (nth === 11) ok(await admin.post('/v1/api-keys/revoke', { filter: { userId: id }, ...REASON }));
  const used = { keyId, at: new Date().toISOString(), address: null, surface: 'me' } as const;
  expect(await new KeyUses(sql).record([used])).toBe(true);
}

test('counts stay those of the rows, and of the lists, whoever writes at once', async () => {
  // One behind another for each of four writers, two at each replica.
  await Promise.all(
    [0, 1, 2, 3].map(async (writer) => {
      for (let nth = writer; nth < 40; nth += 2) await write(writer % 2, nth);
    }),
  );
  expect((await sql.query(selectDifferences)).rows).toEqual([]);
  await eventually(async () => {
    expect((await sql.query('select from keyfold.key_list_sweeps where is_due')).rowCount).toBe(0);
  });
  expect((await sql.query(selectDifferences)).rows).toEqual([]);
  const { byStatus } = (await at(admins, 0).get(SUMMARY)).body as unknown as Summary;
  for (const status of KEY_STATUSES) {
    const { body } = await at(admins, 1).get(`/v1/api-keys?limit=200&status=${status}`);
    expect(body['nextCursor']).toBeNull();
    expect([status, (body['items'] as unknown[]).length]).toEqual([status, byStatus[status]]);
  }
});

describe('a revocation of all keys of one owner', () => {
  const generation = async (): Promise<string> =>
    (await sql.query<{ generation: string }>('select generation from keyfold.key_list_sweeps')).rows[0]?.generation ??
    '';
  const classes = async (userId: string): Promise<string[]> => {
    const { rows } = await sql.query<{ list_class: string }>(
      'select distinct list_class from keyfold.api_keys where user_id = $1',
      [userId],
    );
    return rows.map(({ list_class }) => list_class);
  };

  test('is no reason to go through the keys of everybody', async () => {
    const { client, id } = await createPerson(at(replicas, 0), at(admins, 0), { roles: ['api-key-generate'] });
    ok(await client.post('/v1/me/api-keys', {}));
    ok(await at(admins, 0).post(`/v1/users/${id}/api-keys`, {}));
    const before = await generation();
    ok(await at(admins, 0).post('/v1/api-keys/revoke', { filter: { userId: id }, ...REASON }));
    expect([await classes(id), await generation()]).toEqual([['revoked'], before]);
    expect((await sql.query(selectDifferences)).rows).toEqual([]);
  });

  test('leaves them to the sweep where there are many', async () => {
    const { id } = await createPerson(at(replicas, 0), at(admins, 0));
    const promise = async (_: unknown, nth: number): Promise<Answer> =>
      ok(await at(admins, nth).post(`/v1/users/${id}/api-keys`, {}));
    for (let made = 0; made < 510; made += 30) await Promise.all(Array.from({ length: 30 }, promise));
    const before = await generation();
    ok(await at(admins, 0).post('/v1/api-keys/revoke', { filter: { userId: id }, ...REASON }));
    expect(await generation()).not.toBe(before);
    const { body } = await at(admins, 1).get(`/v1/api-keys?userId=${id}&status=pending`);
    expect(body['items']).toEqual([]);
    await eventually(async () => {
      expect(await classes(id)).toEqual(['revoked']);
    });
    expect((await sql.query(selectDifferences)).rows).toEqual([]);
  });
});
