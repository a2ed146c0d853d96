import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import type { TestApiKey } from '@keyfold/testing/log-writer';
import { type RawAnswer, rawConversation, rawRequest } from '@keyfold/testing/raw-http';

const PATHS = ['/v1/forward-auth', '/v1/auth-request', '/v1/ext-authz/x', '/v1/me'];

let world: GatewayWorld;
let gateway: TestAuthGateway;
let key: TestApiKey;
/** base64 of the credentials that pass. */
let good: string;

beforeAll(async () => {
  world = await startGatewayWorld();
  gateway = await world.gateway();
  key = await world.writer.issue(world.anna);
  good = basic('anna', key.key).slice('Basic '.length);
  await world.caughtUp(gateway);
});

afterAll(async () => {
  await world.stop();
});

const ask = (path: string, fields: readonly string[]): Promise<RawAnswer> =>
  rawRequest(gateway.url, [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...fields]);
const base64 = (text: string, encoding: BufferEncoding = 'latin1'): string =>
  Buffer.from(text, encoding).toString('base64');

describe('Basic credentials', () => {
  test('the scheme has any case and one or more spaces behind it', async () => {
    for (const path of PATHS)
      for (const value of [
        `Basic ${good}`,
        `bAsIc ${good}`,
        `BASIC    ${good}`,
        `Basic ${basic('AnNa', key.key).slice(6)}`,
      ])
        expect((await ask(path, [`authorization: ${value}`])).status).toBe(200);
  });

  test('nothing but strict base64 of UTF-8 with a colon passes, and nothing of it costs an Argon2 run', async () => {
    const { runs } = gateway.parts.argon2;
    const unpadded = good.replace(/=+$/, '');
    const values = [
      '',
      'Basic',
      'Basic =',
      `Basic${good}`,
      `Basic ${good}!!`,
      `Basic ${good} x`,
      `Basic ${good.slice(0, 8)} ${good.slice(8)}`,
      `Basic ${unpadded}===`,
      `Basic ${base64(`anna:${key.key}~~~`).replaceAll('+', '-').replaceAll('/', '_')}`,
      `Basic "${good}"`,
      `Basic ${good}, Basic ${good}`,
      `Basic ${good}, Bearer x`,
      `Bearer ${good}`,
      `Digest ${good}`,
      `Basic ${base64('anna')}`,
      `Basic ${base64(`anna:x:${key.key}`)}`,
      `Basic ${base64(`:${key.key}`)}`,
      `Basic ${base64('anna:')}`,
      `Basic ${base64(`anna\u0000:${key.key}`)}`,
      `Basic ${base64(`anna:${key.key}\r\n`)}`,
      `Basic ${base64(` anna:${key.key}`)}`,
      `Basic ${base64(`anna :${key.key}`)}`,
      `Basic ${base64(`anna\u00a0:${key.key}`, 'utf8')}`,
      `Basic ${base64(`\u00e4nna:${key.key}`)}`,
      `Basic ${base64(`ann\u0430:${key.key}`, 'utf8')}`,
      `Basic ${base64(`anna\xff:${key.key}`)}`,
      `Basic ${base64(`\ufeffanna:${key.key}`, 'utf8')}`,
      `Basic ${base64(`anna\u007f:${key.key}`)}`,
      `Basic ${base64(`anna:\u0009${key.key}`)}`,
      `Basic ${base64(`anna:${key.key}\u0000`)}`,
      // What is stored of a secret is no password.
      `Basic ${base64(`anna:${await argon2.hash(key.secret, { memoryCost: 1_024 })}`)}`,
      `Basic ${base64(`anna:${key.keyId}`)}`,
    ];
    for (const path of PATHS)
      for (const value of values)
        expect([path, value, (await ask(path, [`Authorization: ${value}`])).status]).toEqual([path, value, 401]);
    expect(gateway.parts.argon2.runs).toBe(runs);
  });

  test('an oversized credential is refused before it is decoded', async () => {
    for (const path of PATHS) {
      const large = await ask(path, [`Authorization: Basic ${base64(`${'a'.repeat(8_192)}:x`)}`]);
      expect(large.status).toBe(path === '/v1/auth-request' ? 401 : 400);
      expect((await ask(path, [`Authorization: Basic ${'a'.repeat(1_048_576)}`])).status).toBe(431);
    }
  });

  test('credentials anywhere else are none, and are not written to the log', async () => {
    const canary = key.key;
    for (const path of PATHS) {
      const queries = ['?api_key=', '?key=', '?access_token=', '?authorization=Basic%20'];
      for (const query of queries) expect((await ask(`${path}${query}${canary}`, [])).status).toBe(401);
      for (const name of ['Proxy-Authorization: Basic', 'X-Authorization: Basic', 'X-Forwarded-Authorization: Basic'])
        expect((await ask(path, [`${name} ${good}`])).status).toBe(401);
      for (const name of ['X-Api-Key', 'Cookie', 'Api-Key'])
        expect((await ask(path, [`${name}: ${canary}`])).status).toBe(401);
      const inUrl = await rawRequest(gateway.url, [`GET http://anna:${canary}@x${path} HTTP/1.1`, 'Host: x']);
      expect([400, 401, 404]).toContain(inUrl.status);
    }
    expect(gateway.lines.join('\n')).not.toContain(canary);
    expect(gateway.lines.join('\n')).not.toContain(good);
  });
});

describe('messages that two parsers would read in two ways', () => {
  const head = (path: string, method = 'POST'): string =>
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${good}\r\n`;
  const smuggled = (): string => `GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${good}\r\n\r\n`;

  test.each<[string, (path: string) => string]>([
    [
      'two framings',
      (path) => `${head(path)}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled()}`,
    ],
    ['two lengths', (path) => `${head(path)}Content-Length: 0\r\nContent-Length: 9\r\n\r\n${smuggled()}`],
    ['a length that is none', (path) => `${head(path)}Content-Length: +1\r\n\r\n${smuggled()}`],
    ['an unknown coding', (path) => `${head(path)}Transfer-Encoding: xchunked\r\n\r\n${smuggled()}`],
    [
      'chunked that is not last',
      (path) => `${head(path)}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled()}`,
    ],
    ['a blank before the colon', (path) => `${head(path)}Content-Length : 0\r\n\r\n${smuggled()}`],
    ['a folded field', (path) => `${head(path)}X-Forwarded-For: 10.1.2.3,\r\n 10.1.2.4\r\n\r\n${smuggled()}`],
    ['a bare line feed', (path) => `${head(path)}X-A: b\nX-C: d\r\n\r\n${smuggled()}`],
    ['a bare carriage return', (path) => `${head(path)}X-A: b\rX-C: d\r\n\r\n${smuggled()}`],
    ['a zero byte', (path) => `${head(path)}X-A: b\u0000c\r\n\r\n${smuggled()}`],
    ['a field without a name', (path) => `${head(path)}: b\r\n\r\n${smuggled()}`],
    ['another version', (path) => `${head(path).replace('HTTP/1.1', 'HTTP/1.2')}\r\n${smuggled()}`],
  ])('%s: 400, nothing after it is read, and the connection ends', async (_name, request) => {
    for (const path of PATHS) {
      const text = await rawConversation(gateway.url, request(path));
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status);
      // Node's parser may add its own 400 behind ours; what is behind `Connection: close` is nobody's answer.
      expect([path, ...new Set(statuses)]).toEqual([path, '400']);
      expect(text.toLowerCase()).toMatch(/\r\nconnection: close\r\n/);
      expect(text.toLowerCase()).toMatch(/\r\ncache-control: no-store\r\n/);
      expect(text.toLowerCase()).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
    }
  });

  test('fields that a client names in Connection take nothing away', async () => {
    const answer = await rawRequest(gateway.url, [
      'GET /v1/forward-auth HTTP/1.1',
      'Host: x',
      'Connection: close, Authorization, Remote-User, X-Keyfold-User-Id',
      `Authorization: Basic ${good}`,
      'Remote-User: admin',
    ]);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'remote-user': 'anna', 'x-keyfold-user-id': world.anna.userId });
  });

  test('an upgrade to h2c is not taken', async () => {
    const fields = [`Authorization: Basic ${good}`, 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'];
    expect((await ask('/v1/forward-auth', fields)).status).toBe(200);
  });
});

describe('credentials in a body', () => {
  const verify = (body: string): Promise<RawAnswer> =>
    rawRequest(
      gateway.url,
      [
        'POST /v1/verify HTTP/1.1',
        'Host: x',
        'Connection: close',
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
      ],
      body,
    );

  test('controls and what is no user name are refused like every other guess, and are not written to the log', async () => {
    for (const username of ['anna\u0000', 'anna\r\nX: y', ' anna', 'anna\u007f', '\ud800', 'anna:', ''])
      for (const presented of [key.key, `${key.key}\u0000`, '\u0000']) {
        const answer = await verify(JSON.stringify({ username, key: presented }));
        expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
          200,
          { allowed: false, reason: 'INVALID_CREDENTIALS' },
        ]);
      }
    expect(gateway.lines.join('\n')).not.toMatch(/anna|\\u0000|X: y/);
  });

  test('a body that two parsers would read in two ways is a 400, and so is one that is no JSON', async () => {
    const [name, secret] = ['"username":"anna"', `"key":${JSON.stringify(key.key)}`];
    expect(await verify(`{${name},${secret}}`)).toMatchObject({ status: 200, body: expect.stringContaining('true') });
    for (const body of [
      `{"username":"bob",${secret},${name}}`,
      `{${name},${secret},"user\\u006eame":"anna"}`,
      `{${name},${secret},"scopes":[],"scopes":[]}`,
      `{${name},${secret}}{}`,
      `{${name},${secret},}`,
      `{${name},"key":"kf_\xff"}`,
      '',
    ]) {
      const answer = await verify(body);
      expect([body, answer.status, answer.headers['content-type']]).toEqual([
        body,
        400,
        'application/problem+json; charset=utf-8',
      ]);
      expect(answer.body).not.toContain('kf_');
    }
  });

  test('a body of another type is a 415', async () => {
    const body = `username=anna&key=${key.key}`;
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const fields = ['Host: x', 'Connection: close', `Content-Type: ${type}`, `Content-Length: ${body.length}`];
      expect((await rawRequest(gateway.url, ['POST /v1/verify HTTP/1.1', ...fields], body)).status).toBe(415);
    }
  });

  test('bytes that are no UTF-8, other shapes, and too much of anything never pass', async () => {
    const member = `"key":${JSON.stringify(key.key)}`;
    for (const body of [
      `{"username":"ann\xff",${member}}`,
      `{"username":"anna",${member}}x`,
      `[{"username":"anna",${member}}]`,
      `{"username":"anna",${member},"more":1}`,
      `{"username":${JSON.stringify('a'.repeat(5_000))},${member}}`,
      `{"username":"anna","key":${JSON.stringify('k'.repeat(20_000))}}`,
      `{"__proto__":{"username":"anna"},${member}}`,
    ]) {
      const { body: answer, status } = await verify(body);
      const isRefused = status >= 400 || !(JSON.parse(answer) as { allowed: boolean }).allowed;
      expect([body.slice(0, 40), isRefused]).toEqual([body.slice(0, 40), true]);
    }
  });
});

describe('what stands beside the credentials', () => {
  test('other credentials neither help nor change who it is', async () => {
    const others = [
      `Proxy-Authorization: ${basic('bob', key.key)}`,
      'X-Api-Key: other',
      'Cookie: keyfold_session=other',
      `X-Authorization: ${basic('bob', 'x')}`,
    ];
    for (const path of PATHS) {
      const alone = await ask(path, [`Authorization: Basic ${good}`]);
      const beside = await ask(path, [`Authorization: Basic ${good}`, ...others]);
      expect([beside.status, beside.body, beside.headers['remote-user']]).toEqual([
        200,
        alone.body,
        alone.headers['remote-user'],
      ]);
      const right = [`Proxy-Authorization: Basic ${good}`, `X-Authorization: Basic ${good}`];
      expect((await ask(path, ['Authorization: Basic eDp5', ...right])).status).toBe(401);
    }
  });

  test('nothing that a stranger says of the original request or of themselves is believed', async () => {
    const claims = [
      'Uri: /a',
      'Method: DELETE',
      'Host: evil',
      'Proto: https',
      'Prefix: /x',
      'Port: 1',
      'For: 10.0.0.1',
    ];
    const fields = [...claims.map((claim) => `X-Forwarded-${claim}`), 'X-Original-URL: /a', 'Forwarded: for=10.0.0.1'];
    const identity = ['Remote-User: admin', 'X_Keyfold_User-Id: 1', 'X.Keyfold.Roles: Administrator'];
    for (const path of PATHS) {
      const answer = await ask(path, [`Authorization: Basic ${good}`, ...fields, ...identity]);
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.headers) + answer.body).not.toMatch(/evil|admin|10\.0\.0\.1/i);
      expect((await ask(path, [...fields, ...identity])).status).toBe(401);
    }
  });

  test('whatever a proxy appends to the address by mistake, nobody gets in without credentials', async () => {
    const misrouted = PATHS.flatMap((path) => [
      `${path}/../livez`,
      `${path}/../../../readyz`,
      `${path}/%2e%2e/%2e%2e/livez`,
      `${path}/..;/metrics`,
      `${path}%2f..%2fjwks.json`,
      `/${path}`,
      `${path}?/../livez`,
      `${path};/livez`,
      `${path}/.well-known/jwks.json`,
    ]);
    for (const path of misrouted) {
      const { status } = await ask(path, []);
      expect([path, [400, 401, 404].includes(status)]).toEqual([path, true]);
    }
    for (const path of ['/livez', '/readyz', '/metrics', '/healthz', '/console/'])
      expect([path, (await ask(path, [`Authorization: Basic ${good}`])).status]).toEqual([path, 404]);
    for (const path of [...PATHS, '/v1/forward-auth/../livez', '//livez'])
      expect((await fetch(gateway.opsUrl + path)).status).toBe(404);
  });

  test('an upgrade to WebSocket is answered like any other request, by all', async () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    for (const path of PATHS) {
      const lines = [`GET ${path} HTTP/1.1`, 'Host: x', ...upgrade];
      expect((await rawRequest(gateway.url, [...lines, `Authorization: Basic ${good}`])).status).toBe(200);
      expect((await rawRequest(gateway.url, lines)).status).toBe(401);
    }
  });
});

describe('one connection after the other request', () => {
  const request = (path: string, credentials: string, ...fields: string[]): string =>
    [`GET ${path} HTTP/1.1`, 'Host: x', `Authorization: Basic ${credentials}`, ...fields, '', ''].join('\r\n');
  const statusesOf = (text: string): string[] =>
    [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status);

  test('a body that looks like a request is none', async () => {
    for (const path of PATHS) {
      const inner = request('/v1/me', good);
      const posted = request(path, 'eDp5', `Content-Length: ${inner.length}`).replace('GET', 'POST') + inner;
      const text = await rawConversation(gateway.url, posted + request('/none', good, 'Connection: close'));
      expect([path, ...statusesOf(text)]).toEqual([path, path === '/v1/me' ? '405' : '401', '404']);
    }
  });

  test('answers come in the order of the requests, also where one waits for Argon2 and the next does not', async () => {
    const fresh = await world.writer.issue(world.anna);
    await world.caughtUp(gateway);
    const first = basic('anna', fresh.key).slice('Basic '.length);
    const { runs } = gateway.parts.argon2;
    const sent = [
      request('/v1/me', first),
      request('/v1/me', 'eDp5'),
      request('/v1/me', good),
      request('/v1/me', first, 'Connection: close'),
    ];
    const text = await rawConversation(gateway.url, sent.join(''));
    expect(statusesOf(text)).toEqual(['200', '401', '200', '200']);
    const keyIds = [...text.matchAll(/"key":\{"id":"(\w+)"/g)].map(([, id]) => id);
    expect(keyIds).toEqual([fresh.keyId, key.keyId, fresh.keyId]);
    expect(gateway.parts.argon2.runs).toBe(runs + 1);
  });
});

test('no answer may be cached, and none says what it runs on', async () => {
  const own = new Set([
    'allow',
    'cache-control',
    'connection',
    'content-length',
    'content-type',
    'date',
    'keep-alive',
    'vary',
    'www-authenticate',
    'x-request-id',
  ]);
  const answers = [
    ...(await Promise.all(PATHS.map((path) => ask(path, [])))),
    await ask('/v1/me', ['Authorization: Basic a', 'Authorization: Basic b']),
    await ask('/none', []),
    await ask('/v1/token', []),
    await ask('/v1/verify', []),
    await ask('/%zz', []),
    await ask('/v1/me', [`X-A: ${'a'.repeat(100_000)}`]),
    await ask('/v1/me', ['X-A : b']),
  ];
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400, 401, 404, 405, 431]));
  for (const { body, headers, status } of answers) {
    expect([status, Object.keys(headers).filter((name) => !own.has(name))]).toEqual([status, []]);
    expect([status, headers['cache-control']]).toEqual([status, 'no-store']);
    expect(body).not.toMatch(/fastify|nest|node|node_modules|at \/|\.js|v\d+\.\d+/i);
  }
  for (const path of PATHS) {
    for (const fields of [[], [`Authorization: Basic ${good}`]])
      expect((await ask(path, fields)).headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Authorization' });
  }
});
