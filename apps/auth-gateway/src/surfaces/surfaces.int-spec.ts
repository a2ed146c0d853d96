import 'reflect-metadata';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import type { TestApiKey } from '@keyfold/testing/log-writer';
import { type RawAnswer, rawRequest } from '@keyfold/testing/raw-http';

const FORWARD_AUTH = '/v1/forward-auth';
const AUTH_REQUEST = '/v1/auth-request';
const EXT_AUTHZ = '/v1/ext-authz/orders/7?a=b';
const IDENTITY_HEADERS = [
  'remote-user',
  'x-keyfold-user-id',
  'x-keyfold-key-id',
  'x-keyfold-roles',
  'x-keyfold-scopes',
  'x-keyfold-position',
];

let world: GatewayWorld;
/** Believes what this machine says of others. */
let gateway: TestAuthGateway;
/** Believes nobody. */
let strict: TestAuthGateway;
/** Reaches no log, so it holds no lease. */
let stale: TestAuthGateway;
let key: TestApiKey;
/** Read-only, from one network, with one scope. */
let limited: TestApiKey;
let authorization: string;
let limitedAuthorization: string;

beforeAll(async () => {
  world = await startGatewayWorld();
  const { writer, anna } = world;
  gateway = await world.gateway({ trustedProxies: '127.0.0.1' });
  strict = await world.gateway({ gatewayId: 'strict' });
  stale = await world.gateway({ gatewayId: 'stale', natsUrl: '', adminInternalUrl: 'http://127.0.0.1:9' });
  key = await writer.issue(anna);
  limited = await writer.issue(anna, { readOnly: true, allowedIpRanges: ['10.1.0.0/16'], scopes: ['read'] });
  authorization = basic('anna', key.key);
  limitedAuthorization = basic('anna', limited.key);
  await world.caughtUp(gateway);
  await world.caughtUp(strict);
});

afterAll(async () => {
  await world.stop();
});

/** Sends what fetch would not: any method that Node's parser knows, headers as they are. */
function send(
  path: string,
  options: { at?: TestAuthGateway; method?: string; headers?: Record<string, string | string[]>; body?: string } = {},
): Promise<RawAnswer> {
  const { at = gateway, method = 'GET', headers = {}, body = '' } = options;
  return new Promise((resolve, reject) => {
    const sent = request(at.url + path, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body: text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const codeOf = (answer: RawAnswer): string =>
  answer.status === 200 ? 'allowed' : (JSON.parse(answer.body) as { code: string }).code;

function raw(path: string, fields: string[], at: TestAuthGateway = gateway, method = 'GET'): Promise<RawAnswer> {
  return rawRequest(at.url, [`${method} ${path} HTTP/1.1`, 'Connection: close', ...fields]);
}

describe('every surface of a proxy', () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'M-SEARCH', 'QUERY'];

  test.each([FORWARD_AUTH, AUTH_REQUEST, EXT_AUTHZ])('%s allows by exactly 200, by any method', async (path) => {
    for (const method of methods) {
      const answer = await send(path, { method, headers: { authorization } });
      expect([method, answer.status, answer.body]).toEqual([method, 200, '']);
      for (const name of IDENTITY_HEADERS)
        expect([name, answer.headers[name]]).toEqual([name, expect.stringMatching(/./)]);
      expect(answer.headers).toMatchObject({
        'remote-user': 'anna',
        'x-keyfold-key-id': key.keyId,
        'x-keyfold-roles': 'API Key Sign In',
        'x-keyfold-scopes': '-',
        'content-length': '0',
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^[0-9a-f]{24}-[0-9a-f]{8}$/),
      });
    }
  });

  test.each([FORWARD_AUTH, AUTH_REQUEST, EXT_AUTHZ, '/v1/me'])('%s has the one 401', async (path) => {
    const reference = await send(FORWARD_AUTH);
    const shown = ({ status, headers, body }: RawAnswer): object => ({
      status,
      body,
      headers: { ...headers, date: '', 'x-request-id': '' },
    });
    for (const value of [undefined, 'Basic', 'Basic !', 'Bearer x', basic('anna', 'x'), basic('bob', key.key)]) {
      const answer = await send(path, { headers: value === undefined ? {} : { authorization: value } });
      expect(shown(answer)).toEqual(shown(reference));
    }
    expect(reference.status).toBe(401);
    expect(reference.headers['www-authenticate']).toBe('Basic realm="Keyfold", charset="UTF-8"');
  });

  test.each([FORWARD_AUTH, AUTH_REQUEST, EXT_AUTHZ, '/v1/me', '/v1/token', '/v1/verify', '/none'])(
    '%s answers TRACE and CONNECT 405',
    async (path) => {
      for (const method of ['TRACE', 'CONNECT']) {
        const answer = await raw(path, ['Host: x', `Authorization: ${authorization}`], gateway, method);
        expect([method, answer.status]).toEqual([method, 405]);
        expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-request-id': expect.any(String) });
      }
      expect((await raw('example.org:443', ['Host: example.org:443'], gateway, 'CONNECT')).status).toBe(405);
    },
  );

  test('a verb that HTTP does not know never passes', async () => {
    for (const method of ['FOO', 'get', 'G%45T', 'GET\u0000'])
      for (const path of [FORWARD_AUTH, AUTH_REQUEST, EXT_AUTHZ])
        expect((await raw(path, ['Host: x', `Authorization: ${authorization}`], gateway, method)).status).toBe(400);
  });

  test('the decision does not wait for a body', async () => {
    for (const expectation of ['100-continue', 'something-else']) {
      const fields = [
        'Host: x',
        `Authorization: ${authorization}`,
        'Content-Length: 1000000',
        `Expect: ${expectation}`,
      ];
      for (const path of [FORWARD_AUTH, AUTH_REQUEST, EXT_AUTHZ])
        expect((await raw(path, fields, gateway, 'POST')).status).toBe(200);
    }
  });

  test('?scopes= demands scopes, and what can be no scope is not taken for none', async () => {
    await Promise.all(
      [FORWARD_AUTH, AUTH_REQUEST, '/v1/ext-authz/x'].map(async (path) => {
        const headers = {
          authorization: limitedAuthorization,
          'x-forwarded-for': '10.1.2.3',
          'x-forwarded-method': 'GET',
          'x-original-method': 'GET',
        };
        const status = async (query: string): Promise<number> => (await send(path + query, { headers })).status;
        expect(await status('?scopes=read')).toBe(200);
        expect(await status('?a=%20&scopes=read&b')).toBe(200);
        expect(await status('?scopes=read,write')).toBe(403);
        expect(await status('?scopes=read&scopes=write')).toBe(403);
        for (const query of ['?scopes=', '?scopes=READ', '?scopes=read,,read'])
          expect(await status(query)).toBe(path === AUTH_REQUEST ? 403 : 400);
      }),
    );
  });

  test('a request that can be read in two ways is refused before anything is looked at', async () => {
    const own = `Authorization: ${authorization}`;
    const ambiguous = [
      ['Host: x', own, own],
      ['Host: x', own, 'authorization: Basic eDp5'],
      ['Host: x', 'Host: y', own],
      [own],
      ['Host: x', own.padEnd(5_000, '=')],
    ];
    for (const fields of ambiguous) {
      for (const [path, status] of [
        [FORWARD_AUTH, 400],
        [EXT_AUTHZ, 400],
        ['/v1/me', 400],
        [AUTH_REQUEST, 401],
      ] as const) {
        const answer = await raw(path, fields);
        expect([path, answer.status]).toEqual([path, status]);
        expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-request-id': expect.any(String) });
      }
    }
  });
});

describe('the families of headers', () => {
  const target = { 'x-forwarded-for': '10.1.2.3' };
  const ask = async (path: string, headers: Record<string, string>, at = gateway): Promise<string> =>
    codeOf(await send(path, { at, method: 'GET', headers: { authorization: limitedAuthorization, ...headers } }));

  test('/v1/auth-request reads X-Original-Method and the client of X-Forwarded-For', async () => {
    expect(await ask(AUTH_REQUEST, { ...target, 'x-original-method': 'GET' })).toBe('allowed');
    expect(await ask(AUTH_REQUEST, { ...target, 'x-original-method': 'POST' })).toBe('READ_ONLY');
    for (const method of ['get', 'G T', 'GET, GET', ''])
      expect(await ask(AUTH_REQUEST, { ...target, 'x-original-method': method })).toBe('READ_ONLY');
    expect(await ask(AUTH_REQUEST, target)).toBe('READ_ONLY');
    expect(await ask(AUTH_REQUEST, { 'x-original-method': 'GET' })).toBe('IP_NOT_ALLOWED');
    const chain = { 'x-forwarded-for': '10.1.2.3, 8.8.8.8', 'x-original-method': 'GET' };
    expect(await ask(AUTH_REQUEST, chain)).toBe('IP_NOT_ALLOWED');
    expect(await ask(AUTH_REQUEST, { ...chain, 'x-forwarded-for': '8.8.8.8, 10.1.2.3, 127.0.0.1' })).toBe('allowed');
    const upgrade = { ...target, 'x-original-method': 'GET', 'sec-websocket-key': 'x' };
    expect(await ask(AUTH_REQUEST, upgrade)).toBe('READ_ONLY');
  });

  test('the headers of one family mean nothing to the other', async () => {
    expect(await ask(FORWARD_AUTH, { ...target, 'x-original-method': 'GET' })).toBe('READ_ONLY');
    expect(await ask(AUTH_REQUEST, { ...target, 'x-forwarded-method': 'GET' })).toBe('READ_ONLY');
    expect(await ask(FORWARD_AUTH, { 'x-forwarded-method': 'GET', 'x-real-ip': '10.1.2.3' })).toBe('IP_NOT_ALLOWED');
    const both = { ...target, 'x-forwarded-method': 'GET', 'x-original-method': 'POST' };
    expect(await ask(FORWARD_AUTH, both)).toBe('allowed');
    expect(await ask(AUTH_REQUEST, both)).toBe('READ_ONLY');
    const headers = { authorization, 'x-original-uri': '/%zz', 'x-original-url': 'nonsense' };
    expect((await send(FORWARD_AUTH, { headers })).status).toBe(200);
    expect((await send(AUTH_REQUEST, { headers: { authorization, 'x-forwarded-uri': '/%zz' } })).status).toBe(200);
    expect((await send(EXT_AUTHZ, { headers: { ...headers, 'x-forwarded-uri': '/%zz' } })).status).toBe(200);
  });

  test('nobody is believed who is not a trusted proxy', async () => {
    const claims = { ...target, 'x-original-method': 'GET', 'x-forwarded-method': 'GET', forwarded: 'for=10.1.2.3' };
    const readOnly = basic('anna', (await world.writer.issue(world.anna, { readOnly: true })).key);
    await world.caughtUp(strict);
    for (const path of [FORWARD_AUTH, AUTH_REQUEST, EXT_AUTHZ]) {
      expect(await ask(path, claims, strict)).toBe('IP_NOT_ALLOWED');
      const answer = await send(path, { at: strict, headers: { ...claims, authorization: readOnly } });
      // Envoy's method is the request's own.
      expect(codeOf(answer)).toBe(path === EXT_AUTHZ ? 'allowed' : 'READ_ONLY');
      expect((await send(path, { at: strict, headers: { ...claims, authorization } })).status).toBe(200);
    }
  });

  // With a right key it is not the key that is wrong, so never 401; nginx knows no 400.
  test('a malformed original URI never passes, whoever sends it, and is no doubt about the key', async () => {
    const malformed = [
      '',
      '%zz',
      'a',
      '/%zz',
      '/%4',
      '/a b',
      '/a#b',
      '/\xff',
      '/\xc3\xa9',
      '/\ta',
      `/${'a'.repeat(65_536)}%`,
    ];
    for (const at of [gateway, strict]) {
      for (const value of [...malformed, 'http://', 'http:/x', 'ftp://h/', 'http://h', 'http://h h/', 'http://h/%zz']) {
        const fields = ['Host: x', `Authorization: ${authorization}`];
        for (const name of ['X-Original-URI', 'X-Original-URL']) {
          const { headers, status } = await raw(AUTH_REQUEST, [...fields, `${name}: ${value}`], at);
          expect([value, status, headers['x-keyfold-status']]).toEqual([value, 403, '400']);
        }
        expect([value, (await raw(FORWARD_AUTH, [...fields, `X-Forwarded-Uri: ${value}`], at)).status]).toEqual([
          value,
          400,
        ]);
      }
      for (const value of ['/a\r\n b', '/a\u0000', '/a\rb']) {
        const fields = ['Host: x', `Authorization: ${authorization}`, `X-Original-URI: ${value}`];
        expect((await raw(AUTH_REQUEST, fields, at)).status).toBe(400);
      }
    }
    for (const path of ['/v1/ext-authz/%zz', '/v1/ext-authz/a%4'])
      expect((await raw(path, ['Host: x', `Authorization: ${authorization}`])).status).toBe(400);
  });

  test('the query is data, in which clients write a percent sign or raw bytes as they like', async () => {
    for (const query of ['q=100%', 'q=%zz', '%', 'a=%ff&b=%00', 'q=caf\xe9', 'q=caf\xc3\xa9', 'q={"a":[1]}|b\\c^`'])
      for (const fields of [[], ['X-Forwarded-For: 10.1.2.3', 'X-Forwarded-Method: GET', 'X-Original-Method: GET']]) {
        const own = [
          'Host: x',
          `Authorization: ${fields.length === 0 ? authorization : limitedAuthorization}`,
          ...fields,
        ];
        const uri = `/search?${query}`;
        for (const name of ['X-Original-URI', 'X-Original-URL'])
          expect([uri, (await raw(AUTH_REQUEST, [...own, `${name}: ${uri}`])).status]).toEqual([uri, 200]);
        expect([uri, (await raw(FORWARD_AUTH, [...own, `X-Forwarded-Uri: ${uri}`])).status]).toEqual([uri, 200]);
        // Node takes no raw bytes beyond ASCII in a request line.
        if (/[^!-~]/.test(query)) continue;
        expect([uri, (await raw(`/v1/ext-authz${uri}`, own)).status]).toEqual([uri, 200]);
        expect([uri, (await raw(`/v1/me?${query}`, own)).status]).toEqual([uri, 200]);
      }
  });

  test('the original URI may be a path or a URL in either header', async () => {
    for (const value of ['/', '/a/b?c=d%20e&f=[g]', '/a|b', 'https://h.example:8443/a?b', 'http://[::1]/', 'http://h/'])
      for (const name of ['x-original-uri', 'x-original-url'])
        expect((await send(AUTH_REQUEST, { headers: { authorization, [name]: value } })).status).toBe(200);
  });
});

describe('what each proxy can take', () => {
  test('without a lease nginx gets a 403 that says 503, the others the 503 itself', async () => {
    const headers = { authorization };
    for (const path of [FORWARD_AUTH, EXT_AUTHZ, '/v1/me']) {
      const answer = await send(path, { at: stale, headers });
      expect([answer.status, codeOf(answer), answer.headers['retry-after']]).toEqual([503, 'STALE', '1']);
      expect(answer.headers['x-keyfold-status']).toBeUndefined();
    }
    const answer = await send(AUTH_REQUEST, { at: stale, headers });
    expect(answer.status).toBe(403);
    expect(answer.headers).toMatchObject({
      'x-keyfold-status': '503',
      'retry-after': '1',
      'cache-control': 'no-store',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ status: 403, code: 'STALE' });
    expect((await send(AUTH_REQUEST, { at: stale, headers: { authorization: basic('anna', 'x') } })).status).toBe(401);
  });

  test('/v1/ext-authz uses the method and path of the request itself, and Envoy is told to drop the credentials', async () => {
    const headers = { authorization: limitedAuthorization, 'x-forwarded-for': '10.1.2.3' };
    const status = async (path: string, method: string): Promise<number> =>
      (await send(path, { method, headers: { ...headers, 'x-forwarded-method': 'GET' } })).status;
    for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(await status('/v1/ext-authz/', method)).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'PROPFIND'])
      expect(await status('/v1/ext-authz/x', method)).toBe(403);
    const paths = ['/', '//x', '/../healthz', '/%2e%2e/x', '/v1/me', '/a;b=c', '/A?x=%00&y'];
    const fields = ['Host: x', `Authorization: ${authorization}`];
    for (const path of paths) expect((await raw(`/v1/ext-authz${path}`, fields)).status).toBe(200);
    for (const path of ['/v1/ext-authz', '/v1/ext-authzx', '/V1/ext-authz/', '/v1/auth-request/', '/v1//ext-authz/'])
      expect(await status(path, 'GET')).toBe(404);
    const answer = await send(EXT_AUTHZ, { headers: { authorization } });
    expect(answer.headers['x-envoy-auth-headers-to-remove']).toBe('authorization');
  });
});
