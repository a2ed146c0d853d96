import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { type CommandOutcome, runKeyfold } from '@keyfold/testing/keyfold-command';
import { LeaseWorld } from '@keyfold/testing/lease-world';

/* `keyfold gateways` where an administrator approves the keys of gateways. */

const world = LeaseWorld.ofThisFile();

beforeAll(async () => {
  expect((await world.admin.patch('/v1/settings/security', { gatewayEnrolment: 'approved' })).status).toBe(200);
});

const gateways = (...args: string[]): Promise<CommandOutcome> =>
  runKeyfold(['gateways', ...args], { serviceUrl: world.service.url, token: world.admin.token });

const fingerprintOf = (verifierKey: string): string =>
  `SHA256:${createHash('sha256').update(verifierKey).digest('base64url')}`;

test('a key that waits is listed with its fingerprint, approved by it, and gets a lease', async () => {
  const [process, other] = [world.newProcess(), world.newProcess()];
  await process.begin();
  await other.begin();
  const { gatewayId, key } = process;
  const fingerprint = fingerprintOf(key.verifierKey);
  const waiting = await gateways('waiting');
  expect(waiting).toMatchObject({ code: 0, err: '' });
  expect(waiting.out).toMatch(
    new RegExp(`^${gatewayId}/0 +${fingerprint.replace('+', '\\+')}  asked \\d+ s ago$`, 'm'),
  );
  const listed = JSON.parse((await gateways('waiting', '--json')).out) as { gatewayId: string }[];
  expect(listed.find((one) => one.gatewayId === gatewayId)).toMatchObject({
    slot: '0',
    fingerprint,
    verifierKey: key.verifierKey,
  });

  expect(await gateways('approve', gatewayId, fingerprint)).toEqual({
    code: 0,
    out: `approved ${gatewayId}/0  ${fingerprint}\n`,
    err: '',
  });
  expect(await process.ask()).toMatchObject({ leaseSeconds: 60, noLease: null });
  expect(await other.ask()).toMatchObject({ leaseSeconds: 0, noLease: 'NOT_APPROVED' });
  expect((await gateways('waiting')).out).not.toContain(gatewayId);
});

test('a fingerprint of no waiting key of that gateway approves nothing, and says which wait', async () => {
  const [process, other] = [world.newProcess(), world.newProcess()];
  await process.begin();
  await other.begin();
  const own = fingerprintOf(process.key.verifierKey);
  const { code, err } = await gateways('approve', process.gatewayId, own, fingerprintOf(other.key.verifierKey));
  expect(code).toBe(2);
  expect(err).toContain(`${process.gatewayId}/0  ${own}`);
  expect(await process.ask()).toMatchObject({ leaseSeconds: 0, noLease: 'NOT_APPROVED' });
  expect((await gateways('approve', 'gw-nobody', own)).err).toContain('none does');
});

test('a key can be approved before its process has asked', async () => {
  const process = world.newProcess();
  expect((await gateways('approve', process.gatewayId, process.key.verifierKey)).code).toBe(0);
  expect(await process.begin()).toMatchObject({ leaseSeconds: 60 });
});

test('a gateway is retired once it has stopped, and its key cannot be approved again', async () => {
  const process = world.newProcess();
  await process.begin();
  const { gatewayId, key } = process;
  await gateways('approve', gatewayId, key.verifierKey);
  expect(await process.ask()).toMatchObject({ leaseSeconds: 60 });
  const running = await gateways('retire', gatewayId);
  expect([running.code, running.err]).toEqual([3, expect.stringContaining('409')]);
  await process.release();
  expect(await gateways('retire', gatewayId)).toEqual({ code: 0, out: `retired ${gatewayId}\n`, err: '' });
  expect((await gateways('approve', gatewayId, key.verifierKey)).code).toBe(3);
  expect(await world.restarted(process).begin()).toMatchObject({ leaseSeconds: 0, noLease: 'RETIRED' });
});

test('who may not change settings approves nothing', async () => {
  const process = world.newProcess();
  await process.begin();
  const nobody = await runKeyfold(['gateways', 'approve', process.gatewayId, process.key.verifierKey], {
    serviceUrl: world.service.url,
    token: 'nobody',
  });
  expect([nobody.code, nobody.out]).toEqual([3, '']);
});
