import { join, resolve } from 'node:path';
import { z } from 'zod';
import { checkoutRoot, freePort } from '@keyfold/local-servers';
import { loadConfig, natsServers, port, sharedSettings, url } from '@keyfold/service-kit';

const schema = z.object({
  KEYFOLD_DATA_DIR: z.string().optional(),
  KEYFOLD_HOST: sharedSettings.KEYFOLD_HOST,
  KEYFOLD_OPS_HOST: sharedSettings.KEYFOLD_OPS_HOST,
  KEYFOLD_DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  KEYFOLD_DATABASE_OWNER_URL: url('postgres:', 'postgresql:').optional(),
  KEYFOLD_GATEWAY_DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  KEYFOLD_NATS_URL: natsServers.optional(),
  KEYFOLD_GATEWAY_NATS_URL: natsServers.optional(),
  KEYFOLD_NATS_SERVER: z.string().optional(),
  KEYFOLD_ADMIN_PORT: port(3000),
  KEYFOLD_ADMIN_OPS_PORT: port(3001),
  KEYFOLD_ADMIN_INTERNAL_PORT: port(3003),
  KEYFOLD_ADMIN_INTERNAL_URL: url('http:', 'https:').optional(),
  KEYFOLD_GATEWAY_PORT: port(3100),
  KEYFOLD_GATEWAY_PUBLIC_URL: url('http:', 'https:').optional(),
  KEYFOLD_GATEWAY_OPS_PORT: port(3101),
  KEYFOLD_PROXY_PORT: port(3102),
  KEYFOLD_UPSTREAM_URL: z.string().optional(),
  KEYFOLD_SHARED_SECRET: z.string().optional(),
  KEYFOLD_LOG_SIGNING_KEY: z.string().optional(),
  KEYFOLD_LOG_PUBLIC_KEY: z.string().optional(),
  KEYFOLD_LOG_ORIGIN: z.string().optional(),
  KEYFOLD_ADMIN_USERNAME: z.string().default('admin'),
  KEYFOLD_ADMIN_PASSWORD: z.string().optional(),
});

const portVariables = [
  'KEYFOLD_ADMIN_PORT',
  'KEYFOLD_ADMIN_OPS_PORT',
  'KEYFOLD_ADMIN_INTERNAL_PORT',
  'KEYFOLD_GATEWAY_PORT',
  'KEYFOLD_GATEWAY_OPS_PORT',
  'KEYFOLD_PROXY_PORT',
] as const;

export type PortVariable = (typeof portVariables)[number];
export type Environment = Readonly<Record<string, string | undefined>>;

/** What `npm start` is told by the environment. */
export interface StackConfig {
  /** Absolute. */
  readonly dataDir: string;
  readonly host: string;
  readonly opsHost: string;
  readonly ports: Readonly<Record<PortVariable, number>>;
  readonly isProxyConfigured: boolean;
  /** Values that were given, read from the variable or from the file that its _FILE form names. */
  readonly given: Readonly<z.output<typeof schema>>;
  /** The environment as it came; settings of the services pass through from here. */
  readonly env: Environment;
}

/** @throws ConfigError that lists every problem at once */
export async function readStackConfig(env: Environment, warn: (sentence: string) => void): Promise<StackConfig> {
  const given = loadConfig(schema, env, warn);
  const ports: Partial<Record<PortVariable, number>> = {};
  // 0 means "any": it is settled here, since both the services and whoever waits for them need the number.
  for (const name of portVariables) ports[name] = given[name] === 0 ? await freePort() : given[name];
  return {
    dataDir: resolve(given.KEYFOLD_DATA_DIR ?? join(checkoutRoot(), '.keyfold')),
    host: given.KEYFOLD_HOST,
    opsHost: given.KEYFOLD_OPS_HOST ?? given.KEYFOLD_HOST,
    ports: ports as Record<PortVariable, number>,
    isProxyConfigured: given.KEYFOLD_UPSTREAM_URL !== undefined,
    given,
    env,
  };
}

/** Where a client on this machine reaches a listener that is bound to `host`. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
