import { createLogger, TrustedProxies } from '@keyfold/service-kit';
import { type ProxySettings, type RunningProxy, startProxy } from '../../apps/auth-gateway/src/proxy/start-proxy.js';
import { startAuthGateway, type TestAuthGateway } from './auth-gateway.js';
import { eventually } from './eventually.js';
import { LogWriter, TEST_SHARED_SECRET, testKeys, type TestUser } from './log-writer.js';
import { startTestNats, type TestNats } from './nats.js';
import { startTestPostgres, type TestPostgres } from './postgres.js';
import { startTestUpstream, type TestUpstream } from './test-upstream.js';

/** A gateway with its reverse proxy before a real upstream, behind a real log. */
export interface ProxiedGateway {
  readonly postgres: TestPostgres;
  readonly nats: TestNats;
  readonly writer: LogWriter;
  readonly gateway: TestAuthGateway;
  readonly upstream: TestUpstream;
  readonly proxyUrl: string;
  readonly signInRole: string;
  readonly anna: TestUser;
  /** Resolves once the gateway, or another one, has applied all that the log holds. */
  caughtUp(of?: TestAuthGateway): Promise<void>;
  /** Starts a further gateway of the same log; to be closed by who asked for it. */
  anotherGateway(env?: Readonly<Record<string, string>>): Promise<TestAuthGateway>;
  /** Starts a further proxy, with little patience, before another upstream; to be closed by who asked for it. */
  proxyBefore(
    upstreamUrl: string,
    options?: Partial<Omit<ProxySettings, 'upstreamUrl' | 'timeouts'>> & { readonly trusted?: readonly string[] },
  ): Promise<RunningProxy>;
  close(): Promise<void>;
}

export async function startProxiedGateway(env: Readonly<Record<string, string>> = {}): Promise<ProxiedGateway> {
  const [postgres, nats, upstream] = await Promise.all([startTestPostgres(), startTestNats(), startTestUpstream()]);
  const writer = await LogWriter.start(postgres, nats.url);
  const start = async (further: Readonly<Record<string, string>>): Promise<TestAuthGateway> =>
    startAuthGateway({
      databaseUrl: (await postgres.createDatabase()).ownerUrl,
      natsUrl: nats.url,
      adminInternalUrl: writer.admin.url,
      sharedSecret: TEST_SHARED_SECRET,
      logPublicKey: testKeys.verifier.verifierKey,
      env: { KEYFOLD_UPSTREAM_URL: upstream.url, KEYFOLD_PROXY_PORT: '0', ...further },
    });
  const gateway = await start(env);
  const signInRole = await writer.role('API Key Sign In', ['api-key.sign-in']);
  const anna = await writer.user('anna', [signInRole]);
  await writer.changeSettings({ apiKeyAuthenticationEnabled: true });
  const caughtUp = async (of = gateway): Promise<void> => {
    const { size } = await writer.store.head();
    await eventually(() => of.parts.facts.appliedSize >= size && of.parts.freshness.holdsLease());
  };
  const proxyBefore: ProxiedGateway['proxyBefore'] = (upstreamUrl, { trusted = [], ...options } = {}) => {
    const timeouts = { connectMs: 1_000, headMs: 300, silenceMs: 300 };
    const log = createLogger({ service: 'test', level: 'silent' });
    const settings = {
      upstreamUrl,
      host: '127.0.0.1',
      port: 0,
      maxOpenPerKey: 256,
      preservesHost: false,
      allowsPreflight: false,
      passesEncodedSlash: false,
      ...options,
      timeouts,
    };
    return startProxy(settings, gateway.parts, { proxies: new TrustedProxies(trusted), log });
  };
  const close = async (): Promise<void> => {
    await gateway.close();
    await upstream.close();
    await writer.stop();
    await nats.stop();
    await postgres.stop();
  };
  return {
    postgres,
    nats,
    writer,
    gateway,
    upstream,
    proxyUrl: gateway.proxyUrl ?? '',
    signInRole,
    anna,
    caughtUp,
    anotherGateway: (further = {}) => start(further),
    proxyBefore,
    close,
  };
}

/** A value of Authorization. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
