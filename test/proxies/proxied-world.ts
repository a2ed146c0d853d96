import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { type RawAnswer, rawRequest } from '@keyfold/testing/raw-http';
import { type SeenRequest, startTestUpstream, type TestUpstream } from '@keyfold/testing/test-upstream';
import { type GatewayLink, startGatewayLink } from './gateway-link.js';
import type { ProxyStarter, RunningProxy } from './installed-proxies.js';

/** A proxy with its shipped configuration between clients, a gateway that can be exchanged, and a service. */
export interface ProxiedWorld {
  readonly proxy: RunningProxy;
  readonly upstream: TestUpstream;
  readonly link: GatewayLink;
  readonly gateway: TestAuthGateway;
  /** Reaches no log, so it holds no lease and answers 503. */
  readonly stale: TestAuthGateway;
  readonly userId: string;
  readonly keyId: string;
  /** Values of Authorization. */
  readonly may: Readonly<Record<'pass' | 'read' | 'comeFromElsewhere' | 'comeOnce', string>>;
  /** Sends a request as it is; `Host` and `Connection: close` are added where they are not given. */
  ask(requestLine: string, fields?: readonly string[], body?: string): Promise<RawAnswer>;
  /** What the service has seen since the last call. */
  seen(): SeenRequest[];
  stop(): Promise<void>;
}

export async function startProxiedWorld(startProxy: ProxyStarter): Promise<ProxiedWorld> {
  const [world, upstream] = await Promise.all([startGatewayWorld(), startTestUpstream()]);
  const gateway = await world.gateway({ trustedProxies: '127.0.0.1' });
  const stale = await world.gateway({ gatewayId: 'stale', natsUrl: '', adminInternalUrl: 'http://127.0.0.1:9' });
  const keys = await issueKeys(world, '127.0.0.1');
  await world.caughtUp(gateway);
  const link = await startGatewayLink({ to: gateway.url });
  const proxy = await startProxy({ gateway: link.address, app: new URL(upstream.url).host });
  return {
    proxy,
    upstream,
    link,
    gateway,
    stale,
    ...keys,
    userId: world.anna.userId,
    ask: (requestLine, fields = [], body = '') => rawRequest(proxy.url, headOf(requestLine, fields), body),
    seen: () => upstream.seen.splice(0),
    stop: async () => {
      await proxy.stop();
      await link.close();
      await upstream.close();
      await world.stop();
    },
  };
}

/** @param from the address that clients have for the gateway */
export async function issueKeys(
  { anna, writer }: GatewayWorld,
  from: string,
): Promise<Pick<ProxiedWorld, 'keyId' | 'may'>> {
  const pass = await writer.issue(anna, { scopes: ['reports', 'orders'] });
  const read = await writer.issue(anna, { readOnly: true, allowedIpRanges: [`${from}/32`] });
  const comeFromElsewhere = await writer.issue(anna, { allowedIpRanges: ['10.1.0.0/16'] });
  const comeOnce = await writer.issue(anna, { rateLimit: { requests: 1, seconds: 86_400 } });
  const may = { pass, read, comeFromElsewhere, comeOnce };
  return {
    keyId: pass.keyId,
    may: Object.fromEntries(Object.entries(may).map(([name, { key }]) => [name, basic('anna', key)])) as Record<
      keyof typeof may,
      string
    >,
  };
}

function headOf(requestLine: string, fields: readonly string[]): string[] {
  const has = (name: string): boolean => fields.some((field) => field.toLowerCase().startsWith(`${name}:`));
  return [
    `${requestLine} HTTP/1.1`,
    ...(has('host') ? [] : ['Host: service.example']),
    ...(has('connection') ? [] : ['Connection: close']),
    ...fields,
  ];
}

/**
 * The fields that a server may take for this one: CGI, WSGI, PHP and their kin fold case and whatever is no letter or
 * digit.
 */
export function readAs(name: string, { fields }: SeenRequest): string[] {
  return fields.filter(([sent]) => fold(sent) === fold(name)).map(([, value]) => value);
}

/** A name as those servers read it. */
export function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}
