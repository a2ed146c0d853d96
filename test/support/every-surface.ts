import { connect, type NatsConnection } from '@nats-io/transport-node';
import { freePort } from '@keyfold/local-servers';
import type { Surface } from '../../apps/auth-gateway/src/authentication/verdict.js';
import type { TestAuthGateway } from './auth-gateway.js';
import { ExtAuthzClient } from './ext-authz-client.js';
import { basic, type GatewayWorld } from './gateway-world.js';
import { startTestUpstream, type TestUpstream } from './test-upstream.js';

/** What somebody was answered, whichever way they came. Over NATS there is no status. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** A user name and what is presented as the key. */
export interface PresentedKey {
  readonly username: string;
  readonly key: string;
}

/** Asks whether they may pass, for a client of this address. */
export type Ask = (presented: PresentedKey, from?: string) => Promise<Answered>;

/** All ways into a gateway. */
export interface EverySurface {
  readonly gateway: TestAuthGateway;
  readonly asks: Readonly<Record<Surface, Ask>>;
  close(): Promise<void>;
}

/**
 * Starts a gateway that takes the tests for a trusted proxy, with gRPC and a reverse proxy, and connects clients to all
 * of it.
 */
export async function openEverySurface(
  world: GatewayWorld,
  env: Readonly<Record<string, string>> = {},
): Promise<EverySurface> {
  const upstream = await startTestUpstream();
  const grpcPort = String(await freePort());
  const gateway = await world.gateway({
    trustedProxies: '127.0.0.1',
    env: { ...env, KEYFOLD_GATEWAY_GRPC_PORT: grpcPort, KEYFOLD_UPSTREAM_URL: upstream.url, KEYFOLD_PROXY_PORT: '0' },
  });
  const envoy = new ExtAuthzClient(grpcPort);
  const client = await connect({ servers: world.nats.url });
  await world.caughtUp(gateway);
  return {
    gateway,
    asks: {
      'forward-auth': over(`${gateway.url}/v1/forward-auth`),
      'auth-request': over(`${gateway.url}/v1/auth-request`),
      'ext-authz': over(`${gateway.url}/v1/ext-authz/orders`),
      grpc: overGrpc(envoy),
      me: over(`${gateway.url}/v1/me`),
      verify: ({ key, username }, ip) =>
        overHttp(`${gateway.url}/v1/verify`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username, key, ip }),
        }),
      nats: overNats(client),
      token: over(`${gateway.url}/v1/token`, 'POST'),
      'reverse-proxy': over(`${gateway.proxyUrl ?? ''}/orders`),
    },
    close: () => closeAll(envoy, client, upstream),
  };
}

async function closeAll(envoy: ExtAuthzClient, client: NatsConnection, upstream: TestUpstream): Promise<void> {
  envoy.close();
  await client.close();
  await upstream.close();
}

/** A way in by HTTP Basic, for a client that a proxy stands before. */
export function over(url: string, method = 'GET'): Ask {
  return ({ key, username }, from) => {
    const headers = { authorization: basic(username, key), ...(from === undefined ? {} : { 'x-forwarded-for': from }) };
    return overHttp(url, { method, headers });
  };
}

/** @returns the body of JSON read, any other as null */
export async function overHttp(url: string, init: RequestInit): Promise<Answered> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as unknown) : null;
  return { status: response.status, body, headers: Object.fromEntries(response.headers) };
}

function overNats(client: NatsConnection): Ask {
  return async ({ key, username }, ip) => {
    const question = JSON.stringify({ username, key, ip });
    const message = await client.request('keyfold.verify', question, { timeout: 30_000 });
    return { status: 0, body: message.json(), headers: {} };
  };
}

function overGrpc(envoy: ExtAuthzClient): Ask {
  return async ({ key, username }, from) => {
    const { denied_response: denied } = await envoy.check(basic(username, key), from);
    if (denied === undefined) return { status: 200, body: null, headers: {} };
    const headers = Object.fromEntries(denied.headers.map(({ header }) => [header.key, header.value]));
    return { status: denied.status.code, body: JSON.parse(denied.body), headers };
  };
}
