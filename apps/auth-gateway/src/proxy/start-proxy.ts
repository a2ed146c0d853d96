import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger, Tracing, TrustedProxies } from '@keyfold/service-kit';
import type { StandingAccess } from '../authentication/standing-access.js';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import type { Freshness } from '../freshness/freshness.js';
import type { OpenConnections } from '../operations/open-connections.js';
import type { KeySignIn } from '../surfaces/key-sign-in.js';
import type { TokenIssuer } from '../tokens/token-issuer.js';
import { AdmissionControl } from './admission.js';
import { Assertions } from './assertions.js';
import { LiveConnections } from './live-connections.js';
import { ProxyHandler } from './proxy-handler.js';
import { createProxyServer } from './proxy-server.js';
import { TracedProxyHandler } from './traced-proxy-handler.js';
import { MAX_REQUESTS, Upstream, type UpstreamTimeouts } from './upstream.js';

/**
 * At the stop, requests under way have so long to be answered; upgraded connections and streams that go on end then.
 */
const DRAIN_MS = 10_000;

export interface ProxySettings {
  readonly upstreamUrl: string;
  readonly host: string;
  readonly port: number;
  /** Requests under way and upgraded connections that a key may have open at once. */
  readonly maxOpenPerKey: number;
  /** The upstream gets the Host that the client asked for. */
  readonly preservesHost: boolean;
  /** CORS preflights go on without a key. */
  readonly allowsPreflight: boolean;
  /** `%2F` is a character of a path like others. */
  readonly passesEncodedSlash: boolean;
  readonly timeouts: UpstreamTimeouts;
}

/** What the proxy decides with. */
export interface ProxyParts {
  readonly access: StandingAccess;
  readonly facts: GatewayFacts;
  readonly freshness: Freshness;
  readonly open: OpenConnections;
  /** Says when a batch has been applied. */
  readonly projector: { onApplied(listener: () => void): void };
  readonly signIn: KeySignIn;
  readonly tokens: TokenIssuer;
  /** Null where tracing is off. */
  readonly tracing: Tracing | null;
}

/** A reverse proxy that listens. */
export interface RunningProxy {
  readonly url: string;
  /** Takes nothing new, lets answers under way end within some seconds, ends the rest. */
  close(): Promise<void>;
}

/** Starts the reverse proxy on a port of its own. */
export async function startProxy(
  settings: ProxySettings,
  parts: ProxyParts,
  { proxies, log }: { readonly proxies: TrustedProxies; readonly log: Logger },
): Promise<RunningProxy> {
  const { access, facts, freshness, open, projector, signIn, tokens, tracing } = parts;
  const { allowsPreflight, host, maxOpenPerKey, passesEncodedSlash, port, preservesHost } = settings;
  const upstream = new Upstream(settings.upstreamUrl, settings.timeouts);
  const live = new LiveConnections(access, { all: MAX_REQUESTS, perKey: maxOpenPerKey }, open);
  projector.onApplied(() => {
    live.applied();
  });
  const assertions = new Assertions(tokens, upstream.origin, () => freshness.lease.endsAtMs);
  const appliedSize = (): number => facts.appliedSize;
  const admission = new AdmissionControl({
    signIn,
    proxies,
    access,
    assertions,
    appliedSize,
    allowsPreflight,
    passesEncodedSlash,
  });
  const options = { admission, live, upstream, proxies, log, maxOpenPerKey, preservesHost };
  const server = createProxyServer(
    tracing === null ? new ProxyHandler(options) : new TracedProxyHandler(options, tracing),
  );
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: async () => {
      await drain(server, live);
      await upstream.close();
    },
  };
}

async function drain(server: Server, live: LiveConnections): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  live.endUpgraded();
  const cut = setTimeout(() => {
    live.close();
    server.closeAllConnections();
  }, DRAIN_MS);
  await closed;
  clearTimeout(cut);
  live.close();
}
