import { checkoutRoot } from '@keyfold/local-servers';
import { generateSignerKey, parseSignerKey } from '@keyfold/domain';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// `npm run compose:secrets`: makes, once, the files that docker-compose.yml mounts as secrets. The containers' users have
// other ids than ours, so the files are readable; the folder around them is ours alone.
const folder = join(checkoutRoot(), '.keyfold', 'compose');

function makeSecrets(): Readonly<Record<string, string>> {
  const password = (): string => randomBytes(24).toString('base64url');
  const [owner, service, gateway, natsAdmin, natsGateway] = [
    password(),
    password(),
    password(),
    password(),
    password(),
  ];
  const signingKey = generateSignerKey(`keyfold.local/${randomBytes(8).toString('hex')}`, randomBytes(32));
  return {
    'postgres-password': password(),
    'postgres-init.sql': [
      `create role keyfold_owner login password '${owner}';`,
      `create role keyfold_service login password '${service}';`,
      `create role keyfold_gateway login password '${gateway}';`,
      'create database keyfold owner keyfold_owner;',
      'create database keyfold_gateway owner keyfold_gateway;',
      'revoke all on database keyfold, keyfold_gateway from public;',
      'grant connect on database keyfold to keyfold_service;',
    ].join('\n'),
    'nats-passwords': `ADMIN_SERVICE_PASSWORD: "${natsAdmin}"\nAUTH_GATEWAY_PASSWORD: "${natsGateway}"`,
    'database-owner-url': `postgres://keyfold_owner:${owner}@postgres:5432/keyfold`,
    'database-url': `postgres://keyfold_service:${service}@postgres:5432/keyfold`,
    'gateway-database-url': `postgres://keyfold_gateway:${gateway}@postgres:5432/keyfold_gateway`,
    'nats-url': `nats://admin-service:${natsAdmin}@nats:4222`,
    'gateway-nats-url': `nats://auth-gateway:${natsGateway}@nats:4222`,
    'shared-secret': randomBytes(32).toString('base64url'),
    'log.key': signingKey,
    'log.pub': parseSignerKey(signingKey).verifierKey,
    'admin-password': randomBytes(18).toString('base64url'),
  };
}

/** Made beside their place and renamed there together: half a set would be a system that does not fit itself. */
async function writeSecrets(): Promise<boolean> {
  await mkdir(join(folder, '..'), { recursive: true });
  const partial = `${folder}.new`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  for (const [name, text] of Object.entries(makeSecrets())) {
    await writeFile(join(partial, name), `${text}\n`);
    await chmod(join(partial, name), 0o444);
  }
  try {
    await rename(partial, folder);
    return true;
  } catch {
    // They are there already and stay: the databases know them.
    await rm(partial, { recursive: true, force: true });
    await readdir(folder);
    return false;
  }
}

const isNew = await writeSecrets();
process.stdout.write(`${isNew ? 'Made' : 'Kept'} the secrets of docker-compose.yml in ${folder}\n`);
