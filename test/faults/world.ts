import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSignerKey, parseSignerKey } from '@keyfold/domain';
import { freePort } from '@keyfold/local-servers';
import { FaultProxy } from '@keyfold/testing/fault-proxy';
import { startTestNats, type TestNats } from '@keyfold/testing/nats';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { ServiceProcess } from '@keyfold/testing/service-process';
import { startTestUpstream, type TestUpstream } from '@keyfold/testing/test-upstream';
import type { LinkName } from './plan.js';

export interface WorldOptions {
  readonly admins: number;
  /** How many processes each gateway has. */
  readonly gateways: readonly number[];
}

export interface AdminNode {
  readonly process: ServiceProcess;
  readonly url: string;
  readonly internalUrl: string;
  readonly links: Readonly<Record<'postgres' | 'nats', FaultProxy>>;
}

export interface GatewayNode {
  readonly id: string;
  readonly workers: number;
  readonly process: ServiceProcess;
  readonly url: string;
  /** Of its reverse proxy. */
  readonly proxyUrl: string;
  readonly grpcPort: number;
  /** Of its tables, for whoever looks into them. */
  readonly databaseUrl: string;
  readonly links: Readonly<Record<'postgres' | 'nats' | 'admin', FaultProxy>>;
}

/** Few are soon all taken. */
const MAX_SESSIONS = 60;

/** The product as it runs in production, each process and each link between two of them within reach of faults. */
export interface World {
  readonly postgres: TestPostgres;
  readonly nats: TestNats;
  readonly database: TestDatabase;
  readonly admins: readonly AdminNode[];
  readonly gateways: readonly GatewayNode[];
  readonly adminPassword: string;
  readonly sharedSecret: string;
  readonly logPublicKey: string;
  readonly logKeyId: string;
  linksOf(name: LinkName): FaultProxy[];
  /** Every log line of every process. */
  lines(): string[];
  /** Resolves once each process says that it can work. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const serverLines: string[] = [];
  const log = (line: string): void => void serverLines.push(line);
  const [postgres, nats, upstream, folder] = await Promise.all([
    startTestPostgres({ log, settings: { max_connections: String(MAX_SESSIONS) } }),
    startTestNats({ log }),
    echoingUpstream(),
    mkdtemp(join(tmpdir(), 'keyfold-faults-')),
  ]);
  const signingKey = generateSignerKey(`keyfold.local/${randomBytes(6).toString('hex')}`, randomBytes(32));
  const common: Common = {
    postgres,
    nats,
    upstream,
    folder,
    database: await postgres.createDatabase(),
    gatewayDatabase: await postgres.createDatabase(),
    signingKey,
    sharedSecret: randomBytes(32).toString('base64url'),
    adminPassword: randomBytes(18).toString('base64url'),
  };
  const admins = await Promise.all(Array.from({ length: options.admins }, () => adminNode(common)));
  const gateways = await Promise.all(
    options.gateways.map((workers, at) =>
      gatewayNode(common, { id: `gateway-${at}`, workers, adminUrl: admins[at % admins.length]?.internalUrl ?? '' }),
    ),
  );
  const nodes = [...admins, ...gateways];
  for (const { process } of admins) {
    await process.start();
    await process.ready();
  }
  return {
    ...common,
    admins,
    gateways,
    logPublicKey: parseSignerKey(signingKey).verifierKey,
    logKeyId: parseSignerKey(signingKey).keyId,
    linksOf: (name) => linksOf(name, admins, gateways),
    lines: () => [...serverLines, ...nodes.flatMap(({ process }) => process.lines)],
    ready: async () => {
      await Promise.all(nodes.map(({ process }) => process.ready()));
    },
    stop: async () => {
      for (const { process } of nodes) process.signal('SIGCONT');
      await Promise.all(nodes.map(({ process }) => process.end('SIGKILL')));
      await Promise.all(nodes.flatMap(({ links }) => Object.values(links)).map((link) => link.stop()));
      await upstream.close();
      await nats.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Common {
  readonly postgres: TestPostgres;
  readonly nats: TestNats;
  readonly upstream: TestUpstream;
  readonly folder: string;
  readonly database: TestDatabase;
  readonly gatewayDatabase: TestDatabase;
  readonly signingKey: string;
  readonly sharedSecret: string;
  readonly adminPassword: string;
}

/** Answers with whom the reverse proxy has let pass, and on which facts. */
async function echoingUpstream(): Promise<TestUpstream> {
  const upstream = await startTestUpstream();
  upstream.answer = ({ headers }, response) => {
    const [username, keyId, position] = ['remote-user', 'x-keyfold-key-id', 'x-keyfold-position'].map((name) =>
      String(headers[name] ?? ''),
    );
    response.end(JSON.stringify({ username, keyId, position }));
  };
  return upstream;
}

async function adminNode(common: Common): Promise<AdminNode> {
  const links = {
    postgres: await FaultProxy.start(common.postgres.server.port),
    nats: await FaultProxy.start(common.nats.port),
  };
  const [port, opsPort, internalPort] = [await freePort(), await freePort(), await freePort()];
  const process = new ServiceProcess({
    service: 'admin-service',
    opsPort,
    env: {
      KEYFOLD_LOG_LEVEL: 'trace',
      KEYFOLD_DATABASE_URL: links.postgres.through(common.database.serviceUrl),
      KEYFOLD_DATABASE_OWNER_URL: links.postgres.through(common.database.ownerUrl),
      KEYFOLD_NATS_URL: links.nats.through(common.nats.url),
      KEYFOLD_SHARED_SECRET: common.sharedSecret,
      KEYFOLD_LOG_SIGNING_KEY: common.signingKey,
      KEYFOLD_ADMIN_PASSWORD: common.adminPassword,
      KEYFOLD_ADMIN_PORT: String(port),
      KEYFOLD_ADMIN_OPS_PORT: String(opsPort),
      KEYFOLD_ADMIN_INTERNAL_PORT: String(internalPort),
    },
  });
  return { process, links, url: `http://127.0.0.1:${port}`, internalUrl: `http://127.0.0.1:${internalPort}` };
}

async function gatewayNode(
  common: Common,
  { adminUrl, id, workers }: { id: string; workers: number; adminUrl: string },
): Promise<GatewayNode> {
  const links = {
    postgres: await FaultProxy.start(common.postgres.server.port),
    nats: await FaultProxy.start(common.nats.port),
    admin: await FaultProxy.start(Number(new URL(adminUrl).port)),
  };
  const [port, opsPort, grpcPort, proxyPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const process = new ServiceProcess({
    service: 'auth-gateway',
    opsPort,
    env: {
      KEYFOLD_LOG_LEVEL: 'trace',
      KEYFOLD_DATA_DIR: common.folder,
      KEYFOLD_GATEWAY_ID: id,
      KEYFOLD_GATEWAY_WORKERS: String(workers),
      KEYFOLD_GATEWAY_DATABASE_URL: links.postgres.through(common.gatewayDatabase.ownerUrl),
      KEYFOLD_NATS_URL: links.nats.through(common.nats.url),
      KEYFOLD_ADMIN_INTERNAL_URL: links.admin.through(adminUrl),
      KEYFOLD_SHARED_SECRET: common.sharedSecret,
      KEYFOLD_LOG_PUBLIC_KEY: parseSignerKey(common.signingKey).verifierKey,
      KEYFOLD_TRUSTED_PROXIES: '127.0.0.1',
      KEYFOLD_UPSTREAM_URL: common.upstream.url,
      KEYFOLD_GATEWAY_PORT: String(port),
      KEYFOLD_GATEWAY_GRPC_PORT: String(grpcPort),
      KEYFOLD_PROXY_PORT: String(proxyPort),
      KEYFOLD_GATEWAY_OPS_PORT: String(opsPort),
    },
  });
  const databaseUrl = common.gatewayDatabase.ownerUrl;
  const [url, proxyUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${proxyPort}`];
  return { id, workers, process, links, databaseUrl, url, proxyUrl, grpcPort };
}

function linksOf(name: LinkName, admins: readonly AdminNode[], gateways: readonly GatewayNode[]): FaultProxy[] {
  switch (name) {
    case 'admin-postgres':
      return admins.map(({ links }) => links.postgres);
    case 'admin-nats':
      return admins.map(({ links }) => links.nats);
    case 'gateway-postgres':
      return gateways.map(({ links }) => links.postgres);
    case 'gateway-nats':
      return gateways.map(({ links }) => links.nats);
    case 'gateway-admin':
      return gateways.map(({ links }) => links.admin);
  }
}
