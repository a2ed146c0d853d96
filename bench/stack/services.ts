import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { generateSignerKey, parseSignerKey } from '@keyfold/domain';
import type { LocalPostgres } from '@keyfold/local-servers';
import { freePort, startNats } from '@keyfold/local-servers';
import type { Child } from '../support/child.js';
import { nodeCommand, startChild } from '../support/child.js';
import { withPostgres, withScratch } from '../support/scratch.js';

const READY_TIMEOUT_MS = 60_000;
const ADMIN_MODULE = 'apps/admin-service/src/main.js';

/** The pair on servers of its own, each process started by the bench so that it can be watched from within. */
export interface Services {
  readonly adminUrl: string;
  /** For what gateways ask. */
  readonly adminInternalUrl: string;
  readonly adminPassword: string;
  readonly admin: Child;
  readonly databaseUrl: string;
  readonly gatewayDatabaseUrl: string;
  readonly natsUrl: string;
  readonly logKeyId: string;
  readonly sharedSecret: string;
  /** The services' data directory. */
  readonly dataDir: string;
  /** Runs this when the services have been stopped. */
  closeAtEnd(close: () => Promise<unknown>): void;
  /** Starts a further gateway and resolves at once; see {@link waitUntilReady}. */
  startGateway(gatewayId: string, options?: GatewayOptions): Promise<Gateway>;
}

export interface GatewayOptions {
  /** What to run as the gateway. */
  readonly module?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Gateway {
  readonly child: Child;
  readonly url: string;
  readonly opsUrl: string;
}

interface ServicesOptions {
  /** What to run as the admin-service. */
  readonly adminModule?: string;
  readonly postgresSettings?: Readonly<Record<string, string>>;
}

export async function withServices<Result>(
  work: (services: Services) => Promise<Result>,
  { adminModule = ADMIN_MODULE, postgresSettings }: ServicesOptions = {},
): Promise<Result> {
  return withPostgres(
    (postgres) =>
      withScratch(async (folder) => {
        const nats = await startNats({ storeDir: join(folder, 'nats') });
        const children: Child[] = [];
        const closing: (() => Promise<unknown>)[] = [];
        try {
          return await work(
            await startServices({ postgres, natsUrl: nats.url, folder, children, closing, adminModule }),
          );
        } finally {
          for (const child of children.reverse()) await child.stop();
          for (const close of closing) await close();
          await nats.stop();
        }
      }),
    postgresSettings,
  );
}

interface Surroundings {
  readonly postgres: LocalPostgres;
  readonly natsUrl: string;
  readonly folder: string;
  readonly children: Child[];
  readonly closing: (() => Promise<unknown>)[];
  readonly adminModule: string;
}

async function startServices({
  postgres,
  natsUrl,
  folder,
  children,
  closing,
  adminModule,
}: Surroundings): Promise<Services> {
  for (const name of ['keyfold', 'gateways']) await createDatabase(postgres, name);
  const signingKey = generateSignerKey('keyfold.local/bench', randomBytes(32));
  const { keyId, verifierKey } = parseSignerKey(signingKey);
  const [adminPort, adminOpsPort, internalPort] = [await freePort(), await freePort(), await freePort()];
  const adminPassword = randomBytes(12).toString('base64url');
  const sharedSecret = randomBytes(32).toString('hex');
  const common = {
    KEYFOLD_DATA_DIR: folder,
    KEYFOLD_NATS_URL: natsUrl,
    KEYFOLD_SHARED_SECRET: sharedSecret,
  };
  const databaseUrl = postgres.superuserUrl('keyfold');
  const gatewayDatabaseUrl = postgres.superuserUrl('gateways');
  const start = (module: string, env: Record<string, string>): Child => {
    const child = startChild(nodeCommand(module), { ...common, ...env });
    children.push(child);
    return child;
  };
  const admin = start(adminModule, {
    KEYFOLD_DATABASE_URL: databaseUrl,
    KEYFOLD_LOG_SIGNING_KEY: signingKey,
    KEYFOLD_ADMIN_PASSWORD: adminPassword,
    KEYFOLD_ADMIN_PORT: String(adminPort),
    KEYFOLD_ADMIN_OPS_PORT: String(adminOpsPort),
    KEYFOLD_ADMIN_INTERNAL_PORT: String(internalPort),
  });
  await waitUntilReady(`http://127.0.0.1:${adminOpsPort}`, admin);
  return {
    adminUrl: `http://127.0.0.1:${adminPort}`,
    adminInternalUrl: `http://127.0.0.1:${internalPort}`,
    adminPassword,
    admin,
    databaseUrl,
    gatewayDatabaseUrl,
    natsUrl,
    logKeyId: keyId,
    sharedSecret,
    dataDir: folder,
    closeAtEnd: (close) => void closing.push(close),
    async startGateway(gatewayId, { env, module = 'apps/auth-gateway/src/main.js' } = {}) {
      const [port, opsPort] = [await freePort(), await freePort()];
      const child = start(module, {
        // As `npm start` and `npm run start:gateway` start it.
        NODE_OPTIONS: '--max-semi-space-size=32',
        KEYFOLD_GATEWAY_ID: gatewayId,
        KEYFOLD_GATEWAY_DATABASE_URL: gatewayDatabaseUrl,
        KEYFOLD_LOG_PUBLIC_KEY: verifierKey,
        KEYFOLD_ADMIN_INTERNAL_URL: `http://127.0.0.1:${internalPort}`,
        KEYFOLD_GATEWAY_PORT: String(port),
        KEYFOLD_GATEWAY_OPS_PORT: String(opsPort),
        ...env,
      });
      return { child, url: `http://127.0.0.1:${port}`, opsUrl: `http://127.0.0.1:${opsPort}` };
    },
  };
}

export async function waitUntilReady(opsUrl: string, child: Child): Promise<void> {
  await waitFor(`${opsUrl}/readyz`, READY_TIMEOUT_MS, async () => {
    if (child.process.exitCode !== null) throw new Error(`a service ended:\n${child.output().slice(-2000)}`);
    const answer = await fetch(`${opsUrl}/readyz`).catch(() => null);
    return answer?.status === 200;
  });
}

/** Asks again until the answer is yes; @throws Error if that takes too long. */
export async function waitFor(what: string, withinMs: number, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function createDatabase(postgres: LocalPostgres, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.superuserUrl('postgres') });
  await client.connect();
  await client.query(`create database ${name}`).finally(() => client.end());
}
