import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parseSignerKey } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { LeaseProcess } from '@keyfold/testing/feed/lease-process';
import { LeaseWorld } from '@keyfold/testing/lease-world';
import { signInAdmin } from '@keyfold/testing/signed-in';

const world = LeaseWorld.ofThisFile();

describe('a process key', () => {
  test('is enrolled once it has cosigned, by a record that restarts do not repeat', async () => {
    const process = world.newProcess();
    expect(await process.ask()).toMatchObject({ leaseSeconds: 0, noLease: 'NOT_PROVEN' });
    expect(await process.ask()).toMatchObject({ leaseSeconds: 60, noLease: null });
    expect(await world.rowOf(process)).toMatchObject({
      verifier_key: process.key.verifierKey,
      enrolled_position: expect.any(String),
    });
    await process.release();
    const restarted = world.restarted(process);
    expect(await restarted.ask()).toMatchObject({ leaseSeconds: 60 });
    expect(await world.recordsOf(process.gatewayId)).toEqual(['GatewayEnrolled']);
    const { body } = await world.admin.get(`/v1/events?stream=gateway/${process.gatewayId}`);
    expect(body['items']).toMatchObject([
      { actor: 'system', data: { gatewayId: process.gatewayId, process: '0', verifierKey: process.key.verifierKey } },
    ]);
  });

  test('must be the one that has cosigned, and be named after the process', async () => {
    const process = world.newProcess();
    await process.ask();
    const other = world.newProcess(process.gatewayId);
    await other.ask();
    await expect(
      process.ask((request) => ({ ...request, process: { ...process.request().process, cosigned: other.cosigned } })),
    ).rejects.toMatchObject({ code: 'BAD_PROCESS' });
    await expect(process.ask((request) => ({ ...request, gatewayId: 'gw-other' }))).rejects.toMatchObject({
      code: 'BAD_PROCESS',
    });
    const { verifierKey } = parseSignerKey(world.service.logSigningKey);
    await expect(
      process.ask((request) => ({ ...request, process: { ...process.request().process, verifierKey } })),
    ).rejects.toMatchObject({ code: 'BAD_PROCESS' });
    expect(await world.recordsOf(process.gatewayId)).toEqual([]);
  });

  test('of an incarnation is one: another process under it gets no lease and changes nothing', async () => {
    const process = world.newProcess();
    await process.begin();
    const before = await world.rowOf(process);
    const other = world.newProcess(process.gatewayId, '1');
    Object.assign(other, { incarnation: process.incarnation });
    await other.ask();
    expect(await other.ask()).toMatchObject({ leaseSeconds: 0, noLease: 'OTHER_PROCESS' });
    expect(await world.rowOf(process)).toEqual(before);
  });

  test('that is new in a slot counts once the lease of the old one is over, and the old one no more', async () => {
    const old = world.newProcess();
    await old.begin();
    const fresh = world.newProcess(old.gatewayId);
    expect(await fresh.begin()).toMatchObject({ leaseSeconds: 0, noLease: 'SLOT_TAKEN' });
    expect(await world.recordsOf(old.gatewayId)).toEqual(['GatewayEnrolled']);
    await old.release();
    expect(await fresh.ask()).toMatchObject({ leaseSeconds: 60 });
    expect(await world.recordsOf(old.gatewayId)).toEqual(['GatewayEnrolled', 'GatewayEnrolled']);
    const back = world.restarted(old);
    expect(await back.begin()).toMatchObject({ leaseSeconds: 0, noLease: 'SLOT_TAKEN' });
    // Another slot of the gateway is free all the time.
    expect(await world.newProcess(old.gatewayId, '1').begin()).toMatchObject({ leaseSeconds: 60 });
  });

  test('is enrolled at once for each of as many workers as a gateway may have, and then ten times an hour', async () => {
    const { gatewayId } = world.newProcess();
    const inSlot = (slot: number): LeaseProcess => world.newProcess(gatewayId, String(slot));
    const workers = await Promise.all([...Array(64).keys()].map((slot) => inSlot(slot).begin()));
    expect(workers.filter(({ leaseSeconds }) => leaseSeconds === 60)).toHaveLength(64);
    const { noLease, retryAt } = await inSlot(64).begin();
    // Once the first of them is an hour old.
    const oldest = `select min(enrolled_at) + interval '1 hour' as room from keyfold.gateway_enrolments where gateway_id = $1`;
    const { rows } = await world.sql.query<{ room: Date }>(oldest, [gatewayId]);
    expect([noLease, retryAt]).toEqual(['TOO_MANY_ENROLMENTS', rows[0]?.room.toISOString()]);
    // The processes are gone, and their keys with them.
    await world.sql.query('update keyfold.gateway_leases set longest_seconds = 0 where gateway_id = $1', [gatewayId]);
    const again = await Promise.all([...Array(12).keys()].map((slot) => inSlot(slot).begin()));
    expect(again.filter(({ leaseSeconds }) => leaseSeconds === 60)).toHaveLength(10);
    expect(await world.recordsOf(gatewayId)).toHaveLength(74);
    await world.sql.query(
      `update keyfold.gateway_enrolments set enrolled_at = enrolled_at - interval '1 hour' where gateway_id = $1`,
      [gatewayId],
    );
    expect(await inSlot(64).begin()).toMatchObject({ leaseSeconds: 60 });
  });

  test('is not enrolled once gateways, made up or not, have enrolled five thousand within an hour', async () => {
    await world.sql.query(
      `insert into keyfold.gateway_enrolments (position, gateway_id, slot, verifier_key, enrolled_at)
       select 1000000 + n, 'made-up-' || n, '0', 'key-' || n, now() from generate_series(1, 5000) as n`,
    );
    const process = world.newProcess();
    expect(await process.begin()).toMatchObject({
      leaseSeconds: 0,
      noLease: 'TOO_MANY_ENROLMENTS',
      retryAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(await world.recordsOf(process.gatewayId)).toEqual([]);
    await world.sql.query(`delete from keyfold.gateway_enrolments where gateway_id like 'made-up-%'`);
    const granted = await process.ask();
    expect(granted).toMatchObject({ leaseSeconds: 60, noLease: null });
    expect(granted.retryAt).toBeUndefined();
  });

  test('that asks at two replicas at once is enrolled once', async () => {
    const second = await startTestAdminService({ database: world.database, secrets: world.service });
    try {
      const process = world.newProcess();
      await process.ask();
      const twin = new LeaseProcess(second, process.gatewayId);
      Object.assign(twin, { key: process.key });
      await twin.ask();
      const replies = await Promise.all(
        Array.from({ length: 10 }, (_, nth) =>
          (nth % 2 === 0 ? process : twin).send((nth % 2 === 0 ? process : twin).request(), 2),
        ),
      );
      expect(replies.some(({ body }) => (body as { leaseSeconds: number }).leaseSeconds === 60)).toBe(true);
      expect(await world.recordsOf(process.gatewayId)).toEqual(['GatewayEnrolled']);
    } finally {
      await second.close();
    }
  });
});

describe('a lease is given back', () => {
  test('by the process itself, at once and for good', async () => {
    const process = world.newProcess();
    await process.begin();
    expect(await process.release()).toMatchObject({ leaseSeconds: 0, noLease: 'RELEASED' });
    expect(await world.rowOf(process)).toMatchObject({ ended: 'released', longest_seconds: 0 });
    // A request from before that comes late.
    expect(await process.ask()).toMatchObject({ leaseSeconds: 0, noLease: 'RELEASED' });
    await expect(process.askAsOlder(1)).rejects.toMatchObject({ code: 'NO_LEASE' });
    expect(await world.rowOf(process)).toMatchObject({ ended: 'released', longest_seconds: 0 });
  });

  test('by nobody else', async () => {
    const process = world.newProcess();
    await process.begin();
    const stranger = world.newProcess(process.gatewayId);
    await expect(process.ask((request) => process.releasing(request, stranger.key))).rejects.toMatchObject({
      code: 'BAD_PROCESS',
    });
    // A release that was sent with another request.
    const { process: other } = process.releasing(process.request());
    await expect(
      process.ask((request) => ({ ...request, process: other ?? process.request().process })),
    ).rejects.toMatchObject({
      code: 'BAD_PROCESS',
    });
    expect(await world.rowOf(process)).toMatchObject({ ended: null, longest_seconds: 60 });
  });
});

describe('a gateway', () => {
  test('is retired by a record once no lease may run, and its keys are never accepted again', async () => {
    const process = world.newProcess();
    await process.begin();
    const path = `/v1/gateways/${process.gatewayId}`;
    expect((await world.admin.delete(path)).body['code']).toBe('LEASE_RUNNING');
    await process.release();
    const retired = await world.admin.delete(path);
    expect([retired.status, retired.headers.get('keyfold-position')]).toEqual([204, expect.stringMatching(/^\d+$/)]);
    expect(await world.rowOf(process)).toBeUndefined();
    expect(await world.recordsOf(process.gatewayId)).toEqual(['GatewayEnrolled', 'GatewayRetired']);
    expect((await world.admin.delete(path)).status).toBe(404);
    const again = world.restarted(process);
    expect(await again.begin()).toMatchObject({ leaseSeconds: 0, noLease: 'RETIRED' });
    expect(await world.newProcess(process.gatewayId).begin()).toMatchObject({ leaseSeconds: 60 });
  });
});

describe('where keys have to be approved', () => {
  const setTo = async (gatewayEnrolment: string): Promise<void> => {
    expect((await world.admin.patch('/v1/settings/security', { gatewayEnrolment })).status).toBe(200);
  };
  afterEach(() => setTo('automatic'));
  const listed = async (gatewayId: string): Promise<unknown> => {
    const { body } = await world.admin.get('/v1/gateways?limit=200');
    return (body['items'] as { gatewayId: string }[]).find((gateway) => gateway.gatewayId === gatewayId);
  };

  test('a new key waits, is listed with its fingerprint, and gets a lease once an administrator has approved it', async () => {
    const known = world.newProcess();
    await known.begin();
    await setTo('approved');
    const waiting = world.newProcess();
    expect(await waiting.begin()).toMatchObject({ leaseSeconds: 0, noLease: 'NOT_APPROVED' });
    // Those that are enrolled go on, also after a restart; an older peer has no key to approve.
    expect(await known.ask()).toMatchObject({ leaseSeconds: 60 });
    expect(await world.restarted(known).ask()).toMatchObject({ leaseSeconds: 60 });
    await expect(world.newProcess().askAsOlder(2)).rejects.toMatchObject({ code: 'NO_LEASE' });
    const { gatewayId, key } = waiting;
    const fingerprint = `SHA256:${createHash('sha256').update(key.verifierKey).digest('base64url')}`;
    const one = {
      verifierKey: key.verifierKey,
      fingerprint,
      enrolled: false,
      leaseUntil: null,
      noLease: 'NOT_APPROVED',
    };
    expect(await listed(gatewayId)).toMatchObject({ leaseUntil: null, processes: [one] });
    const path = `/v1/gateways/${gatewayId}/approve`;
    const approved = await world.admin.post(path, { verifierKeys: [key.verifierKey] });
    expect([approved.status, approved.body]).toEqual([200, { gatewayId, verifierKeys: [key.verifierKey] }]);
    expect(await waiting.ask()).toMatchObject({ leaseSeconds: 60 });
    expect(await listed(gatewayId)).toMatchObject({ processes: [{ enrolled: true, noLease: null }] });
    expect((await world.admin.post(path, { verifierKeys: [key.verifierKey] })).status).toBe(200);
    expect(await world.recordsOf(gatewayId)).toEqual(['GatewayEnrolled']);
    expect((await world.admin.post(path, { verifierKeys: [known.key.verifierKey] })).status).toBe(400);
    expect((await world.admin.post(path, { verifierKeys: [] })).status).toBe(400);
  });

  test('an approved key counts once the lease of the one before is over, and a retired one cannot be approved', async () => {
    const old = world.newProcess();
    await old.begin();
    await setTo('approved');
    const fresh = world.newProcess(old.gatewayId);
    await fresh.begin();
    const path = `/v1/gateways/${old.gatewayId}`;
    expect((await world.admin.post(`${path}/approve`, { verifierKeys: [fresh.key.verifierKey] })).status).toBe(200);
    expect(await fresh.ask()).toMatchObject({ leaseSeconds: 0, noLease: 'SLOT_TAKEN' });
    expect(await old.ask()).toMatchObject({ leaseSeconds: 0, noLease: 'NOT_APPROVED' });
    await old.release();
    expect(await fresh.ask()).toMatchObject({ leaseSeconds: 60 });
    await fresh.release();
    expect((await world.admin.delete(path)).status).toBe(204);
    const again = await world.admin.post(`${path}/approve`, { verifierKeys: [fresh.key.verifierKey] });
    expect([again.status, again.body['code']]).toEqual([409, 'KEY_RETIRED']);
  });

  test('the settings show it, and their ETag moves with either stream', async () => {
    const read = async (): Promise<[unknown, string]> => {
      const { body, headers } = await world.admin.get('/v1/settings/security');
      return [body['gatewayEnrolment'], headers.get('etag') ?? ''];
    };
    const [, first] = await read();
    const changed = await world.admin.patch(
      '/v1/settings/security',
      { gatewayEnrolment: 'approved', gatewayLeaseSeconds: 30 },
      { 'if-match': first },
    );
    expect([changed.status, changed.body]).toMatchObject([
      200,
      { gatewayEnrolment: 'approved', gatewayLeaseSeconds: 30 },
    ]);
    const [shown, second] = await read();
    expect([shown, changed.headers.get('etag')]).toEqual(['approved', second]);
    expect(Number(second.slice(1, -1))).toBe(Number(first.slice(1, -1)) + 2);
    const stale = await world.admin.patch(
      '/v1/settings/security',
      { gatewayEnrolment: 'automatic' },
      { 'if-match': first },
    );
    expect(stale.status).toBe(412);
    expect((await world.admin.patch('/v1/settings/security', { gatewayEnrolment: 'none' })).status).toBe(400);
  });

  test('the variable is the setting of a first start, and of no later one', async () => {
    const database = await world.createDatabase();
    const enrolmentOf = async (value: string, secrets?: TestAdminService): Promise<[unknown, TestAdminService]> => {
      const options = { database, env: { KEYFOLD_GATEWAY_ENROLMENT: value } };
      const started = await startTestAdminService(secrets === undefined ? options : { ...options, secrets });
      try {
        const admin = await signInAdmin(started);
        return [(await admin.get('/v1/settings/security')).body['gatewayEnrolment'], started];
      } finally {
        await started.close();
      }
    };
    const [first, secrets] = await enrolmentOf('approved');
    const [later] = await enrolmentOf('automatic', secrets);
    expect([first, later]).toEqual(['approved', 'approved']);
  });
});
