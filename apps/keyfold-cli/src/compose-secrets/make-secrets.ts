import { randomBytes } from 'node:crypto';
import { generateSignerKey, parseSignerKey } from '@keyfold/domain';

const password = (): string => randomBytes(24).toString('base64url');

/**
 * What docker-compose.yml mounts as secrets, by file name: passwords and keys that fit one another, made anew on each
 * call.
 */
export function makeSecrets(): Readonly<Record<string, string>> {
  const [owner, service, gateway] = [password(), password(), password()];
  const [natsAdmin, natsGateway] = [password(), password()];
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

/** Secrets that only the operator knows, and that the containers do without: made empty, to be filled in. */
export const OPERATORS_SECRETS = ['oidc-client-secret'];
