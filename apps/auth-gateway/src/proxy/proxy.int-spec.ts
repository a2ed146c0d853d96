import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { eventually } from '@keyfold/testing/eventually';
import type { TestApiKey } from '@keyfold/testing/log-writer';
import { basic, type ProxiedGateway, startProxiedGateway } from '@keyfold/testing/proxied-gateway';
import { RawConnection, startRawUpstream } from '@keyfold/testing/test-upstream';

let world: ProxiedGateway;
let key: TestApiKey;
let readOnly: TestApiKey;
let authorization: string;

beforeAll(async () => {
  world = await startProxiedGateway();
  key = await world.writer.issue(world.anna, { name: 'zapier', scopes: ['read:all'] });
  readOnly = await world.writer.issue(world.anna, { readOnly: true });
  authorization = basic('anna', key.key);
  await world.caughtUp();
});

afterAll(() => world.close());

const ask = (
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
): Promise<Response> => fetch(world.proxyUrl + path, { ...init, headers: { authorization, ...init.headers } });

/** Sends bytes as they are; resolves with everything once the proxy has closed the connection. */
async function exchange(bytes: string, url = world.proxyUrl): Promise<string> {
  const connection = await RawConnection.open(url, bytes);
  await eventually(() => connection.isClosed);
  return connection.text;
}

const rawRequest = (line: string, ...fields: string[]): string =>
  [line, 'Host: proxy', `Authorization: ${authorization}`, ...fields, '', ''].join('\r\n');

const seenFields = (): Map<string, string[]> => {
  const fields = new Map<string, string[]>();
  for (const [name, value] of world.upstream.seen.at(-1)?.fields ?? [])
    fields.set(name.toLowerCase(), [...(fields.get(name.toLowerCase()) ?? []), value]);
  return fields;
};

describe('what the upstream gets of an allowed request', () => {
  test('all identity headers and an assertion, but not the key', async () => {
    const response = await ask('/reports?x=1', { method: 'POST', body: 'a body' });
    expect(await response.text()).toBe('ok');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const seen = world.upstream.seen.at(-1);
    expect(seen).toMatchObject({ method: 'POST', url: '/reports?x=1', body: 'a body' });
    expect(JSON.stringify(seen)).not.toContain(key.secret);
    const fields = seenFields();
    expect(fields.get('authorization')).toBeUndefined();
    expect(Object.fromEntries(fields)).toMatchObject({
      host: [new URL(world.upstream.url).host],
      'remote-user': ['anna'],
      'x-keyfold-user-id': [world.anna.userId],
      'x-keyfold-key-id': [key.keyId],
      'x-keyfold-roles': ['API Key Sign In'],
      'x-keyfold-scopes': ['read:all'],
      'x-keyfold-position': [String(world.gateway.parts.facts.appliedSize)],
      'x-forwarded-for': ['127.0.0.1'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-host': [new URL(world.proxyUrl).host],
      'x-request-id': [response.headers.get('x-request-id')],
    });
  });

  test('the assertion is signed by a published key, for this upstream, and ends within the lease', async () => {
    await ask('/');
    const [assertion = ''] = seenFields().get('x-keyfold-assertion') ?? [];
    const published = (await (await fetch(`${world.gateway.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
    const { payload, protectedHeader } = await jwtVerify(assertion, createLocalJWKSet(published), {
      audience: world.upstream.url,
    });
    expect(protectedHeader.alg).toBe('EdDSA');
    expect(payload).toMatchObject({ sub: world.anna.userId, username: 'anna', keyId: key.keyId, readOnly: false });
    expect((payload.exp ?? 0) - Date.now() / 1_000).toBeLessThanOrEqual(61);
  });

  test('nothing of identity or way that the client made up', async () => {
    await exchange(
      rawRequest(
        'GET / HTTP/1.1',
        ...['Remote-User: admin', 'remote_user: admin', 'REMOTE.USER: admin', 'X_Keyfold_User-Id: 1'],
        ...['x-keyfold-assertion: e30.e30.', 'X-Keyfold-Scopes: admin', 'X-Keyfold-Scopes: more'],
        ...[
          'X-Forwarded-For: 10.0.0.1',
          'x_forwarded_host: evil',
          'X-Forwarded-Proto: https',
          'Forwarded: for=1.2.3.4',
        ],
        ...['X-Real-IP: 10.0.0.1', 'X-Original-URL: /admin', 'X-Request-Id: mine', 'Cookie: kept=1'],
        'Connection: close',
      ),
    );
    const fields = seenFields();
    expect(fields.get('remote-user')).toEqual(['anna']);
    expect(fields.get('x-keyfold-user-id')).toEqual([world.anna.userId]);
    expect(fields.get('x-keyfold-scopes')).toEqual(['read:all']);
    expect(fields.get('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(fields.get('x-forwarded-host')).toEqual(['proxy']);
    expect(fields.get('x-forwarded-proto')).toEqual(['http']);
    expect(fields.get('cookie')).toEqual(['kept=1']);
    const odd = [...fields.keys()].filter((name) => /[_.]|^forwarded$|real-ip|original/.test(name));
    expect(odd).toEqual([]);
    expect(JSON.stringify([...fields])).not.toContain('mine');
  });

  test('our headers, whatever Connection lists, and not what it lists', async () => {
    const listed = 'close, Remote-User, X-Keyfold-User-Id, X-Keyfold-Assertion, X-Forwarded-For, Authorization, X-Mine';
    const answer = await exchange(
      rawRequest('GET / HTTP/1.1', 'X-Mine: 1', 'Keep-Alive: 5', 'TE: trailers', `Connection: ${listed}`),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const fields = seenFields();
    expect(fields.get('remote-user')).toEqual(['anna']);
    expect(fields.get('x-forwarded-for')).toEqual(['127.0.0.1']);
    for (const name of ['x-keyfold-user-id', 'x-keyfold-assertion']) expect(fields.get(name)).toHaveLength(1);
    for (const name of ['x-mine', 'te', 'keep-alive', 'authorization']) expect(fields.get(name)).toBeUndefined();
  });

  test('HTTP/2 is not passed on: the request goes its usual way, also with a key that may only read', async () => {
    const bytes = rawRequest(
      'GET / HTTP/1.1',
      'Connection: Upgrade, HTTP2-Settings, close',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQ',
    );
    expect(await exchange(bytes.replace(authorization, basic('anna', readOnly.key)))).toMatch(/^HTTP\/1\.1 200 /);
    const fields = seenFields();
    for (const name of ['upgrade', 'http2-settings']) expect(fields.get(name)).toBeUndefined();
  });

  test('bodies with and without a length, and 100-continue only for those let in', async () => {
    const body = 'x'.repeat(3_000_000);
    expect(await (await ask('/upload', { method: 'PUT', body })).text()).toBe('3000000');
    const chunked = rawRequest('POST /upload HTTP/1.1', 'Transfer-Encoding: chunked', 'Connection: close');
    expect(await exchange(`${chunked}5\r\nabcde\r\n0\r\n\r\n`)).toMatch(/\r\n\r\n1\r\n5\r\n0\r\n\r\n$|\r\n\r\n5$/);
    const expecting = ['Content-Length: 5', 'Expect: 100-continue', 'Connection: close'];
    const refused = await exchange(rawRequest('POST /upload HTTP/1.1', ...expecting).replace(authorization, 'Basic x'));
    expect(refused).toMatch(/^HTTP\/1\.1 401 /);
    const connection = await RawConnection.open(world.proxyUrl, rawRequest('POST /upload HTTP/1.1', ...expecting));
    await eventually(() => connection.text.startsWith('HTTP/1.1 100 Continue'));
    connection.socket.write('abcde');
    await eventually(() => connection.isClosed);
    expect(connection.text).toMatch(/HTTP\/1\.1 200 [\s\S]*5$/);
  });
});

test('behind a trusted proxy the client is whom that proxy names, for the limits and for the upstream', async () => {
  const limited = await world.writer.issue(world.anna, { allowedIpRanges: ['203.0.113.0/24'] });
  await world.caughtUp();
  const proxy = await world.proxyBefore(world.upstream.url, { trusted: ['127.0.0.1'] });
  const from = async (forwardedFor: string, url = proxy.url, told: Record<string, string> = {}): Promise<number> => {
    const fields = {
      'x-forwarded-for': forwardedFor,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'reports.example',
      ...told,
    };
    const response = await fetch(url, { headers: { ...fields, authorization: basic('anna', limited.key) } });
    await response.arrayBuffer();
    return response.status;
  };
  expect(await from('10.9.9.9, 203.0.113.9')).toBe(200);
  const fields = seenFields();
  expect(fields.get('x-forwarded-for')).toEqual(['203.0.113.9, 127.0.0.1']);
  expect(fields.get('x-forwarded-proto')).toEqual(['https']);
  expect(fields.get('x-forwarded-host')).toEqual(['reports.example']);
  expect(await from('203.0.113.9, 10.9.9.9')).toBe(403);
  expect(await from('203.0.113.9', world.proxyUrl)).toBe(403);
  // Each proxy adds an entry to the right, and of a WebSocket the scheme is wss.
  for (const [forwardedFor, proto] of [
    ['203.0.113.9:4711', 'https, https'],
    ['203.0.113.9', 'wss'],
    ['203.0.113.9, 127.0.0.1:443', 'https, http'],
  ] as const) {
    const told = { 'x-forwarded-proto': proto, 'x-forwarded-host': 'made-up.example, reports.example, inner.example' };
    expect(await from(forwardedFor, proxy.url, told)).toBe(200);
    expect(seenFields().get('x-forwarded-for')).toEqual(['203.0.113.9, 127.0.0.1']);
    expect(seenFields().get('x-forwarded-proto')).toEqual(['https']);
    const host = forwardedFor.includes(',') ? 'reports.example' : 'inner.example';
    expect(seenFields().get('x-forwarded-host')).toEqual([host]);
  }
  await proxy.close();
});

test('answers come back byte for byte, short and long, with a length and without', async () => {
  const every = Buffer.from(Array.from({ length: 256 }, (_unused, at) => at));
  for (const times of [1, 64, 4_000])
    for (const hasLength of [true, false]) {
      const sent = Buffer.concat(Array.from({ length: times }, () => every));
      world.upstream.answer = (_request, response) => {
        response.writeHead(200, hasLength ? { 'content-length': sent.byteLength } : {});
        response.end(sent);
      };
      const got = Buffer.from(await (await ask('/')).arrayBuffer());
      expect(got.equals(sent)).toBe(true);
    }
});

test('long heads pass both ways: 70 KiB of a request, 60 KiB of an answer, also to an upgrade', async () => {
  const cookie = 'c'.repeat(70 * 1_024);
  const get = (...fields: string[]): Promise<string> =>
    exchange(rawRequest('GET / HTTP/1.1', 'Connection: close', ...fields));
  const answering = (bytes: number): void => {
    world.upstream.answer = (_request, response) => response.setHeader('x-long', 'l'.repeat(bytes)).end('ok');
  };
  answering(60 * 1_024);
  expect(await get(`Cookie: ${cookie}`)).toMatch(/^HTTP\/1\.1 200 [^]*x-long: l{61440}\r/);
  expect(seenFields().get('cookie')).toEqual([cookie]);
  expect(await get(`Cookie: ${cookie}${cookie}`)).toMatch(/^HTTP\/1\.1 431 /);
  answering(64 * 1_024);
  expect(await get()).toMatch(/^HTTP\/1\.1 502 /);
  answering(1);
  const upstream = await startRawUpstream((socket) =>
    socket.end(`HTTP/1.1 426 Upgrade Required\r\nX-Long: ${'l'.repeat(60 * 1_024)}\r\nContent-Length: 0\r\n\r\n`),
  );
  const proxy = await world.proxyBefore(upstream.url);
  const upgrade = rawRequest('GET /ws HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
  expect(await exchange(upgrade, proxy.url)).toMatch(/^HTTP\/1\.1 426 /);
  await proxy.close();
  await upstream.close();
});

describe('what never reaches the upstream', () => {
  test.each([
    ['no key', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 401],
    ['a path that is not canonical', 'GET /a/../b HTTP/1.1', 400],
    ['an escaped slash', 'GET /a%2fb HTTP/1.1', 400],
    ['absolute form', 'GET http://other/ HTTP/1.1', 400],
    ['TRACE', 'TRACE / HTTP/1.1', 405],
    ['CONNECT', 'CONNECT other:443 HTTP/1.1', 405],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: y', 400],
    ['two Authorizations', 'GET / HTTP/1.1\r\nAuthorization: Basic eDp5', 400],
    ['both framings', 'POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4', 400],
    ['a framing that is none', 'POST / HTTP/1.1\r\nTransfer-Encoding: xchunked', 400],
    ['a version that no server speaks in lines', 'GET / HTTP/2.0', 400],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['a folded field', 'GET / HTTP/1.1\r\nX-A: b\r\n c', 400],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nX-A : b', 400],
    [
      'an upgrade with a body',
      'POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3',
      400,
    ],
    ['a scope that the key does not have', 'GET /?scopes=write HTTP/1.1', 403],
    ['an expectation that nobody knows', 'GET / HTTP/1.1\r\nExpect: more', 400],
  ])('%s', async (_name, line, status) => {
    const { length } = world.upstream.seen;
    const bytes = line.endsWith('\r\n\r\n')
      ? line.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
      : rawRequest(line, 'Connection: close');
    const answer = await exchange(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.toLowerCase()).toContain('x-request-id: ');
    expect(answer).toContain('application/problem+json');
    expect(world.upstream.seen).toHaveLength(length);
  });

  test('what follows a body in a coding that nobody takes apart is not read', async () => {
    const post = rawRequest('POST / HTTP/1.1', 'Transfer-Encoding: gzip, chunked');
    const text = await exchange(`${post}0\r\n\r\n${rawRequest('GET /smuggled HTTP/1.1')}`);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  test('writing and upgrades with a key that may only read', async () => {
    const own = { authorization: basic('anna', readOnly.key) };
    expect((await ask('/', { headers: own })).status).toBe(200);
    expect((await ask('/', { headers: own, method: 'DELETE' })).status).toBe(403);
    expect((await ask('/', { headers: { ...own, 'x-http-method-override': 'DELETE' } })).status).toBe(200);
    expect(seenFields().get('x-http-method-override')).toBeUndefined();
    const upgrade = rawRequest('GET /ws HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    const { length } = world.upstream.seen;
    expect(await exchange(upgrade.replace(authorization, own.authorization))).toMatch(
      /^HTTP\/1\.1 403 [\s\S]*READ_ONLY/,
    );
    expect(world.upstream.seen).toHaveLength(length);
  });

  test('everybody who may not sign in gets the answer of the other surfaces', async () => {
    const [here, there] = await Promise.all([fetch(`${world.proxyUrl}/x`), fetch(`${world.gateway.url}/v1/me`)]);
    const fields = (response: Response): unknown =>
      [...response.headers].filter(([name]) => !['date', 'x-request-id', 'keep-alive'].includes(name));
    expect([here.status, await here.text(), fields(here)]).toEqual([there.status, await there.text(), fields(there)]);
  });
});

describe('an upstream that misbehaves', () => {
  const framed = (fields: string, body = ''): string => `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n${body}`;

  async function before(answer: string, bytes = rawRequest('GET / HTTP/1.1', 'Connection: close')): Promise<string> {
    const upstream = await startRawUpstream((socket) => socket.end(answer));
    const proxy = await world.proxyBefore(upstream.url);
    const text = await exchange(bytes, proxy.url);
    await proxy.close();
    await upstream.close();
    return text;
  }

  test.each([
    ['two lengths', framed('Content-Length: 1\r\nContent-Length: 2', 'ab')],
    ['the same length twice', framed('Content-Length: 2\r\nContent-Length: 2', 'ab')],
    ['both framings', framed('Content-Length: 1\r\nTransfer-Encoding: chunked', '0\r\n\r\n')],
    ['a length that is none', framed('Content-Length: 1x', 'a')],
    ['a NUL in a value', framed('X-A: b\0c\r\nContent-Length: 0')],
    ['a blank before the colon', framed('X-A : b\r\nContent-Length: 0')],
    ['a lone line feed', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    [
      'a change of protocol that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
    ],
    ['no HTTP', 'hello\r\n\r\n'],
    ['nothing', ''],
  ])('%s is a 502 that says nothing of it', async (_name, answer) => {
    const text = await before(answer);
    expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway/);
    expect(text).toMatch(/"code":"UPSTREAM_FAILED"/);
    expect(text).not.toMatch(/127\.0\.0\.1|HPE|UND|socket/i);
  });

  test('a folded field is refused or becomes one line', async () => {
    const text = await before(framed('X-A: b\r\n Remote-User: admin\r\nContent-Length: 2', 'ok'));
    expect(text).not.toMatch(/^\s*Remote-User/im);
  });

  test('an answer that ends too soon ends too soon for the client too', async () => {
    const text = await before(framed('Content-Length: 10', 'abc'));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).not.toContain('UPSTREAM');
  });

  test('one that is not there is a 502, one that says nothing a 504', async () => {
    const gone = await startRawUpstream(() => undefined);
    await gone.close();
    const silent = await startRawUpstream(() => undefined);
    const proxies = await Promise.all([world.proxyBefore(gone.url), world.proxyBefore(silent.url)]);
    const upgrade = rawRequest('GET / HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    for (const bytes of [rawRequest('POST / HTTP/1.1', 'Content-Length: 2', 'Connection: close') + 'ab', upgrade]) {
      expect(await exchange(bytes, proxies[0].url)).toMatch(/^HTTP\/1\.1 502 [\s\S]*UPSTREAM_FAILED/);
      expect(await exchange(bytes, proxies[1].url)).toMatch(/^HTTP\/1\.1 504 [\s\S]*UPSTREAM_TIMEOUT/);
    }
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await silent.close();
  });

  test('what it says before and after its answer goes no further, identity least of all', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nRemote-User: admin\r\nLink: </a>\r\n\r\n';
    const late = 'Transfer-Encoding: chunked\r\nTrailer: Remote-User';
    const text = await before(`${early}${framed(late, '2\r\nok\r\n0\r\nRemote-User: admin\r\n\r\n')}`);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(text).not.toMatch(/remote-user|link/i);
    expect(text).toContain('ok');
  });

  test('where a redirect leads is the client’s to find out, and no client says which host is asked', async () => {
    world.upstream.answer = (_request, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:1/internal', 'set-cookie': ['a=1', 'b=2'] }).end();
    };
    const { length } = world.upstream.seen;
    const answer = await exchange(
      rawRequest('GET / HTTP/1.1', 'Connection: close').replace('Host: proxy', 'Host: 127.0.0.1:1'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 307 /);
    expect(answer).toMatch(/location: http:\/\/127\.0\.0\.1:1\/internal\r\n/);
    expect(answer.match(/set-cookie: \w=\d/g)).toEqual(['set-cookie: a=1', 'set-cookie: b=2']);
    expect(world.upstream.seen).toHaveLength(length + 1);
    expect(seenFields().get('host')).toEqual([new URL(world.upstream.url).host]);
  });

  test('identity is not the upstream’s to claim in answers', async () => {
    world.upstream.answer = (_request, response) => {
      response.writeHead(200, {
        'remote-user': 'admin',
        X_Keyfold_User_Id: '1',
        'x-request-id': 'theirs',
        etag: '"1"',
      });
      response.end('ok');
    };
    const response = await ask('/');
    expect([...response.headers.keys()].filter((name) => /remote|keyfold/.test(name))).toEqual([]);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{24}-[0-9a-f]{8}$/);
    expect(response.headers.get('etag')).toBe('"1"');
  });
});
