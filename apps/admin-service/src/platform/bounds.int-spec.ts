import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import { createPerson, signInAdmin } from '@keyfold/testing/signed-in';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { GatewaySightings } from '../features/gateways/gateway-sightings.js';
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

test('gateways that come and go under new ids leave 5,000 rows at most, and none goes while its lease may run', async () => {
  const request = { nonce: 'n', appliedSize: 1, checkpoint: null };
  await sql.query(`
    insert into keyfold.gateway_processes (gateway_id, incarnation, applied_position, lease_seconds, last_seen_at)
    select 'gone-' || n, 'i', 1, 60, now() - make_interval(hours => n) from generate_series(1, 4900) as n
    union all
    select 'running-' || n, 'i', 1, 3600, now() - interval '1 minute' from generate_series(1, 60) as n`);
  const saw = (name: string, processes: number): void => {
    for (let n = 1; n <= processes; n += 1)
      partOf(GatewaySightings).saw({ ...request, gatewayId: `${name}-${n}`, incarnation: 'i' } as never, 60);
  };
  saw('new', 200);
  await eventually(async () => {
    expect(await count(`gateway_processes where gateway_id like 'new-%'`)).toBe(200);
  });
  expect(await count('gateway_processes')).toBe(5_000);
  expect(await count(`gateway_processes where gateway_id like 'running-%'`)).toBe(60);
  // The longest unseen have gone.
  expect(
    await count(`gateway_processes where gateway_id like 'gone-%' and last_seen_at < now() - interval '4750 hours'`),
  ).toBe(0);
  saw('made-up', 6_000);
  await eventually(async () => {
    expect(await count(`gateway_processes where gateway_id like 'made-up-%'`)).toBe(4_740);
  });
  expect(await count(`gateway_processes where gateway_id like 'new-%' or gateway_id like 'running-%'`)).toBe(260);
});
