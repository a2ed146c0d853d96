import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { parseSignerKey } from '@keyfold/domain';
import { startTestAdminService } from '@keyfold/testing/admin-service';
import { LeaseProcess } from '@keyfold/testing/feed/lease-process';
import { LeaseWorld } from '@keyfold/testing/lease-world';

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

  test('is one of ten at most that a gateway enrols within an hour', async () => {
    const gatewayId = world.newProcess().gatewayId;
    for (let slot = 0; slot < 10; slot += 1)
      expect(await world.newProcess(gatewayId, String(slot)).begin()).toMatchObject({ leaseSeconds: 60 });
    const eleventh = world.newProcess(gatewayId, '10');
    expect(await eleventh.begin()).toMatchObject({ leaseSeconds: 0, noLease: 'UNAVAILABLE' });
    expect(await world.recordsOf(gatewayId)).toHaveLength(10);
    await world.sql.query(
      `update keyfold.gateway_enrolments set enrolled_at = enrolled_at - interval '1 hour' where gateway_id = $1`,
      [gatewayId],
    );
    expect(await eleventh.ask()).toMatchObject({ leaseSeconds: 60 });
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
