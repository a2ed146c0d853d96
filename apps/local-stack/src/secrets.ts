import { randomBytes } from 'node:crypto';
import { generateSignerKey, parseSignerKey } from '@keyfold/domain';
import type { DataDirectory } from './data-directory.js';
import type { StackConfig } from './stack-config.js';
import { StartError } from './start-error.js';

export interface Credentials {
  readonly databaseOwner: string;
  readonly databaseService: string;
  readonly databaseGateway: string;
  readonly natsAdmin: string;
  readonly natsGateway: string;
}

export interface Secrets {
  readonly credentials: Credentials;
  /** `KEYFOLD_X_FILE` -> path, or `KEYFOLD_X` -> value where the operator gave the value itself. */
  readonly sharedSecret: Readonly<Record<string, string>>;
  readonly signingKey: Readonly<Record<string, string>>;
  readonly publicKey: Readonly<Record<string, string>>;
  readonly adminPassword: Readonly<Record<string, string>>;
  /** Until it has been printed once. */
  readonly newAdminPassword: string | undefined;
}

/** Makes at the first start, and finds at later ones, every secret that the environment does not give. */
export async function prepareSecrets(data: DataDirectory, config: StackConfig): Promise<Secrets> {
  const credentials = await prepareCredentials(data);
  const sharedSecret = given(config, 'KEYFOLD_SHARED_SECRET') ?? {
    KEYFOLD_SHARED_SECRET_FILE: await keepFile(data, 'shared-secret', () => randomBytes(32).toString('base64url')),
  };
  const keys = await prepareLogKeys(data, config);
  return { credentials, sharedSecret, ...keys, ...(await prepareAdminPassword(data, config)) };
}

async function prepareCredentials(data: DataDirectory): Promise<Credentials> {
  const make = (): string => randomBytes(24).toString('base64url');
  const text = await data.keep('credentials.json', () =>
    JSON.stringify({
      databaseOwner: make(),
      databaseService: make(),
      databaseGateway: make(),
      natsAdmin: make(),
      natsGateway: make(),
    } satisfies Credentials),
  );
  return JSON.parse(text) as Credentials;
}

async function prepareLogKeys(
  data: DataDirectory,
  config: StackConfig,
): Promise<Pick<Secrets, 'signingKey' | 'publicKey'>> {
  const givenKey = given(config, 'KEYFOLD_LOG_SIGNING_KEY');
  const key = config.given.KEYFOLD_LOG_SIGNING_KEY ?? (await data.keep('log.key', () => makeSigningKey(data, config)));
  const verifierKey = publicKeyOf(key);
  // Written anew each time: it follows from the signing key, and one that does not match would stop every gateway.
  if ((await data.read('log.pub')) !== verifierKey) await data.write('log.pub', `${verifierKey}\n`);
  return {
    signingKey: givenKey ?? { KEYFOLD_LOG_SIGNING_KEY_FILE: data.file('log.key') },
    publicKey: given(config, 'KEYFOLD_LOG_PUBLIC_KEY') ?? { KEYFOLD_LOG_PUBLIC_KEY_FILE: data.file('log.pub') },
  };
}

async function makeSigningKey(data: DataDirectory, config: StackConfig): Promise<string> {
  const installId = await data.keep('install-id', () => randomBytes(8).toString('hex'));
  return generateSignerKey(config.given.KEYFOLD_LOG_ORIGIN ?? `keyfold.local/${installId}`, randomBytes(32));
}

function publicKeyOf(signingKey: string): string {
  try {
    return parseSignerKey(signingKey.trim()).verifierKey;
  } catch {
    throw new StartError('KEYFOLD_LOG_SIGNING_KEY (or log.key in the data directory) is not a signer key.');
  }
}

/**
 * The first administrator is made at the first start only, so a password that comes later has no effect and none is
 * made.
 */
async function prepareAdminPassword(
  data: DataDirectory,
  config: StackConfig,
): Promise<Pick<Secrets, 'adminPassword' | 'newAdminPassword'>> {
  const name = 'admin-password';
  const fromOperator = given(config, 'KEYFOLD_ADMIN_PASSWORD');
  if (fromOperator) {
    await rememberAdministrator(data);
    return { adminPassword: fromOperator, newAdminPassword: undefined };
  }
  const isMade = (await data.read(administratorMade)) !== undefined;
  if (isMade && (await data.read(name)) === undefined) return { adminPassword: {}, newAdminPassword: undefined };
  const password = await data.keep(name, () => randomBytes(18).toString('base64url'));
  return {
    adminPassword: { KEYFOLD_ADMIN_PASSWORD_FILE: data.file(name) },
    newAdminPassword: isMade ? undefined : password,
  };
}

const administratorMade = 'administrator-made';

/**
 * From now on no password is made or shown: the operator has one. A start that fails before leaves it to the next one.
 */
export async function rememberAdministrator(data: DataDirectory): Promise<void> {
  await data.write(administratorMade, 'The first administrator has a password that the operator was told.\n');
}

async function keepFile(data: DataDirectory, name: string, make: () => string): Promise<string> {
  await data.keep(name, make);
  return data.file(name);
}

/** A secret as the operator gave it, by value or by file, in the form that a service's environment takes. */
function given(config: StackConfig, name: string): Record<string, string> | undefined {
  for (const form of [name, `${name}_FILE`]) {
    const value = config.env[form];
    if (value !== undefined && value !== '') return { [form]: value };
  }
  return undefined;
}
