import 'reflect-metadata';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import { basic, type ProxiedGateway, startProxiedGateway } from '@keyfold/testing/proxied-gateway';
import { rawRequest } from '@keyfold/testing/raw-http';
import { RawConnection, type SeenRequest, startRawUpstream } from '@keyfold/testing/test-upstream';

let world: ProxiedGateway;
let allOn: TestAuthGateway;
let authorization: string;

beforeAll(async () => {
  world = await startProxiedGateway();
  allOn = await world.anotherGateway({
    KEYFOLD_GATEWAY_ID: 'all-on',
    KEYFOLD_PROXY_PRESERVE_HOST: 'true',
    KEYFOLD_PROXY_ALLOW_PREFLIGHT: 'true',
    KEYFOLD_PROXY_ENCODED_SLASH: 'pass',
  });
  authorization = `Authorization: ${basic('anna', (await world.writer.issue(world.anna)).key)}`;
  await world.caughtUp();
  await world.caughtUp(allOn);
});
afterAll(async () => {
  await allOn.close();
  await world.close();
});

interface Outcome {
  readonly status: number;
  /** What the upstream has seen of it. */
  readonly seen: readonly SeenRequest[];
}

/** Asks the proxy with every option, or the one with none. */
async function ask(
  requestLine: string,
  fields: readonly string[],
  { url = allOn.proxyUrl ?? '', body = '' } = {},
): Promise<Outcome> {
  world.upstream.seen.length = 0;
  const head = [`${requestLine} HTTP/1.1`, ...fields];
  const { status } = await rawRequest(url, [...head, 'Connection: close'], body);
  return { status, seen: [...world.upstream.seen] };
}

const valuesOf = (request: SeenRequest | undefined, name: string): string[] =>
  (request?.fields ?? []).flatMap(([field, value]) => (field.toLowerCase() === name ? [value] : []));

describe('KEYFOLD_PROXY_PRESERVE_HOST', () => {
  test('gives the service the host that the client asked for, where it is compared with Origin', async () => {
    const fields = ['Host: chat.example:8443', authorization];
    expect(valuesOf((await ask('GET /', fields)).seen[0], 'host')).toEqual(['chat.example:8443']);
    const upstreamHost = new URL(world.upstream.url).host;
    const { seen } = await ask('GET /', fields, { url: world.proxyUrl });
    expect(valuesOf(seen[0], 'host')).toEqual([upstreamHost]);
    world.upstream.seen.length = 0;
    const upgrade = [
      'GET /ws HTTP/1.1',
      ...fields,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Origin: https://chat.example:8443',
    ];
    const connection = await RawConnection.open(allOn.proxyUrl ?? '', `${upgrade.join('\r\n')}\r\n\r\n`);
    await eventually(() => connection.text.startsWith('HTTP/1.1 101'));
    connection.socket.destroy();
    expect(valuesOf(world.upstream.seen[0], 'host')).toEqual(['chat.example:8443']);
  });

  test('behind a trusted proxy it is the one of X-Forwarded-Host, and without any the service’s own', async () => {
    const proxy = await world.proxyBefore(world.upstream.url, { preservesHost: true, trusted: ['127.0.0.1'] });
    const hosts = async (...fields: string[]): Promise<string[]> =>
      valuesOf((await ask('GET /', [...fields, authorization], { url: proxy.url })).seen[0], 'host');
    expect(await hosts('Host: inner', 'X-Forwarded-Host: chat.example')).toEqual(['chat.example']);
    expect(await hosts('Host: inner')).toEqual(['inner']);
    expect(await hosts('Host: inner', 'X-Forwarded-Host: a b')).toEqual([new URL(world.upstream.url).host]);
    await proxy.close();
  });

  test('a service by https is known by its own name, whatever host is asked for', async () => {
    const names: string[] = [];
    const server = createServer({
      SNICallback: (name, done) => {
        names.push(name);
        done(new Error('no certificate'));
      },
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const upstreamUrl = `https://localhost:${(server.address() as AddressInfo).port}`;
    const proxy = await world.proxyBefore(upstreamUrl, { preservesHost: true });
    for (const more of [[], ['Connection: Upgrade', 'Upgrade: websocket']])
      expect(
        (await rawRequest(proxy.url, ['GET / HTTP/1.1', 'Host: other.example', authorization, ...more])).status,
      ).toBe(502);
    expect(new Set(names)).toEqual(new Set(['localhost']));
    await proxy.close();
    server.close();
  });
});

describe('KEYFOLD_PROXY_ALLOW_PREFLIGHT', () => {
  const preflight = [
    'Host: x',
    'Origin: https://page.example',
    'Access-Control-Request-Method: PUT',
    'Access-Control-Request-Headers: authorization',
  ];

  test('lets a preflight pass, as nobody, and only where it is on', async () => {
    const forged = [
      'Remote-User: admin',
      'X-Keyfold-User-Id: 1',
      'X-Keyfold-Assertion: e30',
      'X-Forwarded-For: 10.0.0.1',
      'X-HTTP-Method-Override: DELETE',
    ];
    const { seen, status } = await ask('OPTIONS /orders?a=b', [...preflight, ...forged]);
    expect([status, seen.length, seen[0]?.method, seen[0]?.url]).toEqual([200, 1, 'OPTIONS', '/orders?a=b']);
    expect(valuesOf(seen[0], 'origin')).toEqual(['https://page.example']);
    expect(valuesOf(seen[0], 'access-control-request-method')).toEqual(['PUT']);
    expect(valuesOf(seen[0], 'x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(
      seen[0]?.fields.filter(([name]) => /^(?:remote-|x-keyfold-|x-http-method|authorization)/i.test(name)),
    ).toEqual([]);
    expect(await ask('OPTIONS /orders', preflight, { url: world.proxyUrl })).toEqual({ status: 401, seen: [] });
  });

  test.each([
    ['another method', 'GET', preflight, ''],
    ['no Origin', 'OPTIONS', preflight.filter((field) => !field.startsWith('Origin')), ''],
    ['no method asked for', 'OPTIONS', preflight.filter((field) => !field.includes('-Method:')), ''],
    ['a method that is none', 'OPTIONS', preflight.map((field) => field.replace('PUT', 'P T')), ''],
    ['credentials that are wrong', 'OPTIONS', [...preflight, `Authorization: ${basic('anna', 'x')}`], ''],
    ['a cookie', 'OPTIONS', [...preflight, 'Cookie: session=1'], ''],
    ['a body', 'OPTIONS', [...preflight, 'Content-Length: 3'], 'abc'],
    ['an upgrade', 'OPTIONS', [...preflight, 'Connection: Upgrade', 'Upgrade: websocket'], ''],
  ])('%s makes it an ordinary request', async (_what, method, fields, body) => {
    expect(await ask(`${method} /orders`, fields, { body })).toEqual({ status: 401, seen: [] });
  });

  test('a path must be canonical all the same', async () => {
    expect(await ask('OPTIONS /a/../orders', preflight)).toEqual({ status: 400, seen: [] });
  });

  test('all preflights together have the places of one key', async () => {
    const proxy = await world.proxyBefore(world.upstream.url, { allowsPreflight: true, maxOpenPerKey: 1 });
    const open = await RawConnection.open(proxy.url, `${['OPTIONS /sse HTTP/1.1', ...preflight].join('\r\n')}\r\n\r\n`);
    await eventually(() => open.text.includes('data: 1'));
    expect((await ask('OPTIONS /', preflight, { url: proxy.url })).status).toBe(503);
    expect((await ask('GET /', ['Host: x', authorization], { url: proxy.url })).status).toBe(200);
    open.socket.destroy();
    await eventually(async () => (await ask('OPTIONS /', preflight, { url: proxy.url })).status === 200);
    await proxy.close();
  });
});

describe('KEYFOLD_PROXY_ENCODED_SLASH', () => {
  test('pass: an escaped slash goes on as it is, and leads nowhere else', async () => {
    for (const path of ['/api/queues/%2F/orders', '/api/v4/projects/group%2Fproject', '/a%2fb', '/%2F']) {
      const { seen, status } = await ask(`GET ${path}`, ['Host: x', authorization]);
      expect([path, status, seen[0]?.url]).toEqual([path, 200, path]);
      expect((await ask(`GET ${path}`, ['Host: x', authorization], { url: world.proxyUrl })).status).toBe(400);
    }
    for (const path of ['/public/..%2Fadmin', '/public%2F..%2Fadmin', '/a%5Cb', '/a%252Fb', '//a'])
      expect(await ask(`GET ${path}`, ['Host: x', authorization])).toEqual({ status: 400, seen: [] });
  });
});

test('KEYFOLD_PROXY_UPSTREAM_TIMEOUT_SECONDS: a service that does not begin its answer in that time is a 504', async () => {
  const silent = await startRawUpstream(() => undefined);
  const env = {
    KEYFOLD_GATEWAY_ID: 'impatient',
    KEYFOLD_UPSTREAM_URL: silent.url,
    KEYFOLD_PROXY_UPSTREAM_TIMEOUT_SECONDS: '1',
  };
  const impatient = await world.anotherGateway(env);
  await world.caughtUp(impatient);
  for (const more of [[], ['Connection: Upgrade', 'Upgrade: websocket']]) {
    const { body, status } = await rawRequest(impatient.proxyUrl ?? '', [
      'GET / HTTP/1.1',
      'Host: x',
      authorization,
      ...more,
    ]);
    expect([status, body]).toEqual([504, expect.stringContaining('UPSTREAM_TIMEOUT')]);
  }
  await impatient.close();
  await silent.close();
});

test.each([
  ['KEYFOLD_PROXY_PRESERVE_HOST', 'yes'],
  ['KEYFOLD_PROXY_ALLOW_PREFLIGHT', '1'],
  ['KEYFOLD_PROXY_ENCODED_SLASH', 'decode'],
  ['KEYFOLD_PROXY_UPSTREAM_TIMEOUT_SECONDS', '0'],
  ['KEYFOLD_PROXY_UPSTREAM_TIMEOUT_SECONDS', '86401'],
])('%s=%s ends the start with a sentence that names it', async (name, value) => {
  await expect(world.anotherGateway({ [name]: value })).rejects.toThrow(`${name}: must be`);
});
