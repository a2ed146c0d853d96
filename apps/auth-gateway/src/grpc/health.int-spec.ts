import 'reflect-metadata';
import {
  type Client,
  type ClientReadableStream,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError,
  status as rpcStatus,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inPackage } from '@keyfold/event-store';
import { freePort } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';
import { FaultProxy } from '@keyfold/testing/fault-proxy';
import { type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';

interface Answer {
  readonly status: string;
}
type HealthClient = Client & {
  Check(request: { service: string }, done: (error: ServiceError | null, answer?: Answer) => void): void;
  Watch(request: { service: string }): ClientReadableStream<Answer>;
};

const AUTHORIZATION = 'envoy.service.auth.v3.Authorization';
let world: GatewayWorld;
let link: FaultProxy;
let client: HealthClient;

beforeAll(async () => {
  world = await startGatewayWorld();
  world.writer.admin.leaseSeconds = 3;
  link = await FaultProxy.start(Number(new URL(world.writer.admin.url).port));
  link.become('refusing');
  const port = String(await freePort());
  await world.gateway({
    natsUrl: '',
    adminInternalUrl: link.through(world.writer.admin.url),
    env: { KEYFOLD_GATEWAY_GRPC_PORT: port },
  });
  const definition = loadSync(inPackage('apps/auth-gateway/proto/health.proto'), { enums: String });
  const named = loadPackageDefinition(definition) as unknown as {
    grpc: { health: { v1: GrpcObject & { Health: ServiceClientConstructor } } };
  };
  client = new named.grpc.health.v1.Health(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
  ) as unknown as HealthClient;
});
afterAll(async () => {
  client.close();
  await world.stop();
  await link.stop();
});

const check = (service: string): Promise<string | number> =>
  new Promise((resolve) => {
    client.Check({ service }, (error, answer) => {
      resolve(error?.code ?? answer?.status ?? '');
    });
  });

test('a gateway is serving while its lease holds, and says so to who asks and who watches', async () => {
  const watch = client.Watch({ service: AUTHORIZATION });
  const seen: string[] = [];
  watch.on('data', ({ status }: Answer) => seen.push(status));
  watch.on('error', () => undefined);
  await eventually(() => seen.length === 1);
  for (const service of ['', AUTHORIZATION]) expect(await check(service)).toBe('NOT_SERVING');
  link.become('open');
  await eventually(() => seen.length === 2);
  for (const service of ['', AUTHORIZATION]) expect(await check(service)).toBe('SERVING');
  link.become('refusing');
  link.cut();
  await eventually(() => seen.length === 3);
  expect(await check('')).toBe('NOT_SERVING');
  expect(seen).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING']);
  watch.cancel();
});

test('another service is not known', async () => {
  expect(await check('grpc.health.v1.Health')).toBe(rpcStatus.NOT_FOUND);
  const watch = client.Watch({ service: 'other' });
  const seen: string[] = [];
  for await (const { status } of watch as AsyncIterable<Answer>) seen.push(status);
  expect(seen).toEqual(['SERVICE_UNKNOWN']);
});
