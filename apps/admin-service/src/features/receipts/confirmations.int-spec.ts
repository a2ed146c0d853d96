import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { cosignatureLine, parseVerifierKey, readNote, type ReceiptVerdict, verifyReceipt } from '@keyfold/domain';
import { startTestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import type { LeaseProcess } from '@keyfold/testing/feed/lease-process';
import type { Answer } from '@keyfold/testing/http-client';
import { LeaseWorld } from '@keyfold/testing/lease-world';
import { verifyIndependently } from '@keyfold/testing/receipts/second-verifier';
import { createPerson, PASSWORD, signInAdmin } from '@keyfold/testing/signed-in';
import type { Confirmation } from '../../http/confirmation.js';

const world = LeaseWorld.ofThisFile();
const processes: LeaseProcess[] = [];
const asking = new Set<NodeJS.Timeout>();

beforeAll(async () => {
  const settings = { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 1_000 };
  expect((await world.admin.patch('/v1/settings/security', settings)).status).toBe(200);
});
// What one test has left must not be waited for by the next.
afterEach(async () => {
  for (const timer of asking) clearInterval(timer);
  asking.clear();
  await Promise.all(processes.splice(0).map((process) => process.release()));
});

/** A process with a lease. */
async function withLease(gatewayId?: string, slot?: string): Promise<LeaseProcess> {
  const process = world.newProcess(gatewayId, slot);
  expect((await process.begin()).leaseSeconds).toBeGreaterThan(0);
  processes.push(process);
  return process;
}

/** Asks again and again, as a gateway does, until the test is over. */
function keepsAsking(process: LeaseProcess): void {
  let running = false;
  const ask = async (): Promise<void> => {
    if (running) return;
    running = true;
    await process.ask().finally(() => (running = false));
  };
  asking.add(setInterval(() => void ask(), 20));
}

async function issue(): Promise<string> {
  const issued = await world.admin.post('/v1/me/api-keys', {});
  expect(issued.status).toBe(201);
  return String(issued.body['id']);
}
const revoke = (keyId: string, headers: Record<string, string> = {}): Promise<Answer> =>
  world.admin.post(`/v1/api-keys/${keyId}/revoke`, { reason: 'KEY_COMPROMISE' }, headers);
const confirmationOf = ({ body }: Answer): Confirmation => body['confirmation'] as Confirmation;
const receiptOf = async (position: number): Promise<string> => {
  const answer = await fetch(`${world.service.url}/v1/confirmations/${position}/receipt`, {
    headers: { authorization: `Bearer ${world.admin.token ?? ''}` },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  return answer.text();
};
const verdictOf = (file: string, expectKey?: string): ReceiptVerdict =>
  verifyReceipt(file, {
    logKey: parseVerifierKey(world.service.logPublicKey),
    ...(expectKey === undefined ? {} : { expectKey }),
  });

describe('a write that is waited for', () => {
  test('is confirmed once each process has applied it, and its receipt convinces both verifiers', async () => {
    const gatewayId = `gw-${randomUUID().slice(0, 8)}`;
    const fleet = [await withLease(gatewayId, '0'), await withLease(gatewayId, '1'), await withLease()];
    const keyId = await issue();
    fleet.forEach(keepsAsking);
    const revoked = await revoke(keyId, { prefer: 'wait=20' });
    expect([revoked.status, revoked.body['status']]).toEqual([200, 'revoked']);
    const { gateways, position, status } = confirmationOf(revoked);
    expect([status, position]).toEqual(['confirmed', Number(revoked.headers.get('keyfold-position'))]);
    const ours = gateways.filter((gateway) => fleet.some((process) => process.gatewayId === gateway.gatewayId));
    expect(ours.map(({ by }) => by)).toEqual(['applied', 'applied']);
    for (const { appliedPosition, confirmedAt } of ours) {
      expect(appliedPosition).toBeGreaterThanOrEqual(position);
      expect(confirmedAt).toMatch(/Z$/);
    }
    const file = await receiptOf(position);
    verifyIndependently(file, world.service.logPublicKey, keyId);
    const verdict = verdictOf(file, keyId);
    if (!verdict.isGenuine) throw new Error(verdict.reason);
    const applied = verdict.processes.filter(({ by }) => by === 'applied').map(({ verifierKey }) => verifierKey);
    expect(new Set(applied)).toEqual(new Set(fleet.map(({ key }) => key.verifierKey)));
    expect(verdictOf(file, await issue()).isGenuine).toBe(false);
  });

  test('is answered with 202 while a process has not applied it, and confirmed later', async () => {
    const process = await withLease();
    const keyId = await issue();
    const revoked = await revoke(keyId, { prefer: 'wait=1' });
    expect([revoked.status, revoked.body['status']]).toEqual([202, 'revoked']);
    const pending = confirmationOf(revoked);
    expect(pending.status).toBe('pending');
    expect(pending.gateways.find(({ gatewayId }) => gatewayId === process.gatewayId)).toMatchObject({
      by: null,
      confirmedAt: null,
    });
    const path = `/v1/confirmations/${pending.position}`;
    expect((await world.admin.get(`${path}/receipt`)).body['code']).toBe('NOT_CONFIRMED');
    expect((await world.admin.get(path)).body['status']).toBe('pending');
    const waited = world.admin.get(path, { prefer: 'wait=20' });
    // The first head brings the write; the next request says that it has been applied.
    await process.ask();
    await process.ask();
    expect([(await waited).status, (await waited).body['status']]).toEqual([200, 'confirmed']);
    expect((await world.admin.get(path)).body).toEqual((await waited).body);
  });

  test('is not confirmed by what a process claims, only by what it has cosigned', async () => {
    const process = await withLease();
    const keyId = await issue();
    const { cosigned } = process;
    const waited = revoke(keyId, { prefer: 'wait=1' });
    await eventually(async () => (await world.admin.get(`/v1/api-keys/${keyId}`)).body['status'] === 'revoked');
    const claims = async (): Promise<unknown> =>
      process.ask((request) =>
        request.process === undefined ? request : { ...request, process: { ...request.process, cosigned } },
      );
    await claims();
    await claims();
    expect((await waited).status).toBe(202);
  });

  test('counts a lease as over by its length, though the process renews it and never proves anything', async () => {
    await world.changeLease(5);
    const older = world.newProcess();
    await older.askAsOlder(2);
    const keyId = await issue();
    const beganMs = performance.now();
    const timer = setInterval(() => void older.askAsOlder(2), 200);
    asking.add(timer);
    const revoked = await revoke(keyId, { prefer: 'wait=30' });
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(5_300);
    const { gateways, position, status } = confirmationOf(revoked);
    expect(status).toBe('confirmed');
    expect(gateways.find(({ gatewayId }) => gatewayId === older.gatewayId)?.by).toBe('lease-ended');
    const verdict = verdictOf(await receiptOf(position));
    expect(verdict).toMatchObject({ isGenuine: true });
    if (!verdict.isGenuine) return;
    const line = verdict.processes.find(({ gatewayId }) => gatewayId === older.gatewayId);
    expect(line).toMatchObject({ slot: '-', by: 'lease-ended' });
    clearInterval(timer);
    await world.sql.query(`update keyfold.gateway_leases set ended = 'run-out' where gateway_id = $1`, [
      older.gatewayId,
    ]);
  }, 30_000);

  test('is confirmed by another replica that has answered no head', async () => {
    const { database, service } = world;
    const replica = await startTestAdminService({ database, secrets: service });
    try {
      const process = await withLease();
      const admin = await signInAdmin({ ...service, url: replica.url });
      const keyId = await issue();
      keepsAsking(process);
      const revoked = await admin.post(`/v1/api-keys/${keyId}/revoke`, { reason: 'SUPERSEDED' }, { prefer: 'wait=20' });
      expect(confirmationOf(revoked).status).toBe('confirmed');
    } finally {
      await replica.close();
    }
  });

  test('is confirmed by a process that has cosigned one tree twice, before it was restarted and behind that', async () => {
    const before = await withLease();
    await before.ask();
    const after = world.restarted(before);
    processes.push(after);
    await after.ask();
    const note = after.checkpoint ?? '';
    expect(note).toBe(before.checkpoint);
    after.cosigned = note + cosignatureLine(readNote(note).text, after.key, 1_000_000_000);
    await after.ask();
    // Nothing to do: what is confirmed is the tree that both have cosigned.
    const settings = { apiKeyAuthenticationEnabled: true };
    const answer = await world.admin.patch('/v1/settings/security', settings, { prefer: 'wait=2' });
    expect([answer.status, confirmationOf(answer).status]).toEqual([200, 'confirmed']);
    verifyIndependently(await receiptOf(confirmationOf(answer).position), world.service.logPublicKey);
  });

  test('is not confirmed while leases may be out that no row tells of', async () => {
    const [generation] = (
      await world.sql.query<{ generation: number }>(
        'select max(generation) as generation from keyfold.lease_generations',
      )
    ).rows;
    await world.sql.query('update keyfold.lease_generations set is_over = false, unknown_seconds = 60');
    const revoked = await revoke(await issue(), { prefer: 'wait=1' });
    expect(revoked.status).toBe(202);
    await world.sql.query('update keyfold.lease_generations set is_over = true where generation = $1', [
      generation?.generation,
    ]);
    const path = `/v1/confirmations/${confirmationOf(revoked).position}`;
    expect((await world.admin.get(path, { prefer: 'wait=20' })).body['status']).toBe('confirmed');
  });

  test('is not confirmed by rows of a server that has taken the place of the one that they were written on', async () => {
    await world.sql.query(`update keyfold.lease_generations set timeline = '77'`);
    expect((await revoke(await issue(), { prefer: 'wait=1' })).status).toBe(202);
    await world.sql.query('update keyfold.lease_generations set is_over = true');
    expect((await revoke(await issue(), { prefer: 'wait=20' })).status).toBe(200);
  });
});

describe('every kind of write', () => {
  test('that finds nothing to do names the record that had done it', async () => {
    const keyId = await issue();
    const first = confirmationOf(await revoke(keyId, { prefer: 'wait=20' }));
    const readers = 'select actor from keyfold.receipt_readers where position = $1';
    // Who wrote the record may read its receipt without a row that says so.
    expect((await world.sql.query(readers, [first.position])).rows).toEqual([]);
    await world.append();
    const again = await revoke(keyId, { prefer: 'wait=20' });
    expect([again.status, confirmationOf(again)]).toEqual([200, first]);
  });

  test('that no one record has done names the head, whose receipt its caller may read', async () => {
    const person = await createPerson(world.service, world.admin, {});
    const head = await world.append();
    expect((await person.client.get(`/v1/confirmations/${head}/receipt`)).status).toBe(404);
    const signedOut = await person.client.delete('/v1/sessions/current', { prefer: 'wait=20' });
    expect(signedOut.status).toBe(200);
    expect(confirmationOf(signedOut)).toMatchObject({ status: 'confirmed', position: head });
    const again = await person.client.signIn(person.username, PASSWORD);
    expect((await again.get(`/v1/confirmations/${head}/receipt`)).status).toBe(200);
  });

  test('that makes something answers 201 with it, and one without a body 200 with the confirmation alone', async () => {
    const issued = await world.admin.post('/v1/me/api-keys', {}, { prefer: 'wait=20' });
    expect([issued.status, confirmationOf(issued).status]).toEqual([201, 'confirmed']);
    expect(issued.body['key']).toMatch(/^kf_/);
    const role = await world.admin.post('/v1/roles', { name: `r${randomUUID().slice(0, 8)}`, permissions: [] });
    const deleted = await world.admin.delete(`/v1/roles/${String(role.body['id'])}`, { prefer: 'wait=20' });
    expect([deleted.status, Object.keys(deleted.body)]).toEqual([200, ['confirmation']]);
  });

  test('of rows, which no record tells of, waits like any other', async () => {
    const made = await world.admin.post('/v1/webhooks', { url: 'https://hooks.example/x' }, { prefer: 'wait=20' });
    expect([made.status, confirmationOf(made).status]).toEqual([201, 'confirmed']);
    const gone = await world.admin.delete(`/v1/webhooks/${String(made.body['id'])}`, { prefer: 'wait=20' });
    expect([gone.status, confirmationOf(gone).status]).toEqual([200, 'confirmed']);
  });

  test('that is repeated with its Idempotency-Key waits again', async () => {
    const process = await withLease();
    const headers = { 'idempotency-key': randomUUID(), prefer: 'wait=1' };
    const first = await world.admin.post('/v1/me/api-keys', {}, headers);
    expect([first.status, confirmationOf(first).status]).toEqual([202, 'pending']);
    expect(first.body['key']).toMatch(/^kf_/);
    keepsAsking(process);
    const again = await world.admin.post('/v1/me/api-keys', {}, { ...headers, prefer: 'wait=20' });
    expect([again.status, again.body['replayed'], again.body['key']]).toEqual([201, true, null]);
    expect(confirmationOf(again)).toMatchObject({ status: 'confirmed', position: confirmationOf(first).position });
  });

  test('with a Prefer header that cannot be read is refused before anything happens', async () => {
    const keyId = await issue();
    for (const prefer of ['wait=0', 'wait=301', 'wait=x', 'wait'])
      expect((await revoke(keyId, { prefer })).body['code']).toBe('INVALID_REQUEST');
    expect((await world.admin.get(`/v1/api-keys/${keyId}`)).body['status']).not.toBe('revoked');
  });

  test('has no confirmation in a preview, which writes nothing', async () => {
    const change = { maxApiKeyLifetimeDays: 30 };
    const preview = await world.admin.patch('/v1/settings/security?dryRun=true', change, { prefer: 'wait=1' });
    expect([preview.status, confirmationOf(preview)]).toEqual([200, undefined]);
  });
});

describe('a receipt', () => {
  test('is for the actor, the owner and the supervisor of the key, and audit.read; for others there is none', async () => {
    const { admin, service } = world;
    const supervisor = await createPerson(service, admin, {
      roles: [await roleOf('Supervisor')],
    });
    const owner = await createPerson(service, admin, {
      roles: [await roleOf('API Key Generate'), await roleOf('API Key Sign In')],
      supervisorId: supervisor.id,
    });
    const auditor = await createPerson(service, admin, { roles: [await roleOf('Auditor')] });
    const stranger = await createPerson(service, admin, { roles: [await roleOf('API Key Generate')] });
    const issued = await owner.client.post('/v1/me/api-keys', {});
    const { position } = confirmationOf(await revoke(String(issued.body['id']), { prefer: 'wait=20' }));
    const path = `/v1/confirmations/${position}/receipt`;
    for (const { client } of [{ client: admin }, owner, supervisor, auditor])
      expect((await client.get(path)).status).toBe(200);
    expect((await stranger.client.get(path)).body['code']).toBe('NOT_FOUND');
    expect((await admin.get('/v1/confirmations/999999999/receipt')).status).toBe(404);
    expect((await admin.get('/v1/confirmations/999999999')).status).toBe(404);
  });

  async function roleOf(name: string): Promise<string> {
    const { items } = (await world.admin.get('/v1/roles?limit=200')).body as { items: { id: string; name: string }[] };
    return items.find((role) => role.name === name)?.id ?? '';
  }
});
