import 'reflect-metadata';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';

let world: GatewayWorld;
let dataDir: string;
let key: string;

beforeAll(async () => {
  world = await startGatewayWorld();
  key = (await world.writer.issue(world.anna)).key;
  dataDir = await mkdtemp(join(tmpdir(), 'keyfold-gateway-'));
});
afterAll(async () => {
  await world.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function lease(gateway: TestAuthGateway): Promise<string> {
  const { checks } = (await (await fetch(`${gateway.opsUrl}/readyz`)).json()) as {
    checks: { lease: { ok: boolean; detail?: string } };
  };
  return checks.lease.ok ? 'held' : (checks.lease.detail ?? '');
}

/** Status for a key that passes with a lease, and for one that has no valid tag. */
async function answers(gateway: TestAuthGateway): Promise<readonly [number, number]> {
  const [good, bad] = await Promise.all(
    [key, `${key}x`].map((password) =>
      fetch(`${gateway.url}/v1/forward-auth`, { headers: { authorization: basic('anna', password) } }),
    ),
  );
  return [good?.status ?? 0, bad?.status ?? 0];
}

test('of two processes with the same key one has a lease, and the other one when that has ended', async () => {
  const first = await world.gateway({ dataDir, gatewayId: 'twice' });
  await world.caughtUp(first);
  const second = await world.gateway({ dataDir, gatewayId: 'twice' });
  // It follows the log by heads as everybody does, and they offer leases.
  await eventually(() => second.parts.facts.appliedSize === first.parts.facts.appliedSize);
  const heads = second.parts.freshness.knownHeadSize;
  expect(heads).toBe(first.parts.facts.appliedSize);
  await world.writer.user('berta', []);
  await eventually(() => second.parts.freshness.knownHeadSize > heads);
  expect(await answers(second)).toEqual([503, 401]);
  expect(await lease(second)).toMatch(/^KEY_IN_USE: .*process-twice-0\.lock is locked/);
  const metrics = await (await fetch(`${second.opsUrl}/metrics`)).text();
  expect(metrics).toContain('keyfold_gateway_processes_without_lease{reason="KEY_IN_USE"} 1');
  expect(metrics).toContain('keyfold_gateway_cosigned_position 0');
  expect(await answers(first)).toEqual([200, 401]);
  await first.close();
  await eventually(async () => (await lease(second)) === 'held');
  expect(await answers(second)).toEqual([200, 401]);
  expect(await (await fetch(`${second.opsUrl}/metrics`)).text()).not.toContain('processes_without_lease{');
});

test('a damaged key leaves the gateway running without a lease until the file is gone', async () => {
  const path = join(dataDir, 'process-damaged-0.key');
  await writeFile(path, 'PRIVATE+KEY+half');
  const gateway = await world.gateway({ dataDir, gatewayId: 'damaged' });
  await eventually(() => gateway.parts.freshness.knownHeadSize > 0);
  expect(await answers(gateway)).toEqual([503, 401]);
  expect(await lease(gateway)).toMatch(
    /^KEY_DAMAGED: .*process-damaged-0\.key does not hold a whole key; remove the file/,
  );
  expect(gateway.lines.filter((line) => line.includes('KEY_DAMAGED'))).toHaveLength(1);
  await rm(path);
  await eventually(async () => (await lease(gateway)) === 'held');
  const secret = (await readFile(path, 'utf8')).trim().split('+').slice(4).join('+');
  expect(secret).toHaveLength(44);
  expect(gateway.lines.join()).not.toContain(secret);
});
