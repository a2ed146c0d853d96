import type { NatsUser } from '@keyfold/local-servers';
import { type AuthGatewayOptions, startAuthGateway, type TestAuthGateway } from './auth-gateway.js';
import { eventually } from './eventually.js';
import { LogWriter, TEST_SHARED_SECRET, testKeys, type TestUser } from './log-writer.js';
import { startTestNats, type TestNats } from './nats.js';
import { startTestPostgres, type TestPostgres } from './postgres.js';

/** A log with keys switched on and one user, a broker, and gateways that follow it. */
export interface GatewayWorld {
  readonly postgres: TestPostgres;
  readonly nats: TestNats;
  readonly writer: LogWriter;
  readonly anna: TestUser;
  readonly signInRole: string;
  /** Starts a gateway with a database of its own; `stop` closes it. */
  gateway(options?: Partial<AuthGatewayOptions>): Promise<TestAuthGateway>;
  /** Resolves once this gateway has applied all of the log. */
  caughtUp(gateway: TestAuthGateway): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param users logins of the broker, the admin side's first and the gateways' second; without any everybody may do
 * anything
 */
export async function startGatewayWorld(users?: readonly [NatsUser, NatsUser]): Promise<GatewayWorld> {
  const [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats(users ? { users: [...users] } : {})]);
  const [adminUrl, gatewayUrl] = [0, 1].map((at) => natsUrlOf(nats, users?.[at]));
  const writer = await LogWriter.start(postgres, adminUrl);
  const signInRole = await writer.role('API Key Sign In', ['api-key.sign-in']);
  const anna = await writer.user('anna', [signInRole]);
  await writer.changeSettings({ apiKeyAuthenticationEnabled: true });
  const gateways: TestAuthGateway[] = [];
  return {
    postgres,
    nats,
    writer,
    anna,
    signInRole,
    gateway: async (options = {}) => {
      const gateway = await startAuthGateway({
        databaseUrl: (await postgres.createDatabase()).ownerUrl,
        natsUrl: gatewayUrl ?? nats.url,
        adminInternalUrl: writer.admin.url,
        sharedSecret: TEST_SHARED_SECRET,
        logPublicKey: testKeys.verifier.verifierKey,
        ...options,
      });
      gateways.push(gateway);
      return gateway;
    },
    caughtUp: async (gateway) => {
      const { size } = await writer.store.head();
      await eventually(() => gateway.parts.facts.appliedSize >= size && gateway.parts.freshness.holdsLease());
    },
    stop: async () => {
      for (const gateway of gateways) await gateway.close();
      await writer.stop();
      await nats.stop();
      await postgres.stop();
    },
  };
}

/** The broker's address with a login. */
export function natsUrlOf({ port }: TestNats, user: NatsUser | undefined): string {
  return `nats://${user === undefined ? '' : `${user.user}:${user.password}@`}127.0.0.1:${port}`;
}

/** An Authorization value. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
