import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RateLimit } from '@keyfold/domain';
import { freePort } from '@keyfold/local-servers';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { TestAuthGateway } from '../../../../test/support/auth-gateway.js';
import { eventually } from '../../../../test/support/eventually.js';
import { ExtAuthzClient } from '../../../../test/support/ext-authz-client.js';
import { basic, startGatewayWorld, type GatewayWorld } from '../../../../test/support/gateway-world.js';
import type { TestApiKey } from '../../../../test/support/log-writer.js';
import { startTestUpstream, type TestUpstream } from '../../../../test/support/test-upstream.js';

let world: GatewayWorld;
let gateway: TestAuthGateway;
let upstream: TestUpstream;
let envoy: ExtAuthzClient;
let client: NatsConnection;

beforeAll(async () => {
  [world, upstream] = await Promise.all([startGatewayWorld(), startTestUpstream()]);
  const port = String(await freePort());
  gateway = await world.gateway({
    env: { KEYFOLD_GATEWAY_GRPC_PORT: port, KEYFOLD_UPSTREAM_URL: upstream.url, KEYFOLD_PROXY_PORT: '0' },
  });
  envoy = new ExtAuthzClient(port);
  client = await connect({ servers: world.nats.url });
  await world.caughtUp(gateway);
});

afterAll(async () => {
  envoy.close();
  await client.close();
  await world.stop();
  await upstream.close();
});

/** So long that nothing becomes free again while a test runs. */
const seconds = 3_600;

async function keyWith(rateLimit: RateLimit | null): Promise<TestApiKey> {
  const key = await world.writer.issue(world.anna, { rateLimit });
  await world.caughtUp(gateway);
  return key;
}

async function settings(defaultKeyRateLimit: { requests: number; seconds: number } | null): Promise<void> {
  await world.writer.changeSettings({ defaultKeyRateLimit });
  await world.caughtUp(gateway);
}

/** What somebody was answered, whichever way they came. */
interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

async function overHttp(url: string, init: RequestInit): Promise<Answered> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as unknown) : null;
  return { status: response.status, body, headers: Object.fromEntries(response.headers) };
}

const at = (path: string, method = 'GET') => {
  return ({ key }: TestApiKey): Promise<Answered> =>
    overHttp(gateway.url + path, { method, headers: { authorization: basic('anna', key) } });
};

const verify = ({ key }: TestApiKey): Promise<Answered> =>
  overHttp(`${gateway.url}/v1/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'anna', key }),
  });

const overNats = async ({ key }: TestApiKey): Promise<Answered> => {
  const message = await client.request('keyfold.verify', JSON.stringify({ username: 'anna', key }), {
    timeout: 10_000,
  });
  return { status: 0, body: message.json(), headers: {} };
};

const overGrpc = async ({ key }: TestApiKey): Promise<Answered> => {
  const { denied_response: denied } = await envoy.check(basic('anna', key));
  if (denied === undefined) return { status: 200, body: null, headers: {} };
  const headers = Object.fromEntries(denied.headers.map(({ header }) => [header.key, header.value]));
  return { status: denied.status.code, body: JSON.parse(denied.body), headers };
};

const proxied = ({ key }: TestApiKey): Promise<Answered> =>
  overHttp(`${gateway.proxyUrl ?? ''}/orders`, { headers: { authorization: basic('anna', key) } });

const forwardAuth = at('/v1/forward-auth');
const surfaces: readonly (readonly [string, (key: TestApiKey) => Promise<Answered>])[] = [
  ['forward-auth', forwardAuth],
  ['auth-request', at('/v1/auth-request')],
  ['ext-authz', at('/v1/ext-authz/orders')],
  ['grpc', overGrpc],
  ['me', at('/v1/me')],
  ['verify', verify],
  ['nats', overNats],
  ['token', at('/v1/token', 'POST')],
  ['reverse-proxy', proxied],
];

describe('a key with a rate limit', () => {
  test.each(surfaces)('is held to it at %s', async (surface, ask) => {
    const key = await keyWith({ requests: 2, seconds });
    const allowed = [await ask(key), await ask(key)];
    if (surface === 'nats') for (const { body } of allowed) expect(body).toMatchObject({ allowed: true });
    else expect(allowed.map(({ status }) => status)).toEqual([200, 200]);
    const { body, headers, status } = await ask(key);
    if (surface === 'nats') {
      expect(body).toEqual({ allowed: false, reason: 'RATE_LIMITED', position: gateway.parts.facts.appliedSize });
      return;
    }
    expect(status).toBe(surface === 'auth-request' ? 403 : 429);
    expect(body).toMatchObject({ code: 'RATE_LIMITED', status });
    expect(headers['x-keyfold-status']).toBe(surface === 'auth-request' ? '429' : undefined);
    expect(headers['ratelimit-policy']).toBe('"key";q=2;w=3600');
    const retryAfter = Number(headers['retry-after']);
    expect(retryAfter).toBeGreaterThan(seconds - 600);
    expect(retryAfter).toBeLessThanOrEqual(seconds);
    expect(headers['ratelimit']).toBe(`"key";r=0;t=${retryAfter}`);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['www-authenticate']).toBeUndefined();
    expect(headers['remote-user']).toBeUndefined();
    if (surface === 'verify')
      expect(body).toMatchObject({
        allowed: false,
        reason: 'RATE_LIMITED',
        position: gateway.parts.facts.appliedSize,
      });
  });

  test('has one limit for all ways in, and as many requests at once as it says', async () => {
    const key = await keyWith({ requests: surfaces.length - 1, seconds });
    for (const [surface, ask] of surfaces.slice(1)) {
      const { body, status } = await ask(key);
      expect([surface, status === 200 || (body as { allowed?: unknown }).allowed]).toEqual([surface, true]);
    }
    expect((await forwardAuth(key)).status).toBe(429);
    const burst = await keyWith({ requests: 5, seconds });
    const answers = await Promise.all(Array.from({ length: 20 }, () => forwardAuth(burst)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  test('passes again when the time has come that it was told', async () => {
    const key = await keyWith({ requests: 1, seconds: 1 });
    expect((await forwardAuth(key)).status).toBe(200);
    await eventually(async () => (await forwardAuth(key)).status === 200);
  });

  test('only what nothing else refuses counts', async () => {
    const key = await world.writer.issue(world.anna, { rateLimit: { requests: 2, seconds }, readOnly: true });
    await world.caughtUp(gateway);
    for (let refused = 0; refused < 5; refused++) {
      expect((await at('/v1/ext-authz/orders', 'POST')(key)).body).toMatchObject({ code: 'READ_ONLY' });
      expect((await at('/v1/me?scopes=more')(key)).body).toMatchObject({ code: 'SCOPE_MISSING' });
      expect((await at('/v1/me?scopes=')(key)).status).toBe(400);
      expect((await forwardAuth({ ...key, key: `${key.key}x` })).status).toBe(401);
      const elsewhere = { method: 'GET', headers: { authorization: basic('bert', key.key) } };
      expect((await overHttp(`${gateway.url}/v1/me`, elsewhere)).status).toBe(401);
    }
    const me = at('/v1/me');
    expect([(await me(key)).status, (await me(key)).status, (await me(key)).status]).toEqual([200, 200, 429]);
  });

  test('a request that is decided once more is not counted once more', async () => {
    const key = await keyWith({ requests: 1, seconds });
    const again = { method: 'GET', ip: null, isUpgrade: false, scopes: [], isCounted: true };
    expect((await forwardAuth(key)).status).toBe(200);
    expect(await gateway.parts.signIn.byAuthorization('reverse-proxy', basic('anna', key.key), again)).toMatchObject({
      allowed: true,
    });
    expect((await forwardAuth(key)).status).toBe(429);
  });

  test('another key of the same user is not held back', async () => {
    const [key, other] = [await keyWith({ requests: 1, seconds }), await keyWith({ requests: 1, seconds })];
    expect([(await forwardAuth(key)).status, (await forwardAuth(key)).status]).toEqual([200, 429]);
    expect((await forwardAuth(other)).status).toBe(200);
  });
});

describe('the default limit', () => {
  test('holds from the record that sets it on, for keys without one of their own', async () => {
    const [plain, generous] = [await keyWith(null), await keyWith({ requests: 1_000, seconds })];
    for (let request = 0; request < 5; request++) expect((await forwardAuth(plain)).status).toBe(200);
    await settings({ requests: 2, seconds });
    expect([(await forwardAuth(plain)).status, (await forwardAuth(plain)).status]).toEqual([200, 200]);
    expect((await forwardAuth(plain)).headers['ratelimit-policy']).toBe('"key";q=2;w=3600');
    for (let request = 0; request < 5; request++) expect((await forwardAuth(generous)).status).toBe(200);
    await settings({ requests: 3, seconds });
    expect([(await forwardAuth(plain)).status, (await forwardAuth(plain)).status]).toEqual([200, 429]);
    await settings(null);
    expect((await forwardAuth(plain)).status).toBe(200);
  });
});

describe('what limits leave behind', () => {
  test('a key without a limit leaves nothing in memory', async () => {
    const key = await keyWith(null);
    const { size } = gateway.parts.keyLimits;
    expect((await forwardAuth(key)).status).toBe(200);
    expect(gateway.parts.keyLimits.size).toBe(size);
  });

  test('refusals by a limit are counted with their reason', async () => {
    const key = await keyWith({ requests: 1, seconds });
    await forwardAuth(key);
    const counted = async (): Promise<number> => {
      const metrics = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
      const line =
        /^keyfold_gateway_decisions_total\{surface="forward-auth",result="refused",reason="RATE_LIMITED"\} (\d+)$/m;
      return Number(line.exec(metrics)?.[1]);
    };
    const before = await counted();
    await forwardAuth(key);
    expect(await counted()).toBe(before + 1);
  });
});
