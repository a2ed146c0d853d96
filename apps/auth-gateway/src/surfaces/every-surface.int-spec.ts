import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answered, type EverySurface, openEverySurface, type PresentedKey } from '@keyfold/testing/every-surface';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { rawRequest } from '@keyfold/testing/raw-http';
import { SURFACES } from '../authentication/verdict.js';

let world: GatewayWorld;
let everywhere: EverySurface;
let limited: PresentedKey;
let readOnly: string;

beforeAll(async () => {
  world = await startGatewayWorld();
  everywhere = await openEverySurface(world);
  const { key } = await world.writer.issue(world.anna, { allowedIpRanges: ['203.0.113.0/24', '2001:db8::/32'] });
  limited = { username: 'anna', key };
  readOnly = (await world.writer.issue(world.anna, { readOnly: true })).key;
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

describe('the offer of HTTP/2 that Java’s client and curl --http2 make with every request', () => {
  const offer = [
    'Connection: Upgrade, HTTP2-Settings, close',
    'Upgrade: h2c',
    'HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA',
  ];
  const ask = async (url: string, line: string, fields: string[], body = ''): Promise<number> => {
    const own = [`Host: x`, `Authorization: ${basic('anna', readOnly)}`, `Content-Length: ${body.length}`];
    return (await rawRequest(url, [`${line} HTTP/1.1`, ...own, ...fields], body)).status;
  };

  test('is no upgrade where none is ever made', async () => {
    const { proxyUrl, url } = everywhere.gateway;
    for (const path of ['/v1/me', '/v1/ext-authz/orders'])
      expect([path, await ask(url, `GET ${path}`, offer)]).toEqual([path, 200]);
    expect(await ask(url, 'POST /v1/token', offer)).toBe(200);
    const question = JSON.stringify({ username: 'anna', key: readOnly, method: 'GET' });
    expect(await ask(url, 'POST /v1/verify', ['Content-Type: application/json', ...offer], question)).toBe(200);
    for (const fields of [offer, [...offer, 'Sec-WebSocket-Key: x']])
      expect(await ask(proxyUrl ?? '', 'GET /orders', fields)).toBe(200);
    expect(await ask(proxyUrl ?? '', 'POST /orders', offer, 'a body')).toBe(403);
  });

  test('is one where a proxy asks that may make it, and WebSocket always is', async () => {
    const webSocket = ['Connection: Upgrade, close', 'Upgrade: websocket', 'Sec-WebSocket-Key: x'];
    const told = ['X-Forwarded-Method: GET', 'X-Original-Method: GET'];
    for (const path of ['/v1/forward-auth', '/v1/auth-request'])
      for (const fields of [offer, webSocket])
        expect([path, await ask(everywhere.gateway.url, `GET ${path}`, [...told, ...fields])]).toEqual([path, 403]);
    for (const fields of [
      webSocket,
      [...offer, 'Sec-WebSocket-Key: x'],
      ['Connection: Upgrade, close', 'Upgrade: h2c, websocket'],
    ])
      expect(await ask(everywhere.gateway.url, 'GET /v1/ext-authz/orders', fields)).toBe(403);
    expect(await ask(everywhere.gateway.proxyUrl ?? '', 'GET /orders', webSocket)).toBe(403);
  });
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
