import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestAdminService } from '@keyfold/testing/admin-service';
import { startAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import { TEST_SHARED_SECRET, testKeys } from '@keyfold/testing/log-writer';
import { OWNER_ROLE, SERVICE_ROLE, startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { type RunningPgBouncer, startPgBouncer } from './pgbouncer.js';

let postgres: TestPostgres;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  running.push(postgres);
});
afterAll(async () => {
  for (const one of running.reverse()) await one.stop();
});

const started = async (settings?: Readonly<Record<string, string>>): Promise<RunningPgBouncer> => {
  const roles = [OWNER_ROLE, SERVICE_ROLE].map((role) => postgres.url('postgres', role));
  const pooler = await startPgBouncer(roles, settings);
  running.push(pooler);
  return pooler;
};

test('both services work behind a PgBouncer as Debian ships it, each session with its settings', async () => {
  const pooler = await started();
  const { ownerUrl, serviceUrl } = await postgres.createDatabase();
  const admin = await startTestAdminService({
    database: { ownerUrl: pooler.through(ownerUrl), serviceUrl: pooler.through(serviceUrl) },
  });
  running.push({ stop: () => admin.close() });
  const gateway = await startAuthGateway({
    databaseUrl: pooler.through((await postgres.createDatabase()).ownerUrl),
    adminInternalUrl: admin.internalUrl,
    sharedSecret: admin.sharedSecret,
    logPublicKey: admin.logPublicKey,
  });
  running.push({ stop: () => gateway.close() });
  await eventually(() => gateway.parts.freshness.holdsLease());
  const session = await fetch(`${admin.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: admin.adminUsername, password: admin.adminPassword }),
  });
  expect(session.status).toBe(201);
  expect(gateway.parts.facts.appliedSize).toBeGreaterThan(0);
  const { rows } = await gateway.parts.pool.query(
    `select current_setting('statement_timeout') as statement, current_setting('search_path') as path,
       current_setting('idle_in_transaction_session_timeout') as idle`,
  );
  expect(rows).toEqual([
    { statement: '30s', idle: '30s', path: expect.stringMatching(/^"gateway_gateway-1/) as unknown },
  ]);
});

test.each([
  ['transactions', { pool_mode: 'transaction' }],
  ['transactions in turn', { pool_mode: 'transaction', server_round_robin: '1' }],
  ['statements', { pool_mode: 'statement' }],
])('neither service starts behind one that pools %s', async (_what, settings) => {
  const pooler = await started(settings);
  const { ownerUrl, serviceUrl } = await postgres.createLogDatabase();
  const refusal = { name: 'StoreRefusedError', message: expect.stringMatching(/do not keep their session/) as unknown };
  // Migrated without it: what is to be refused is the service.
  await expect(
    startTestAdminService({ database: { ownerUrl, serviceUrl: pooler.through(serviceUrl) } }),
  ).rejects.toMatchObject(refusal);
  await expect(
    startAuthGateway({
      databaseUrl: pooler.through(ownerUrl),
      adminInternalUrl: 'http://127.0.0.1:9',
      sharedSecret: TEST_SHARED_SECRET,
      logPublicKey: testKeys.verifier.verifierKey,
    }),
  ).rejects.toMatchObject(refusal);
});
