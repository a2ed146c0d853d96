import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { deriveSharedKeys, type NewEvent, parseVerifierKey } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { feedNames, Relay } from '@keyfold/messaging';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import { TestGateway } from '@keyfold/testing/feed/feed-harness';
import { startTestNats, type TestNats } from '@keyfold/testing/nats';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { signInAdmin } from '@keyfold/testing/signed-in';

// Each service may do with the broker what it needs to and no more.
const users = [
  {
    user: 'admin-service',
    password: 'admin p@ss',
    publish: ['keyfold.log.>', '$JS.API.>', '_INBOX.>'],
    subscribe: ['keyfold.head.*', 'keyfold.refill.*', 'keyfold.use.>', '_INBOX.>'],
    allowResponses: true,
  },
  {
    user: 'auth-gateway',
    password: 'gateway',
    publish: [
      'keyfold.head.*',
      'keyfold.refill.*',
      'keyfold.use.>',
      '$JS.API.INFO',
      '$JS.API.STREAM.INFO.*',
      '$JS.API.CONSUMER.CREATE.>',
      '$JS.API.CONSUMER.INFO.>',
      '$JS.API.CONSUMER.DELETE.>',
      '$JS.API.CONSUMER.MSG.NEXT.>',
    ],
    subscribe: ['_INBOX.>'],
    allowResponses: true,
  },
];

let postgres: TestPostgres;
let nats: TestNats;
let stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats({ users })]);
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});
afterAll(() => Promise.all([postgres.stop(), nats.stop()]));

const natsUrlOf = (user: string, password: string): string =>
  `nats://${user}:${encodeURIComponent(password)}@127.0.0.1:${nats.port}`;

async function start(
  database: TestDatabase,
  options: { hasBroker?: boolean; secrets?: TestAdminService } = {},
): Promise<TestAdminService> {
  const service = await startTestAdminService({
    database,
    ...(options.hasBroker === false ? {} : { natsUrl: natsUrlOf('admin-service', 'admin p@ss') }),
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
  });
  stops.push(() => service.close());
  return service;
}

function gatewayOf(
  service: TestAdminService,
  ways: { http?: boolean; nats?: boolean } = {},
  natsUrl = natsUrlOf('auth-gateway', 'gateway'),
): TestGateway {
  const gateway = new TestGateway({
    natsUrl: ways.nats === false ? undefined : natsUrl,
    adminUrl: ways.http === false ? undefined : service.internalUrl,
    trust: { shared: deriveSharedKeys([service.sharedSecret]), verifier: parseVerifierKey(service.logPublicKey) },
  }).start();
  stops.push(() => gateway.stop());
  return gateway;
}

const storeOf = ({ service }: TestAdminService): PostgresEventStore =>
  service.app.get(PostgresEventStore, { strict: false });

async function append(service: TestAdminService): Promise<void> {
  const stream = `audit/${randomUUID()}`;
  const outcome = await storeOf(service).append({
    expected: [{ stream, version: 0 }],
    events: [{ stream, type: 'ExportMade', schemaVersion: 1, data: { size: 1 }, sealed: {} }],
    actor: 'system',
    correlationId: randomUUID(),
  });
  expect(outcome.kind).toBe('appended');
}

async function caughtUp(gateway: TestGateway, service: TestAdminService): Promise<void> {
  await eventually(async () => {
    const { root, size } = await storeOf(service).head();
    expect(gateway.size).toBe(size);
    expect(gateway.root).toEqual(root);
  });
}

describe('the feed of the admin-service', () => {
  test('goes over NATS alone, each side with no more permissions than it needs', async () => {
    const service = await start(await postgres.createDatabase());
    const gateway = gatewayOf(service, { http: false });
    await caughtUp(gateway, service);
    await append(service);
    await caughtUp(gateway, service);
    expect(gateway.feed.feedStatus().rejections).toBe(0);
    expect(gateway.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('carries refills of erased records over NATS alone, however small a message of the broker is', async () => {
    const small = await startTestNats({ maxPayloadBytes: 65_536 });
    stops.push(() => small.stop());
    const database = await postgres.createDatabase();
    const service = await startTestAdminService({ database, natsUrl: small.url });
    stops.push(() => service.close());
    const people = Array.from({ length: 200 }, () => `user/${randomUUID()}`);
    const store = storeOf(service);
    const write = (version: number, type: string, data: object, sealed: (stream: string) => object): Promise<unknown> =>
      store.append({
        expected: people.map((stream) => ({ stream, version })),
        events: people.map((stream) => ({ stream, type, schemaVersion: 1, data, sealed: sealed(stream) }) as NewEvent),
        actor: 'system',
        correlationId: randomUUID(),
      });
    await write(0, 'UserCreated', { supervisorId: null }, (stream) => ({ username: stream.slice(5) }));
    await write(1, 'UserErased', {}, () => ({}));
    const relay = service.service.app.get(Relay, { strict: false });
    const connection = await connect({ servers: small.url });
    const { streams } = await jetstreamManager(connection);
    const name = feedNames(parseVerifierKey(service.logPublicKey).keyId).stream;
    await eventually(async () => {
      expect(relay.status.position).toBe((await store.head()).size);
      expect((await streams.info(name)).state.num_deleted).toBe(people.length);
    });
    await connection.close();
    const gateway = gatewayOf(service, { http: false }, small.url);
    await caughtUp(gateway, service);
    expect(gateway.applied.filter(({ erased }) => erased.length > 0)).toHaveLength(people.length);
  });

  test('goes over HTTP alone; without a broker the service is ready and says so', async () => {
    const service = await start(await postgres.createDatabase(), { hasBroker: false });
    const gateway = gatewayOf(service, { nats: false });
    await caughtUp(gateway, service);
    const ready = await fetch(`${service.opsUrl}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ checks: { feed: { ok: true, detail: 'no-broker' } } });
    const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(/keyfold_relay_lag_records \d+/);
    expect(metrics).toMatch(/keyfold_gateway_requests_total\{request="head",result="answered"\} [1-9]/);
  });

  test('heals when Postgres and NATS are killed and come back', async () => {
    const service = await start(await postgres.createDatabase());
    const gateway = gatewayOf(service);
    await caughtUp(gateway, service);
    await postgres.server.kill();
    await nats.kill();
    await postgres.restart();
    await nats.restart();
    await eventually(() => append(service));
    await caughtUp(gateway, service);
    await eventually(() => {
      expect(gateway.feed.feedStatus().state).toBe('streaming');
    });
  });

  test('is carried on by a second replica on the same log', async () => {
    const database = await postgres.createDatabase();
    const first = await start(database);
    const second = await start(database, { secrets: first });
    const gateway = gatewayOf(first, { http: false });
    await Promise.all([append(first), append(second), append(first), append(second)]);
    await caughtUp(gateway, second);
    await first.close();
    stops = stops.slice(1);
    await append(second);
    await caughtUp(gateway, second);
  });

  test('grants the lease that the settings say at that moment', async () => {
    const service = await start(await postgres.createDatabase());
    const gateway = gatewayOf(service);
    await eventually(() => gateway.heads.latest?.leaseSeconds === 60);
    const stream = 'settings/security';
    const version = (await storeOf(service).readStream(stream)).length;
    const change = { before: { gatewayLeaseSeconds: 60 }, after: { gatewayLeaseSeconds: 7 } };
    await storeOf(service).append({
      expected: [{ stream, version }],
      events: [{ stream, type: 'SecuritySettingsChanged', schemaVersion: 1, data: change, sealed: {} }],
      actor: 'system',
      correlationId: randomUUID(),
    });
    // A question from before may still be under way.
    await eventually(async () => (await gateway.heads.ask()).leaseSeconds === 7);
  });
});

describe('a request that is no request', () => {
  test('gets an answer over HTTP that says no more than a code', async () => {
    const { internalUrl } = await start(await postgres.createDatabase(), { hasBroker: false });
    const post = async (path: string, body: string, type = 'application/json'): Promise<[number, unknown]> => {
      const answer = await fetch(internalUrl + path, { method: 'POST', body, headers: { 'content-type': type } });
      return [answer.status, await answer.json()];
    };
    const code = (name: string): object => ({ error: { code: name } });
    expect(await post('/internal/v1/head', '{"a":')).toEqual([400, code('MALFORMED_REQUEST')]);
    expect(await post('/internal/v1/head', '')).toEqual([400, code('MALFORMED_REQUEST')]);
    expect(await post('/internal/v1/refill', '{"mac":"x"}')).toEqual([401, code('NOT_AUTHENTICATED')]);
    expect(await post('/internal/v1/head', 'x'.repeat(70_000))).toEqual([413, code('MALFORMED_REQUEST')]);
    expect(await post('/internal/v1/head', '{}', 'text/plain')).toEqual([415, code('MALFORMED_REQUEST')]);
    expect(await post('/internal/v1/other', '{}')).toEqual([404, code('MALFORMED_REQUEST')]);
  });

  test('gets an answer over NATS too, since silence would cost its sender the timeout', async () => {
    const service = await start(await postgres.createDatabase());
    const names = feedNames(parseVerifierKey(service.logPublicKey).keyId);
    const connection = await connect({ servers: nats.url, user: 'auth-gateway', pass: 'gateway' });
    try {
      for (const [subject, text] of [
        [names.head, '{'],
        [names.refill, ''],
      ] as const) {
        await eventually(async () => {
          const reply = await connection.request(subject, text, { timeout: 2_000 });
          expect(reply.json()).toEqual({ error: { code: 'MALFORMED_REQUEST' } });
        });
      }
    } finally {
      await connection.close();
    }
  });
});

test('gateways that ask for heads are listed with their processes', async () => {
  const service = await start(await postgres.createDatabase(), { hasBroker: false });
  const gateway = gatewayOf(service, { nats: false });
  const admin = await signInAdmin(service);
  await append(service);
  const listed = async (): Promise<Record<string, unknown>[]> =>
    (await admin.get('/v1/gateways')).body['items'] as Record<string, unknown>[];
  const instant = expect.stringMatching(/^\d{4}-.*Z$/);
  const same = { lagEvents: 0, leaseUntil: instant, lastSeenAt: instant, version: null };
  const one = { ...same, slot: null, verifierKey: null, fingerprint: null, enrolled: false, noLease: null };
  await eventually(async () => {
    const { size: appliedPosition } = await storeOf(service).head();
    const processes = [{ ...one, incarnation: 'incarnation-1', appliedPosition }];
    expect(await listed()).toEqual([{ ...same, gatewayId: 'gateway-1', processes, appliedPosition }]);
  });
  await gateway.stop();
  await append(service);
  await eventually(async () => {
    expect(await listed()).toMatchObject([{ gatewayId: 'gateway-1', lagEvents: 1 }]);
  });
});
