import 'reflect-metadata';
import {
  type Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  logVerbosity,
  type ServiceClientConstructor,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { inPackage } from '@keyfold/event-store';
import { freePort } from '@keyfold/local-servers';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually, millisecondsUntil } from '@keyfold/testing/eventually';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { type TestApiKey, testKeys } from '@keyfold/testing/log-writer';
import { startTestNats } from '@keyfold/testing/nats';

let world: GatewayWorld;
let gateway: TestAuthGateway;
/** Trusts nobody. */
let other: TestAuthGateway;
let stale: TestAuthGateway;
let key: TestApiKey;
let limited: TestApiKey;

beforeAll(async () => {
  // Its own lines about a taken port.
  setLogVerbosity(logVerbosity.NONE);
  world = await startGatewayWorld();
  const { writer, anna } = world;
  const ports = [await freePort(), await freePort(), await freePort()].map(String);
  const grpc = (at: number): Record<string, string> => ({ KEYFOLD_GATEWAY_GRPC_PORT: ports[at] ?? '' });
  gateway = await world.gateway({ trustedProxies: '127.0.0.1,10.9.0.0/16', env: grpc(0) });
  other = await world.gateway({ gatewayId: 'other', natsUrl: '', env: { ...grpc(1), KEYFOLD_TOKEN_AUDIENCE: 'app' } });
  stale = await world.gateway({
    gatewayId: 'stale',
    natsUrl: '',
    adminInternalUrl: 'http://127.0.0.1:9',
    env: grpc(2),
  });
  grpcPorts = new Map([
    [gateway, ports[0] ?? ''],
    [other, ports[1] ?? ''],
    [stale, ports[2] ?? ''],
  ]);
  key = await writer.issue(anna, { name: 'zapier' });
  limited = await writer.issue(anna, { readOnly: true, allowedIpRanges: ['10.1.0.0/16'], scopes: ['read'] });
  await world.caughtUp(gateway);
  await world.caughtUp(other);
});

afterAll(async () => {
  for (const client of clients) client.close();
  await world.stop();
});

describe('POST /v1/token', () => {
  const ask = async (
    authorization?: string,
    options: { at?: TestAuthGateway; method?: string; query?: string } = {},
  ) => {
    const response = await fetch(`${(options.at ?? gateway).url}/v1/token${options.query ?? ''}`, {
      method: options.method ?? 'POST',
      headers: authorization === undefined ? {} : { authorization },
    });
    const body = (await response.json()) as Record<string, string>;
    return { status: response.status, headers: response.headers, body };
  };

  test('a token is verified by anybody with the published keys, of whichever gateway', async () => {
    const readOnly = await world.writer.issue(world.anna, { readOnly: true, scopes: ['a', 'b'] });
    await world.caughtUp(gateway);
    const { body, headers, status } = await ask(basic('anna', readOnly.key));
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(Object.keys(body)).toEqual(['token', 'expiresAt']);
    const published = createRemoteJWKSet(new URL(`${other.url}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(body['token'] ?? '', published, {
      issuer: testKeys.verifier.name,
      audience: 'keyfold',
      algorithms: ['EdDSA'],
    });
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'JWT' });
    expect(payload).toMatchObject({
      sub: world.anna.userId,
      username: 'anna',
      keyId: readOnly.keyId,
      roles: ['API Key Sign In'],
      readOnly: true,
      scopes: ['a', 'b'],
    });
    expect(body['expiresAt']).toBe(new Date((payload.exp ?? 0) * 1_000).toISOString());
    // The test's lease is the default of 60 s, which ends before 300 s are over.
    const leaseLeftMs = gateway.parts.freshness.lease.endsAtMs - gateway.parts.freshness.hostClock.nowMs();
    const leaseEndsAtMs = gateway.parts.freshness.logClock.nowMs() + leaseLeftMs;
    // Two heads may differ about the log's time by their round trips, which a busy machine makes long.
    expect((payload.exp ?? 0) * 1_000).toBeLessThanOrEqual(leaseEndsAtMs + 5_000);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeGreaterThan(0);
  });

  test('who may not sign in gets no token, and a limit of the key holds for it too', async () => {
    expect((await ask()).status).toBe(401);
    expect((await ask(basic('anna', 'x'))).status).toBe(401);
    expect((await ask(basic('anna', limited.key))).body['code']).toBe('IP_NOT_ALLOWED');
    expect((await ask(basic('anna', key.key), { query: '?scopes=read' })).body['code']).toBe('SCOPE_MISSING');
    expect((await ask(basic('anna', key.key), { query: '?scopes=' })).status).toBe(400);
    expect((await ask(basic('anna', key.key), { at: stale })).body['code']).toBe('STALE');
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await ask(basic('anna', key.key), { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    }
  });

  test('the audience can be configured', async () => {
    const { body } = await ask(basic('anna', key.key), { at: other });
    const published = createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`));
    await jwtVerify(body['token'] ?? '', published, { audience: 'app' });
  });

  test('every gateway publishes the same keys, to everybody', async () => {
    const answers = await Promise.all(
      [gateway, other, stale].map(async ({ url }) => fetch(`${url}/.well-known/jwks.json`)),
    );
    const sets = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(sets).size).toBe(1);
    expect(sets[0]).not.toContain('"d"');
    expect((await fetch(`${gateway.url}/.well-known/jwks.json`, { method: 'POST' })).status).toBe(405);
  });
});

describe('keyfold.verify over NATS', () => {
  let client: NatsConnection;
  beforeAll(async () => {
    client = await connect({ servers: world.nats.url });
  });
  afterAll(async () => {
    await client.close();
  });

  const ask = async (payload: string | Uint8Array): Promise<Record<string, unknown>> =>
    (await client.request('keyfold.verify', payload, { timeout: 10_000 })).json();
  const verify = (body: unknown): Promise<Record<string, unknown>> => ask(JSON.stringify(body));

  test('a plain client gets the same answer as over HTTP', async () => {
    for (const body of [
      { username: 'anna', key: key.key },
      { username: 'anna', key: 'x' },
      { username: 'bob', key: key.key },
      { username: 'anna', key: limited.key, method: 'GET', ip: '10.1.2.3', scopes: ['read'] },
      { username: 'anna', key: limited.key, method: 'POST', ip: '10.1.2.3' },
      { username: 'anna', key: limited.key, method: 'GET' },
    ]) {
      const overHttp = await fetch(`${gateway.url}/v1/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(await verify(body)).toEqual(await overHttp.json());
    }
    expect(await verify({ username: 'anna', key: key.key })).toMatchObject({
      allowed: true,
      user: { username: 'anna' },
    });
  });

  test('whatever is sent is answered, and never allowed', async () => {
    const malformed = ['', 'x', '{', '[]', 'null', '1', '"x"', '{}', '{"username":"anna"}', '{"username":1,"key":2}'];
    const extra = JSON.stringify({ username: 'anna', key: key.key, more: 1 });
    const large = JSON.stringify({ username: 'anna', key: key.key, ip: ' '.repeat(100_000) });
    const nest = JSON.stringify({ pattern: 'keyfold.verify', id: '1', data: { username: 'anna', key: key.key } });
    const twice = `{"username":"bob","key":${JSON.stringify(key.key)},"username":"anna"}`;
    for (const payload of [...malformed, extra, twice, large, nest, Buffer.from([0x22, 0xff, 0x22])]) {
      const message = await client.request('keyfold.verify', payload, { timeout: 10_000 });
      expect(message.json()).toMatchObject({
        allowed: false,
        reason: 'INVALID_REQUEST',
        code: 'INVALID_REQUEST',
        status: 400,
      });
      expect(message.headers?.get('Nats-Service-Error-Code')).toBe('400');
    }
    expect(await verify({ username: 'anna' })).toMatchObject({ errors: [{ path: '/key' }] });
  });

  test('several gateways answer a question once', async () => {
    const idle = await world.gateway({ gatewayId: 'idle', adminInternalUrl: 'http://127.0.0.1:9' });
    await world.caughtUp(idle);
    const answers: string[] = [];
    const inbox = client.subscribe('_INBOX.several', {
      callback: (_error, message) => void answers.push(message.string()),
    });
    for (let sent = 0; sent < 20; sent++)
      client.publish('keyfold.verify', JSON.stringify({ username: 'anna', key: key.key }), { reply: '_INBOX.several' });
    // Asked by the same connections, so it is answered after those.
    await eventually(() => answers.length >= 20);
    for (let sent = 0; sent < 20; sent++) await verify({ username: 'anna', key: key.key });
    expect(answers).toHaveLength(20);
    inbox.unsubscribe();
    await idle.close();
  });

  test('a gateway without a lease refuses as STALE', async () => {
    const elsewhere = await startTestNats();
    const lost = await world.gateway({
      gatewayId: 'lost',
      natsUrl: elsewhere.url,
      adminInternalUrl: 'http://127.0.0.1:9',
    });
    const asking = await connect({ servers: elsewhere.url });
    const body = JSON.stringify({ username: 'anna', key: key.key });
    await eventually(async () => {
      const answer = await asking.request('keyfold.verify', body, { timeout: 10_000 });
      expect(answer.json()).toEqual({ allowed: false, reason: 'STALE', position: 0 });
    });
    await asking.close();
    await lost.close();
    await elsewhere.stop();
  });

  test('a message that names no reply subject, and one for the feed, do nothing', async () => {
    const { runs } = gateway.parts.argon2;
    const fresh = await world.writer.issue(world.anna);
    await world.caughtUp(gateway);
    client.publish('keyfold.verify', JSON.stringify({ username: 'anna', key: fresh.key }));
    await verify({ username: 'anna', key: 'x' });
    expect(gateway.parts.argon2.runs).toBe(runs);
    const subject = 'keyfold.feed.batch';
    await expect(client.request(subject, '{}', { timeout: 10_000 })).rejects.toThrow(/no responders/);
  });

  test('without a broker a gateway stops in time, and after the broker was away one goes on', async () => {
    const leaving = await world.gateway({ gatewayId: 'leaving' });
    await world.caughtUp(leaving);
    await world.nats.pause();
    await eventually(() => leaving.lines.some((line) => line.includes('NATS connection lost')));
    let isClosed = false;
    void leaving.close().then(() => (isClosed = true));
    expect(await millisecondsUntil(() => isClosed)).toBeLessThan(5_000);
    await world.nats.restart();
    await eventually(async () => {
      expect(await verify({ username: 'anna', key: key.key }).catch(() => null)).toMatchObject({ allowed: true });
    });
  });
});

let grpcPorts: ReadonlyMap<TestAuthGateway, string>;
const clients: Client[] = [];

interface Denied {
  status: { code: number };
  headers: { header: { key: string; value: string }; append: { value: boolean } }[];
  body: string;
}
interface Response {
  status: { code: number };
  denied_response?: Denied;
  ok_response?: { headers: Denied['headers']; headers_to_remove: string[] };
}

describe('envoy.service.auth.v3.Authorization/Check', () => {
  const definition = loadSync(inPackage('apps/auth-gateway/proto/ext-authz.proto'), { keepCase: true });
  const named = loadPackageDefinition(definition) as unknown as {
    envoy: { service: { auth: { v3: GrpcObject & { Authorization: ServiceClientConstructor } } } };
  };
  const clientOf = (at: TestAuthGateway): Client => {
    const client = new named.envoy.service.auth.v3.Authorization(
      `127.0.0.1:${grpcPorts.get(at) ?? ''}`,
      credentials.createInsecure(),
    );
    clients.push(client);
    return client;
  };
  const check = (request: object, at = gateway): Promise<Response> =>
    new Promise((resolve, reject) => {
      const client = clientOf(at) as unknown as {
        Check(request: object, done: (error: Error | null, response: Response) => void): void;
      };
      client.Check(request, (error, response) => {
        if (error === null) resolve(response);
        else reject(error);
      });
    });
  const about = (http: object, more: object = {}): object => ({
    attributes: {
      source: { address: { socket_address: { address: '10.1.2.3', port_value: 4 } } },
      request: { http: { method: 'GET', path: '/orders?x=1', host: 'app', ...http } },
      ...more,
    },
  });
  const withKey = (presented: TestApiKey, headers: object = {}): { headers: object } => ({
    headers: { ...headers, authorization: basic('anna', presented.key) },
  });
  const outcome = ({ denied_response: denied }: Response): string | number => {
    if (!denied) return 200;
    const { code } = JSON.parse(denied.body) as { code: string };
    return denied.status.code === 401 ? 401 : code;
  };

  test('who may pass goes on with every identity header and without the credentials', async () => {
    const answer = await check(about(withKey(key)));
    expect(answer.status.code).toBe(0);
    expect(answer.ok_response?.headers_to_remove).toEqual(['authorization']);
    expect(answer.ok_response?.headers.every(({ append }) => !append.value)).toBe(true);
    expect(
      Object.fromEntries((answer.ok_response?.headers ?? []).map(({ header }) => [header.key, header.value])),
    ).toEqual({
      'remote-user': 'anna',
      'x-keyfold-user-id': world.anna.userId,
      'x-keyfold-key-id': key.keyId,
      'x-keyfold-roles': 'API Key Sign In',
      'x-keyfold-scopes': '-',
      'x-keyfold-position': String(gateway.parts.facts.appliedSize),
    });
  });

  test('everybody else gets the one 401 with its challenge', async () => {
    const seen = new Set<string>();
    for (const headers of [{}, { authorization: 'Basic' }, { authorization: basic('anna', 'x') }]) {
      const { denied_response: denied, ok_response: ok, status } = await check(about({ headers }));
      expect([denied?.status.code, status.code, ok]).toEqual([401, 16, undefined]);
      seen.add(JSON.stringify([denied?.body, denied?.headers.filter(({ header }) => header.key !== 'x-request-id')]));
    }
    expect(seen.size).toBe(1);
    expect([...seen][0]).toContain('Basic realm=');
  });

  test('limits are judged by what a trusted Envoy says, and refuse where the caller is not trusted', async () => {
    expect(outcome(await check(about(withKey(limited))))).toBe(200);
    expect(outcome(await check(about({ ...withKey(limited), method: 'POST' })))).toBe('READ_ONLY');
    for (const upgrade of ['websocket', 'h2c, websocket'])
      expect(outcome(await check(about(withKey(limited, { upgrade }))))).toBe('READ_ONLY');
    expect(outcome(await check(about(withKey(limited, { upgrade: 'h2c' }))))).toBe(200);
    const from = (address: string, headers: object): Promise<Response> =>
      check(about(withKey(limited, headers), { source: { address: { socket_address: { address } } } }));
    expect(outcome(await from('8.8.8.8', { 'x-forwarded-for': '10.1.2.3' }))).toBe('IP_NOT_ALLOWED');
    expect(outcome(await from('10.9.0.1', { 'x-forwarded-for': '10.1.2.3' }))).toBe(200);
    expect(outcome(await from('10.9.0.1', { 'x-forwarded-for': '10.1.2.3, 8.8.8.8' }))).toBe('IP_NOT_ALLOWED');
    expect(outcome(await check(about(withKey(limited), { source: null })))).toBe('IP_NOT_ALLOWED');
    expect(outcome(await check(about(withKey(key)), other))).toBe(200);
    expect(outcome(await check(about(withKey(limited)), other))).toBe('IP_NOT_ALLOWED');
    const forged = withKey(limited, { 'x-forwarded-method': 'GET', 'x-original-method': 'GET' });
    expect(outcome(await check(about({ ...forged, method: 'DELETE' })))).toBe('READ_ONLY');
  });

  test('the route demands scopes, not the client', async () => {
    const demand = (scopes: string): Promise<Response> =>
      check(about(withKey(limited), { context_extensions: { scopes } }));
    expect(outcome(await demand('read'))).toBe(200);
    expect(outcome(await demand('read,write'))).toBe('SCOPE_MISSING');
    expect(outcome(await demand(''))).toBe('INVALID_REQUEST');
  });

  test('raw headers are read too, and two credentials are one too many', async () => {
    const value = (text: string): object => ({ key: 'authorization', raw_value: Buffer.from(text) });
    const own = value(basic('anna', key.key));
    expect(outcome(await check(about({ header_map: { headers: [own] } })))).toBe(200);
    expect(outcome(await check(about({ header_map: { headers: [own, own] } })))).toBe('INVALID_REQUEST');
    const joined = `${basic('anna', key.key)},${basic('anna', key.key)}`;
    expect(outcome(await check(about({ headers: { authorization: joined } })))).toBe(401);
  });

  test('what is malformed or missing never passes', async () => {
    for (const request of [{}, { attributes: {} }, { attributes: { request: {} } }])
      expect(outcome(await check(request))).toBe('INVALID_REQUEST');
    for (const path of ['/%zz', 'orders', '/a b', '/\u00e9'])
      expect(outcome(await check(about({ ...withKey(key), path })))).toBe('INVALID_REQUEST');
    for (const path of ['/search?q=100%', '/?q=%zz', '/?q=\u00e9'])
      expect([path, outcome(await check(about({ ...withKey(key), path })))]).toEqual([path, 200]);
    for (const method of ['TRACE', 'CONNECT'])
      expect((await check(about({ ...withKey(key), method }))).denied_response?.status.code).toBe(405);
    const long = { headers: { authorization: basic('anna', key.key).padEnd(5_000, '=') } };
    expect(outcome(await check(about(long)))).toBe('INVALID_REQUEST');
    const denied = (await check(about(withKey(key)), stale)).denied_response;
    expect([denied?.status.code, JSON.parse(denied?.body ?? '{}')]).toMatchObject([503, { code: 'STALE' }]);
    expect(denied?.headers).toContainEqual({ header: { key: 'retry-after', value: '1' }, append: { value: false } });
  });

  test('a taken port ends the start with a sentence that names the variable', async () => {
    const env = { KEYFOLD_GATEWAY_GRPC_PORT: grpcPorts.get(gateway) ?? '' };
    await expect(world.gateway({ gatewayId: 'second', env })).rejects.toThrow(/KEYFOLD_GATEWAY_GRPC_PORT/);
  });
});
