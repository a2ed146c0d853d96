import { describe, expect, test } from '@jest/globals';
import { freePort } from '@keyfold/local-servers';
import { FaultProxy } from '@keyfold/testing/fault-proxy';
import { ServiceProcess } from '@keyfold/testing/service-process';
import type { Fault, FaultKind } from './plan.js';
import { strike } from './strikes.js';
import { frozen } from './strikes/struck.js';
import type { World } from './world.js';

const faultOf = (kind: FaultKind): Fault => ({
  kind,
  target: 0,
  link: 'gateway-nats',
  delayMs: 0,
  strikeAfter: 0,
  healAfter: 0,
});

test('a gateway that cannot be wiped, because Postgres is away, runs on', async () => {
  const process = new ServiceProcess({ service: 'auth-gateway', opsPort: await freePort(), env: {} });
  const databaseUrl = `postgres://127.0.0.1:${await freePort()}/nothing`;
  // all that this fault looks at
  const world = { gateways: [{ id: 'gateway-0', process, databaseUrl }] } as unknown as World;
  await expect(strike(world, faultOf('gateway wiped'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(process.life).toBe(1);
  await process.end('SIGKILL');
});

test('a process that is asked to end and ends badly is a problem, and is started again', async () => {
  const lives: string[] = [];
  const process = {
    end: () => Promise.resolve(1),
    start: () => Promise.resolve(void lives.push('started')),
    pid: 0,
  };
  const world = { gateways: [{ id: 'gateway-0', process }] } as unknown as World; // all that this fault looks at
  const struck = await strike(world, faultOf('gateway ended in order'));
  await expect(struck.shows?.()).rejects.toThrow('ended with 1');
  await struck.heal();
  expect(lives).toEqual(['started']);
});

describe('a fault that meets nothing', () => {
  test('had no effect: a process that does not run', async () => {
    const process = new ServiceProcess({ service: 'auth-gateway', opsPort: await freePort(), env: {} });
    const world = { gateways: [{ id: 'gateway-0', process }] } as unknown as World; // all that this fault looks at
    const struck = await strike(world, faultOf('gateway killed'));
    expect(await struck.hadEffect()).toBe(false);
    expect(await (await frozen([0])).hadEffect()).toBe(false);
  });

  test('had no effect: a link that nobody uses, until somebody does', async () => {
    const link = await FaultProxy.start(await freePort());
    const world = { linksOf: () => [link] } as unknown as World; // all that this fault looks at
    const struck = await strike(world, faultOf('link cut'));
    expect(await struck.hadEffect()).toBe(false);
    await expect(fetch(`http://127.0.0.1:${link.port}`)).rejects.toThrow();
    expect(await struck.hadEffect()).toBe(true);
    await struck.heal();
    await link.stop();
  });
});
