import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSignerKey, parseSignerKey } from '@keyfold/domain';
import { freePort } from '@keyfold/local-servers';
import type { TestNats } from '@keyfold/testing/nats';
import type { TestPostgres } from '@keyfold/testing/postgres';
import { ServiceProcess } from '@keyfold/testing/service-process';

/** By which way alone a gateway reaches the admin-service. */
export type OnlyWay = 'nats' | 'http';

export interface PairGateway {
  readonly process: ServiceProcess;
  readonly url: string;
}

/** An admin-service of one build, on a log of its own, and gateways of another. */
export interface Pair {
  readonly admin: ServiceProcess;
  readonly adminAddress: { readonly url: string; readonly adminUsername: string; readonly adminPassword: string };
  readonly logKeyId: string;
  gateway(way: OnlyWay): Promise<PairGateway>;
  stop(): Promise<void>;
}

/** @param builds folders of built services; undefined: this checkout's */
export async function startPair(
  { nats, postgres }: { readonly nats: TestNats; readonly postgres: TestPostgres },
  builds: { readonly admin: string | undefined; readonly gateway: string | undefined },
): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-pair-'));
  const database = await postgres.createDatabase();
  const signingKey = generateSignerKey(`keyfold.local/${randomBytes(6).toString('hex')}`, randomBytes(32));
  const adminPassword = randomBytes(18).toString('base64url');
  const shared = { KEYFOLD_LOG_LEVEL: 'info', KEYFOLD_SHARED_SECRET: randomBytes(32).toString('base64url') };
  const [port, opsPort, internalPort] = [await freePort(), await freePort(), await freePort()];
  const admin = new ServiceProcess({
    service: 'admin-service',
    built: builds.admin,
    opsPort,
    env: {
      ...shared,
      KEYFOLD_DATABASE_URL: database.serviceUrl,
      KEYFOLD_DATABASE_OWNER_URL: database.ownerUrl,
      KEYFOLD_NATS_URL: nats.url,
      KEYFOLD_LOG_SIGNING_KEY: signingKey,
      KEYFOLD_ADMIN_PASSWORD: adminPassword,
      KEYFOLD_ADMIN_PORT: String(port),
      KEYFOLD_ADMIN_OPS_PORT: String(opsPort),
      KEYFOLD_ADMIN_INTERNAL_PORT: String(internalPort),
    },
  });
  await admin.ready();
  const gateways: ServiceProcess[] = [];

  const gateway = async (way: OnlyWay): Promise<PairGateway> => {
    const [gatewayPort, gatewayOpsPort] = [await freePort(), await freePort()];
    const process = new ServiceProcess({
      service: 'auth-gateway',
      built: builds.gateway,
      opsPort: gatewayOpsPort,
      env: {
        ...shared,
        KEYFOLD_DATA_DIR: folder,
        KEYFOLD_GATEWAY_ID: `gateway-${way}`,
        KEYFOLD_GATEWAY_DATABASE_URL: (await postgres.createDatabase()).ownerUrl,
        KEYFOLD_LOG_PUBLIC_KEY: parseSignerKey(signingKey).verifierKey,
        KEYFOLD_GATEWAY_PORT: String(gatewayPort),
        KEYFOLD_GATEWAY_OPS_PORT: String(gatewayOpsPort),
        // Nobody listens on port 9 (discard).
        KEYFOLD_ADMIN_INTERNAL_URL: way === 'http' ? `http://127.0.0.1:${internalPort}` : 'http://127.0.0.1:9',
        ...(way === 'nats' ? { KEYFOLD_NATS_URL: nats.url } : {}),
      },
    });
    gateways.push(process);
    await process.ready();
    return { process, url: `http://127.0.0.1:${gatewayPort}` };
  };

  return {
    admin,
    adminAddress: { url: `http://127.0.0.1:${port}`, adminUsername: 'admin', adminPassword },
    logKeyId: parseSignerKey(signingKey).keyId,
    gateway,
    stop: async () => {
      await Promise.all([admin, ...gateways].map((process) => process.end('SIGKILL')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
