import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, signInAdmin } from '@keyfold/testing/signed-in';
import { Housekeeping } from '../housekeeping.js';

// What a service keeps must not grow with the time that it runs.

let postgres: TestPostgres;
let service: TestAdminService;
let sql: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  service = await startTestAdminService({ database });
  sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
});
afterAll(async () => {
  await sql.end();
  await service.close();
  await postgres.stop();
});

const partOf = <Part>(part: new (...of: never[]) => Part): Part => service.service.app.get(part, { strict: false });
const count = async (rows: string): Promise<number> =>
  Number((await sql.query<{ n: string }>(`select count(*) as n from keyfold.${rows}`)).rows[0]?.n);

test('housekeeping leaves the largest signed checkpoint of an origin and no claim that nobody finished', async () => {
  await sql.query(`
    insert into keyfold.signed_checkpoints (origin, size, root, note)
    select 'another.log', size, sha256('x'), 'note' from generate_series(1, 20000) as size`);
  await sql.query(`
    insert into keyfold.idempotency_keys (actor, key, fingerprint, claimed_at)
    select 'user/1', key::text, 'f', now() - interval '2 hours' from generate_series(1, 100) as key`);
  await partOf(Housekeeping).sweep();
  expect(await count(`signed_checkpoints where origin = 'another.log'`)).toBe(1);
  expect(await count(`signed_checkpoints where origin = 'another.log' and size = 20000`)).toBe(1);
  expect(await count('idempotency_keys')).toBe(0);
});

test('bulk revocations leave one entry for a user in the settings, and each key its first revocation', async () => {
  const admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  const { client, id: userId } = await createPerson(service, admin, { roles: ['api-key-generate'] });
  const revoked: Record<string, unknown>[] = [];
  for (let round = 0; round < 5; round += 1) {
    const { id } = (await client.post('/v1/me/api-keys', {})).body;
    const answer = await admin.post('/v1/api-keys/revoke', { filter: { userId }, reason: 'AFFILIATION_CHANGED' });
    expect(answer.body).toEqual({ revoked: 1 });
    revoked.push((await admin.get(`/v1/api-keys/${String(id)}`)).body);
  }
  const { rows } = await sql.query<{ kept: number }>(
    `select jsonb_array_length(state -> 'bulkRevocations') as kept from keyfold.settings`,
  );
  expect(rows).toEqual([{ kept: 1 }]);
  expect(new Set(revoked.map(({ revokedAt }) => revokedAt)).size).toBe(5);
  const listed = (await admin.get(`/v1/api-keys?userId=${userId}`)).body['items'] as typeof revoked;
  expect(listed).toEqual(revoked.toReversed());
  const again = await admin.post(`/v1/api-keys/${String(revoked[0]?.['id'])}/revoke`, { reason: 'KEY_COMPROMISE' });
  expect(again.body).toEqual(revoked[0]);
});
