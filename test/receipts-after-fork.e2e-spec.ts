import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { generateSignerKey, parseVerifierKey, verifyReceipt } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { eventually } from './support/eventually.js';
import { LeaseProcess } from './support/feed/lease-process.js';
import { AdminClient, type Answer } from './support/http-client.js';
import { backUp } from './support/lost-tail.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { signInAdmin } from './support/signed-in.js';

/*
 * A failover that lost the end of the log, with leases that only the lost rows told of, and a log that goes on under a
 * new origin. What was confirmed before stays so; nothing else is confirmed until no lease from before can run any
 * more, and then by receipts that hold.
 */

let postgres: TestPostgres;
let database: TestDatabase;
let before: TestAdminService;
let after: TestAdminService | undefined;
const lines: string[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  before = await startTestAdminService({ database });
});
afterAll(async () => {
  await after?.close();
  await postgres.stop();
});

async function query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  return (await client.query<Row>(text).finally(() => client.end())).rows;
}

const createRole = (admin: AdminClient, name: string, headers = {}): Promise<Answer> =>
  admin.post('/v1/roles', { name, permissions: [] }, headers);
const positionOf = ({ headers }: Answer): number => Number(headers.get('keyfold-position'));

async function requireGenuine(admin: AdminClient, position: number, { logPublicKey, url }: TestAdminService) {
  const headers = { authorization: `Bearer ${admin.token ?? ''}` };
  const file = await (await fetch(`${url}/v1/confirmations/${position}/receipt`, { headers })).text();
  const verdict = verifyReceipt(file, { logKey: parseVerifierKey(logPublicKey) });
  if (!verdict.isGenuine) throw new Error(verdict.reason);
  return verdict.processes;
}

test('nothing is confirmed until the longest lease is over, and then by no cosignature of the origin before', async () => {
  const admin = await signInAdmin(before);
  expect((await admin.patch('/v1/settings/security', { gatewayLeaseSeconds: 5 })).status).toBe(200);
  const known = new LeaseProcess(before, 'known');
  await known.begin();
  // Applied and cosigned, and nobody has asked for the confirmation.
  const written = positionOf(await createRole(admin, 'written-before'));
  await known.ask();
  await known.ask();
  const backup = await backUp(postgres);
  await eventually(async () => (await createRole(admin, 'lost')).status === 201);
  // A lease that is much longer, in a row that will be gone.
  await eventually(
    async () => (await admin.patch('/v1/settings/security', { gatewayLeaseSeconds: 3_600 })).status === 200,
  );
  const lost = new LeaseProcess(before, 'lost');
  expect((await lost.begin()).leaseSeconds).toBe(3_600);
  await backup.restore({ isPromoted: false });
  await eventually(async () => {
    expect((await createRole(admin, 'forked')).body['code']).toBe('LOG_FORKED');
  });
  // Nothing is confirmed while the fork stands, whatever the rows say.
  expect((await admin.get(`/v1/confirmations/${written}`, { prefer: 'wait=1' })).body['status']).not.toBe('confirmed');
  await before.close();

  const logSigningKey = generateSignerKey(`keyfold.local/${randomBytes(6).toString('hex')}`, randomBytes(32));
  after = await startTestAdminService({ database, secrets: { ...before, logSigningKey }, lines });
  const again = await signInAdmin(after);
  const restarted = new LeaseProcess(after, 'known', '0');
  // Its slot is free once the lease by the key before has run out.
  await eventually(async () => (await restarted.ask()).leaseSeconds > 0);
  const pending = await createRole(again, 'written-after', { prefer: 'wait=1' });
  expect(pending.status).toBe(202);
  const [generation] = await query('select * from keyfold.lease_generations order by generation desc limit 1');
  expect(generation).toMatchObject({ reason: 'fork', unknown_seconds: 3_600, is_over: false });

  // An hour later.
  await query('update keyfold.lease_generations set is_over = true');
  for (const position of [written, positionOf(pending)]) {
    await eventually(async () => {
      await restarted.ask();
      const { body } = await again.get(`/v1/confirmations/${position}`);
      expect(body['status']).toBe('confirmed');
    });
    const processes = await requireGenuine(again, position, after);
    const standings = processes.map(({ by, gatewayId, verifierKey }) => [gatewayId, by, verifierKey]);
    expect(standings).toContainEqual(['known', 'lease-ended', null]);
    expect(standings).toContainEqual(['known', 'applied', restarted.key.verifierKey]);
  }
  expect(lines.filter((line) => line.includes('receipt of a write could not be made'))).toEqual([]);
});
