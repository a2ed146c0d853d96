import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { parseVerifierKey, verifyReceipt } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { eventually } from './support/eventually.js';
import { LeaseProcess } from './support/feed/lease-process.js';
import { AdminClient, type Answer } from './support/http-client.js';
import { backUp } from './support/lost-tail.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';
import { signInAdmin } from './support/signed-in.js';

/*
 * A failover that lost the end of the log, with leases that only the lost rows told of. An administrator acknowledges
 * it, and the log goes on under a new origin. What was confirmed before stays so; nothing else is confirmed until no
 * lease from before can run any more, and then by receipts that hold.
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

const originOf = ({ logPublicKey }: TestAdminService): string => logPublicKey.split('+')[0] ?? '';

/** As the refusal names it. */
async function forkOf(admin: AdminClient): Promise<Record<string, unknown>> {
  const { body } = await admin.get('/v1/log/checkpoint');
  return { position: body['position'], checkpoint: body['checkpoint'] };
}

const acknowledge = (admin: AdminClient, fork: object): Promise<Answer> => admin.post('/v1/log/fork/acknowledge', fork);

async function logSize(): Promise<number> {
  const [row] = await query<{ size: string }>('select size from keyfold.log_head');
  return Number(row?.size);
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
  const fork = await forkOf(admin);
  // Nothing is confirmed while the fork stands, whatever the rows say.
  expect((await admin.get(`/v1/confirmations/${written}`, { prefer: 'wait=1' })).body['status']).not.toBe('confirmed');
  const size = await logSize();
  expect(fork).toMatchObject({
    position: size,
    checkpoint: expect.stringContaining(before.logPublicKey.split('+')[0] ?? ''),
  });
  const acknowledged = await acknowledge(admin, fork);
  expect(acknowledged).toMatchObject({ status: 200, body: { previousOrigin: originOf(before) } });
  // The process that has found the fork writes and signs nothing more, and ends.
  await before.service.superseded;
  expect((await createRole(admin, 'still-forked')).body['code']).toBe('LOG_FORKED');
  await before.close();

  after = await startTestAdminService({ database, secrets: before, lines });
  expect(after.logPublicKey).toBe(acknowledged.body['publicKey']);
  expect(originOf(after)).not.toBe(originOf(before));
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
