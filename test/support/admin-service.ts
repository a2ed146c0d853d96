import { randomBytes } from 'node:crypto';
import { generateSignerKey } from '@keyfold/domain';
import { createLogger } from '@keyfold/service-kit';
import { InternalServer } from '../../apps/admin-service/src/feed/internal-server.js';
import { AdminConfig } from '../../apps/admin-service/src/platform/admin-config.js';
import { LogKeys } from '../../apps/admin-service/src/platform/log-keys.js';
import { type RunningAdminService, startAdminService } from '../../apps/admin-service/src/start.js';

/** The real admin-service, in this process, on free ports. */
export interface TestAdminService {
  readonly service: RunningAdminService;
  readonly url: string;
  readonly opsUrl: string;
  /** For heads and refills. */
  readonly internalUrl: string;
  readonly adminUsername: string;
  readonly adminPassword: string;
  readonly sharedSecret: string;
  readonly logSigningKey: string;
  /** Under the origin that the log has now: after a fork another name than the signing key's. */
  readonly logPublicKey: string;
  close(): Promise<void>;
}

export interface AdminServiceOptions {
  readonly database: { readonly ownerUrl: string; readonly serviceUrl: string };
  readonly natsUrl?: string;
  /** Of an earlier start, for a second replica or a restart on the same log. */
  readonly secrets?: Pick<TestAdminService, 'sharedSecret' | 'logSigningKey' | 'adminPassword'>;
  readonly env?: Readonly<Record<string, string>>;
  /** Where its log lines go, all of them; otherwise they are dropped. */
  readonly lines?: string[];
}

/** Starts it on a database (empty or used) and signs nothing in. */
export async function startTestAdminService(options: AdminServiceOptions): Promise<TestAdminService> {
  const { sharedSecret, logSigningKey, adminPassword } = options.secrets ?? newSecrets();
  const config = AdminConfig.fromEnvironment(
    {
      KEYFOLD_DATABASE_URL: options.database.serviceUrl,
      KEYFOLD_DATABASE_OWNER_URL: options.database.ownerUrl,
      KEYFOLD_ADMIN_PORT: '0',
      KEYFOLD_ADMIN_OPS_PORT: '0',
      KEYFOLD_ADMIN_INTERNAL_PORT: '0',
      KEYFOLD_SHARED_SECRET: sharedSecret,
      KEYFOLD_LOG_SIGNING_KEY: logSigningKey,
      KEYFOLD_ADMIN_PASSWORD: adminPassword,
      ...(options.natsUrl === undefined ? {} : { KEYFOLD_NATS_URL: options.natsUrl }),
      ...options.env,
    },
    () => undefined,
  );
  const service = await startAdminService(config, loggerTo(options.lines));
  return {
    service,
    url: service.url,
    opsUrl: service.opsUrl,
    internalUrl: `http://127.0.0.1:${service.app.get(InternalServer, { strict: false }).port}`,
    adminUsername: 'admin',
    sharedSecret,
    logSigningKey,
    adminPassword,
    logPublicKey: service.app.get(LogKeys, { strict: false }).signer.verifierKey,
    close: () => service.close(),
  };
}

function loggerTo(lines: string[] | undefined): ReturnType<typeof createLogger> {
  return lines === undefined
    ? createLogger({ service: 'admin-service', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
    : createLogger({ service: 'admin-service', level: 'trace' }, { write: (line) => void lines.push(line) });
}

function newSecrets(): NonNullable<AdminServiceOptions['secrets']> {
  return {
    sharedSecret: randomBytes(32).toString('base64url'),
    logSigningKey: generateSignerKey(`keyfold.local/${randomBytes(6).toString('hex')}`, randomBytes(32)),
    adminPassword: randomBytes(18).toString('base64url'),
  };
}
