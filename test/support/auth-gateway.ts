import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@keyfold/service-kit';
import { GatewayConfig } from '../../apps/auth-gateway/src/gateway-config.js';
import { type RunningGateway, startGateway } from '../../apps/auth-gateway/src/start-gateway.js';

/** Where a gateway under test finds the rest of the world. */
export interface AuthGatewayOptions {
  readonly databaseUrl: string;
  /** Without it the gateway knows no broker and polls. */
  readonly natsUrl?: string;
  readonly adminInternalUrl: string;
  readonly sharedSecret: string;
  /** A C2SP verifier key. */
  readonly logPublicKey: string;
  readonly gatewayId?: string;
  readonly trustedProxies?: string;
  /** Keep the gateway's proof key from an earlier start; otherwise a temporary folder that `close` removes. */
  readonly dataDir?: string;
  /** More variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The real gateway in this process, on free ports. Its log lines are collected. */
export interface TestAuthGateway extends RunningGateway {
  readonly lines: readonly string[];
}

/** Starts it; it is not ready before it has caught up with a signed head. */
export async function startAuthGateway(options: AuthGatewayOptions): Promise<TestAuthGateway> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'keyfold-gateway-')));
  const lines: string[] = [];
  const log = createLogger({ service: 'auth-gateway' }, { write: (line) => void lines.push(line) });
  const config = GatewayConfig.fromEnvironment({
    KEYFOLD_DATA_DIR: dataDir,
    KEYFOLD_GATEWAY_DATABASE_URL: options.databaseUrl,
    KEYFOLD_NATS_URL: options.natsUrl,
    KEYFOLD_ADMIN_INTERNAL_URL: options.adminInternalUrl,
    KEYFOLD_SHARED_SECRET: options.sharedSecret,
    KEYFOLD_LOG_PUBLIC_KEY: options.logPublicKey,
    KEYFOLD_GATEWAY_ID: options.gatewayId,
    KEYFOLD_TRUSTED_PROXIES: options.trustedProxies,
    KEYFOLD_GATEWAY_PORT: '0',
    KEYFOLD_GATEWAY_OPS_PORT: '0',
    ...options.env,
  });
  const removeOwn = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  const gateway = await startGateway(config, log).catch(async (error: unknown) => {
    await removeOwn();
    throw error;
  });
  return {
    ...gateway,
    lines,
    close: async () => {
      await gateway.close();
      await removeOwn();
    },
  };
}
