import { join } from 'node:path';
import { checkoutRoot } from '@keyfold/local-servers';
import type { DataDirectory } from './data-directory.js';
import type { DatabaseUrls } from './databases.js';
import type { Secrets } from './secrets.js';
import { type Environment, reachableHost, type StackConfig } from './stack-config.js';

export interface BrokerUrls {
  readonly admin: string;
  readonly gateway: string;
}

type Variables = Readonly<Record<string, string>>;

export interface ServiceVariables {
  readonly migration: Environment;
  readonly admin: Environment;
  readonly gateway: Environment;
  /** With which a further service joins, secrets as paths of files: fit to be shown. */
  readonly join: Variables;
  /** The same with the URLs themselves: for a file of mode 0600. */
  readonly joinFile: Variables;
}

/**
 * The environment of each child: settings pass through, but of the secrets each service gets its own only, by the path
 * of a file, so that they stand in no process's environment either.
 */
export async function serviceVariables(options: {
  data: DataDirectory;
  config: StackConfig;
  secrets: Secrets;
  databases: DatabaseUrls;
  brokers: BrokerUrls;
}): Promise<ServiceVariables> {
  const { data, config, secrets, databases, brokers } = options;
  const urls: Variables = {
    KEYFOLD_DATABASE_OWNER_URL: databases.owner,
    KEYFOLD_DATABASE_URL: databases.service,
    KEYFOLD_GATEWAY_DATABASE_URL: databases.gateway,
    KEYFOLD_NATS_URL: brokers.admin,
    KEYFOLD_GATEWAY_NATS_URL: brokers.gateway,
  };
  const urlFiles = await writeUrlFiles(data, urls);
  const internalUrl =
    config.given.KEYFOLD_ADMIN_INTERNAL_URL ??
    `http://${reachableHost(config.host)}:${config.ports.KEYFOLD_ADMIN_INTERNAL_PORT}`;
  const common = { ...passedThrough(config, data), KEYFOLD_DATA_DIR: data.path };
  const pick = (...names: string[]): Variables =>
    Object.fromEntries(names.map((name) => [`${name}_FILE`, urlFiles[name] ?? '']));
  const joining = {
    KEYFOLD_DATA_DIR: data.path,
    ...secrets.sharedSecret,
    ...secrets.signingKey,
    ...secrets.publicKey,
    KEYFOLD_ADMIN_INTERNAL_URL: internalUrl,
  };
  return {
    migration: { ...common, ...pick('KEYFOLD_DATABASE_OWNER_URL', 'KEYFOLD_DATABASE_URL') },
    admin: {
      ...common,
      ...pick('KEYFOLD_DATABASE_URL', 'KEYFOLD_NATS_URL'),
      ...secrets.sharedSecret,
      ...secrets.signingKey,
      ...secrets.adminPassword,
      ...gatewayPublicUrl(config),
    },
    gateway: {
      ...common,
      ...pick('KEYFOLD_GATEWAY_DATABASE_URL', 'KEYFOLD_GATEWAY_NATS_URL'),
      ...secrets.sharedSecret,
      ...secrets.publicKey,
      KEYFOLD_ADMIN_INTERNAL_URL: internalUrl,
    },
    join: { ...pick(...Object.keys(urls)), ...joining },
    joinFile: { ...urls, ...joining },
  };
}

/** The gateway's own address, unless the operator has given another: that one passes through. */
function gatewayPublicUrl({ given, host, ports }: StackConfig): Variables {
  return given.KEYFOLD_GATEWAY_PUBLIC_URL === undefined
    ? { KEYFOLD_GATEWAY_PUBLIC_URL: `http://${reachableHost(host)}:${ports.KEYFOLD_GATEWAY_PORT}` }
    : {};
}

/** Keeps the variables for joining where only this user can read them. */
export async function writeJoinFile(data: DataDirectory, variables: ServiceVariables): Promise<void> {
  const lines = Object.entries(variables.joinFile).map(([name, value]) => `${name}=${value}\n`);
  await data.write('env', lines.join(''));
}

async function writeUrlFiles(data: DataDirectory, urls: Variables): Promise<Variables> {
  const paths: Record<string, string> = {};
  for (const [name, url] of Object.entries(urls)) {
    const file = name.replace('KEYFOLD_', '').toLowerCase().replaceAll('_', '-');
    await data.write(file, `${url}\n`);
    paths[name] = data.file(file);
  }
  return paths;
}

const secretNames = [
  'KEYFOLD_DATABASE_URL',
  'KEYFOLD_DATABASE_OWNER_URL',
  'KEYFOLD_GATEWAY_DATABASE_URL',
  'KEYFOLD_NATS_URL',
  'KEYFOLD_GATEWAY_NATS_URL',
  'KEYFOLD_SHARED_SECRET',
  'KEYFOLD_LOG_SIGNING_KEY',
  'KEYFOLD_LOG_PUBLIC_KEY',
  'KEYFOLD_ADMIN_PASSWORD',
];

function passedThrough(config: StackConfig, data: DataDirectory): Environment {
  const env: Record<string, string | undefined> = { ...config.env };
  for (const name of secretNames) {
    Reflect.deleteProperty(env, name);
    Reflect.deleteProperty(env, `${name}_FILE`);
  }
  for (const [name, port] of Object.entries(config.ports)) {
    env[name] = String(port);
    // The services refuse a variable that is given in both forms.
    Reflect.deleteProperty(env, `${name}_FILE`);
  }
  // Compiled code is kept between starts; it takes a good part of a second off each.
  env['NODE_COMPILE_CACHE'] ??= join(checkoutRoot(), '.keyfold', 'compile-cache');
  env['KEYFOLD_DATA_DIR'] = data.path;
  return env;
}
