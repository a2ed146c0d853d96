import { expect, test } from '@jest/globals';
import { freePort } from '@keyfold/local-servers';
import { ServiceProcess } from '@keyfold/testing/service-process';
import { strike } from './strikes.js';
import type { World } from './world.js';

test('a gateway that cannot be wiped, because Postgres is away, runs on', async () => {
  const process = new ServiceProcess({ service: 'auth-gateway', opsPort: await freePort(), env: {} });
  const databaseUrl = `postgres://127.0.0.1:${await freePort()}/nothing`;
  // all that this fault looks at
  const world = { gateways: [{ id: 'gateway-0', process, databaseUrl }] } as unknown as World;
  const fault = { kind: 'gateway wiped', target: 0, link: 'gateway-nats', delayMs: 0 } as const;
  await expect(strike(world, fault)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(process.life).toBe(1);
  await process.end('SIGKILL');
});

test('a process that is asked to end and ends badly is a problem, and is started again', async () => {
  const lives: string[] = [];
  const process = {
    end: () => Promise.resolve(1),
    start: () => Promise.resolve(void lives.push('started')),
  };
  const world = { gateways: [{ id: 'gateway-0', process }] } as unknown as World; // all that this fault looks at
  const struck = await strike(world, { kind: 'gateway ended in order', target: 0, link: 'gateway-nats', delayMs: 0 });
  await expect(struck.shows?.()).rejects.toThrow('ended with 1');
  await struck.heal();
  expect(lives).toEqual(['started']);
});
