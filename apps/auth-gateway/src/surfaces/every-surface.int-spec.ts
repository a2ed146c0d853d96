import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SURFACES } from '../authentication/verdict.js';
import {
  openEverySurface,
  type Answered,
  type EverySurface,
  type PresentedKey,
} from '../../../../test/support/every-surface.js';
import { startGatewayWorld, type GatewayWorld } from '../../../../test/support/gateway-world.js';

let world: GatewayWorld;
let everywhere: EverySurface;
let limited: PresentedKey;

beforeAll(async () => {
  world = await startGatewayWorld();
  everywhere = await openEverySurface(world);
  const { key } = await world.writer.issue(world.anna, { allowedIpRanges: ['203.0.113.0/24', '2001:db8::/32'] });
  limited = { username: 'anna', key };
  await world.caughtUp(everywhere.gateway);
});
afterAll(async () => {
  await everywhere.close();
  await world.stop();
});

/** Two surfaces answer every question with a body that says it, the others with a status. */
const isAllowed = ({ body, status }: Answered): boolean =>
  body !== null && typeof body === 'object' && 'allowed' in body ? body.allowed === true : status === 200;

test('a cookie of 70 KiB is read on every port; a head of more than 80 KiB is a 431', async () => {
  const { opsUrl, proxyUrl, url } = everywhere.gateway;
  const paths = ['forward-auth', 'auth-request', 'ext-authz/x', 'me', 'token', 'verify'];
  const urls = [...paths.map((path) => `${url}/v1/${path}`), `${proxyUrl ?? ''}/x`, `${opsUrl}/livez`];
  const statuses = (cookieBytes: number): Promise<number[]> =>
    Promise.all(urls.map(async (at) => (await fetch(at, { headers: { cookie: 'c'.repeat(cookieBytes) } })).status));
  expect(await statuses(70 * 1_024)).toEqual([401, 401, 401, 401, 405, 404, 401, 200]);
  expect(await statuses(80 * 1_024)).toEqual(urls.map(() => 431));
});

describe.each(SURFACES)('%s', (surface) => {
  test('reads addresses as proxies and programs write them', async () => {
    const from = async (address: string): Promise<unknown> => [
      address,
      isAllowed(await everywhere.asks[surface](limited, address)),
    ];
    for (const address of [
      '203.0.113.7',
      '203.0.113.7:54321',
      '[2001:db8::7]',
      '[2001:db8::7]:54321',
      '::ffff:203.0.113.7',
    ])
      expect(await from(address)).toEqual([address, true]);
    for (const address of [
      '198.51.100.7:443',
      '[2001:db9::7]:1',
      'unknown',
      'word',
      '203.0.113.7:http',
      '203.0.113.0/24',
    ])
      expect(await from(address)).toEqual([address, false]);
  });
});
