import 'reflect-metadata';
import {
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, headers as natsHeaders } from '@nats-io/transport-node';
import { inPackage } from '@keyfold/event-store';
import { freePort } from '@keyfold/local-servers';
import { KeySignIn } from '../apps/auth-gateway/src/surfaces/key-sign-in.js';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { eventually } from './support/eventually.js';
import { AdminClient } from './support/http-client.js';
import type { TestApiKey } from './support/log-writer.js';
import { seriesOf, seriesOnPage, shippedQueries } from './support/monitoring.js';
import { type CollectedSpan, type OtlpCollector, startOtlpCollector } from './support/otlp-collector.js';
import { basic, type ProxiedGateway, startProxiedGateway } from './support/proxied-gateway.js';
import { signInAdmin } from './support/signed-in.js';
import { RawConnection } from './support/test-upstream.js';

const SERVER = 2;
const INSIDE = 1;

let collector: OtlpCollector;
let world: ProxiedGateway;
let service: TestAdminService;
let admin: AdminClient;
let key: TestApiKey;
let authorization: string;
let grpcPort: number;
let trace = 0;

beforeAll(async () => {
  collector = await startOtlpCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '20' };
  grpcPort = await freePort();
  world = await startProxiedGateway({ ...env, KEYFOLD_GATEWAY_GRPC_PORT: String(grpcPort) });
  service = await startTestAdminService({ database: await world.postgres.createDatabase(), env });
  admin = await signInAdmin(service);
  key = await world.writer.issue(world.anna);
  authorization = basic('anna', key.key);
  await world.caughtUp();
});

afterAll(async () => {
  await service.close();
  await world.close();
  await collector.close();
});

/** A trace that somebody else has begun. */
function begun(flags = '01'): { traceparent: string; traceId: string; parent: string } {
  const traceId = (++trace).toString(16).padStart(32, 'a');
  const parent = trace.toString(16).padStart(16, 'b');
  return { traceparent: `00-${traceId}-${parent}-${flags}`, traceId, parent };
}

interface Checks extends Client {
  Check(
    request: object,
    metadata: Metadata,
    done: (error: Error | null, response: { status: { code: number } }) => void,
  ): void;
}

/** Asks as Envoy does. */
async function check(request: object, metadata: Metadata): Promise<{ status: { code: number } }> {
  const definition = loadSync(inPackage('apps/auth-gateway/proto/ext-authz.proto'), { keepCase: true });
  const { envoy } = loadPackageDefinition(definition) as unknown as {
    envoy: { service: { auth: { v3: { Authorization: ServiceClientConstructor } } } };
  };
  const address = `127.0.0.1:${grpcPort}`;
  const client = new envoy.service.auth.v3.Authorization(address, credentials.createInsecure()) as unknown as Checks;
  try {
    return await new Promise((resolve, reject) => {
      client.Check(request, metadata, (error, response) => {
        if (error === null) resolve(response);
        else reject(error);
      });
    });
  } finally {
    client.close();
  }
}

/** The spans of a trace, once there are so many of them. */
async function spansOf(traceId: string, count: number): Promise<CollectedSpan[]> {
  const found = (): CollectedSpan[] => collector.spans.filter((span) => span.traceId === traceId);
  await eventually(() => found().length >= count);
  return found();
}

const of = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join(', ')}`);
  return found;
};

describe('where OpenTelemetry is configured', () => {
  test('a request to the gateway is a span of the caller’s trace, and the decision a part of it', async () => {
    const { traceId, traceparent, parent } = begun();
    const url = `${world.gateway.url}/v1/forward-auth?scopes=none`;
    const response = await fetch(url, { method: 'PURGE', headers: { authorization, traceparent } });
    expect(response.status).toBe(403);
    const spans = await spansOf(traceId, 2);
    const server = of(spans, '_OTHER /v1/forward-auth');
    expect(server).toMatchObject({ service: 'auth-gateway', kind: SERVER, parentSpanId: parent });
    expect(server.attributes).toEqual({
      'http.request.method': '_OTHER',
      'http.route': '/v1/forward-auth',
      'http.response.status_code': 403,
      'keyfold.request_id': response.headers.get('x-request-id'),
    });
    const decision = of(spans, 'decide');
    expect(decision).toMatchObject({ kind: INSIDE, parentSpanId: server.spanId });
    expect(decision.attributes).toEqual({
      'keyfold.surface': 'forward-auth',
      'keyfold.result': 'refused',
      'keyfold.reason': 'SCOPE_MISSING',
    });
  });

  test('so are those of the other surfaces, also where something is waited for', async () => {
    const fresh = await world.writer.issue(world.anna);
    await world.caughtUp();
    const waiting = begun();
    const headers = { authorization: basic('anna', fresh.key), traceparent: waiting.traceparent };
    expect((await fetch(`${world.gateway.url}/v1/me`, { headers })).status).toBe(200);
    const me = await spansOf(waiting.traceId, 2);
    expect(of(me, 'decide')).toMatchObject({
      parentSpanId: of(me, 'GET /v1/me').spanId,
      attributes: { 'keyfold.result': 'allowed' },
    });

    const verified = begun();
    const body = JSON.stringify({ username: 'anna', key: 'kf_' });
    const init = { method: 'POST', headers: { 'content-type': 'application/json', traceparent: verified.traceparent } };
    await fetch(`${world.gateway.url}/v1/verify`, { ...init, body });
    const verify = await spansOf(verified.traceId, 2);
    expect(of(verify, 'decide')).toMatchObject({
      parentSpanId: of(verify, 'POST /v1/verify').spanId,
      attributes: { 'keyfold.surface': 'verify', 'keyfold.reason': 'MALFORMED' },
    });

    const asked = begun();
    const connection = await connect({ servers: world.nats.url });
    const fields = natsHeaders();
    fields.set('traceparent', asked.traceparent);
    await connection.request('keyfold.verify', body, { headers: fields, timeout: 5_000 });
    await connection.close();
    const nats = await spansOf(asked.traceId, 2);
    expect(of(nats, 'keyfold.verify')).toMatchObject({ kind: SERVER, parentSpanId: asked.parent });
    expect(of(nats, 'decide').parentSpanId).toBe(of(nats, 'keyfold.verify').spanId);
  });

  test('Envoy’s question over gRPC takes part in the trace that its call belongs to', async () => {
    const { traceId, traceparent, parent } = begun();
    const metadata = new Metadata();
    metadata.set('traceparent', traceparent);
    const request = { attributes: { request: { http: { method: 'GET', path: '/x', headers: { authorization } } } } };
    const answer = await check(request, metadata);
    expect(answer.status.code).toBe(0);
    const spans = await spansOf(traceId, 2);
    const server = of(spans, 'envoy.service.auth.v3.Authorization/Check');
    expect(server).toMatchObject({ kind: SERVER, parentSpanId: parent });
    expect(of(spans, 'decide')).toMatchObject({
      parentSpanId: server.spanId,
      attributes: { 'keyfold.surface': 'grpc', 'keyfold.result': 'allowed' },
    });
  });

  test('the upstream of the reverse proxy goes on with the trace, upgrades included', async () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
    for (const fields of [[], upgrade]) {
      const { traceId, traceparent, parent } = begun();
      const given = [`Authorization: ${authorization}`, `TraceParent: ${traceparent}`, 'tracestate: a=b', ...fields];
      const lines = ['GET /private/path HTTP/1.1', 'Host: x', ...given, '', ''];
      const seen = world.upstream.seen.length;
      const connection = await RawConnection.open(world.proxyUrl, lines.join('\r\n'));
      await eventually(() => world.upstream.seen.length > seen);
      connection.socket.destroy();
      const server = of(await spansOf(traceId, 2), 'GET reverse-proxy');
      expect(server).toMatchObject({ kind: SERVER, parentSpanId: parent });
      const sent = world.upstream.seen.at(-1)?.fields.filter(([name]) => /^trace/i.test(name));
      expect(sent).toEqual([
        ['traceparent', `00-${traceId}-${server.spanId}-01`],
        ['tracestate', 'a=b'],
      ]);
    }
  });

  test('what the caller does not want to be recorded is not, and the upstream is told so', async () => {
    const { traceId, traceparent } = begun('00');
    await (await fetch(world.proxyUrl, { headers: { authorization, traceparent } })).text();
    const sent = new Map(world.upstream.seen.at(-1)?.fields).get('traceparent');
    expect(sent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    const later = begun();
    await fetch(`${world.gateway.url}/v1/me`, { headers: { authorization, traceparent: later.traceparent } });
    await spansOf(later.traceId, 2);
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });

  test('a traceparent that is none begins a trace of its own', async () => {
    const before = collector.spans.length;
    const headers = { authorization, traceparent: '00-zz-1-01', tracestate: 'x'.repeat(2_000) };
    expect((await fetch(`${world.gateway.url}/v1/me`, { headers })).status).toBe(200);
    await eventually(() => collector.spans.slice(before).some(({ name }) => name === 'GET /v1/me'));
    const spans = collector.spans.slice(before).filter(({ name }) => name === 'GET /v1/me');
    expect(spans[0]).toMatchObject({ parentSpanId: undefined });
  });

  test('a request to the admin-service is a span by its route, with its command inside, failed ones by their code', async () => {
    const { traceId, traceparent, parent } = begun();
    const call = (path: string, body: object): Promise<Response> =>
      fetch(service.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${String(admin.token)}`, 'content-type': 'application/json', traceparent },
        body: JSON.stringify(body),
      });
    expect((await call('/v1/users', { username: 'canary-name', email: 'canary@example.org' })).status).toBe(201);
    expect((await call('/v1/users', { username: 'canary-name' })).status).toBe(409);
    const spans = await spansOf(traceId, 4);
    const servers = spans.filter(({ name }) => name === 'POST /v1/users');
    expect(servers.map(({ attributes }) => attributes['http.response.status_code']).sort()).toEqual([201, 409]);
    for (const server of servers) {
      expect(server).toMatchObject({ service: 'admin-service', kind: SERVER, parentSpanId: parent });
      const command = spans.find(({ parentSpanId }) => parentSpanId === server.spanId);
      expect(command).toMatchObject({ name: 'CreateUser', kind: INSIDE });
      const hasFailed = server.attributes['http.response.status_code'] === 409;
      expect([command?.statusCode, command?.attributes['error.type']]).toEqual(
        hasFailed ? [2, 'DomainError'] : [0, undefined],
      );
    }
  });

  test('no span names a person or a key, nor holds anything secret', async () => {
    const secret = key.key.slice(26, 69);
    await fetch(`${world.gateway.url}/v1/ext-authz/anna/${key.keyId}?q=${key.key}`, { headers: { authorization } });
    const { traceId, traceparent } = begun();
    await fetch(`${world.proxyUrl}/${key.keyId}?${key.key}`, { headers: { authorization, traceparent } });
    await spansOf(traceId, 2);
    const sent = collector.bodies.join('\n');
    const names = ['anna', 'canary-name', 'example.org', 'private', world.anna.userId, key.keyId];
    const secrets = [secret, key.key, authorization.slice(6), String(admin.token)];
    for (const text of [...names, ...secrets]) expect(sent).not.toContain(text);
  });
});

test('a collector that is not there disturbs nobody; the log says so', async () => {
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/', OTEL_BSP_SCHEDULE_DELAY: '20' };
  const other = await world.anotherGateway(env);
  expect((await fetch(`${other.url}/v1/me`)).status).toBe(401);
  await eventually(() => other.lines.some((line) => line.includes('spans could not be sent')));
  await other.close();
});

test('without configuration nothing is traced, and what a client says of its trace goes to the upstream as it is', async () => {
  const plain = await world.anotherGateway();
  expect(plain.parts.tracing).toBeNull();
  expect(plain.parts.signIn.constructor).toBe(KeySignIn);
  await world.caughtUp(plain);
  const { traceparent } = begun();
  const response = await fetch(plain.proxyUrl ?? '', { headers: { authorization, traceparent } });
  expect(response.status).toBe(200);
  expect(new Map(world.upstream.seen.at(-1)?.fields).get('traceparent')).toBe(traceparent);
  await plain.close();
});

test('every series that the shipped alerts and the dashboard ask for is there from the start', async () => {
  const pages = await Promise.all(
    [world.gateway.opsUrl, service.opsUrl].map(async (opsUrl) => (await fetch(`${opsUrl}/metrics`)).text()),
  );
  const there = seriesOnPage(pages.join('\n'));
  const queries = await shippedQueries();
  expect(queries.length).toBeGreaterThan(20);
  for (const { expr, where } of queries) {
    expect([where, seriesOf(expr).length]).not.toEqual([where, 0]);
    for (const series of seriesOf(expr)) expect([where, series, there.has(series)]).toEqual([where, series, true]);
  }
});
