import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { checkLogAtStart, createPool, type PostgresEventStore } from '@keyfold/event-store';
import {
  closeAll,
  type Closer,
  HostClock,
  type Logger,
  startOperationsServer,
  startTracing,
  TrustedProxies,
} from '@keyfold/service-kit';
import { API_DOCS } from './api-docs.js';
import { AppModule } from './app.module.js';
import { installBuiltInRoles } from './bootstrap/built-in-roles.js';
import { createFirstAdministrator, type FirstAdministrator, isFirstStart } from './bootstrap/first-administrator.js';
import { installFirstSettings } from './bootstrap/first-settings.js';
import { createHttpApp } from './http/http-app.js';
import type { AdminConfig } from './platform/admin-config.js';
import { Database } from './platform/database.js';
import { LogKeys } from './platform/log-keys.js';
import { LogSuccession } from './platform/log-succession.js';
import { Metrics } from './platform/metrics.js';
import { checkMigrations, mayMigrate, runMigrations } from './platform/migrations.js';
import { closeLog, type OpenedLog, openLog } from './platform/open-log.js';
import type { PlatformParts } from './platform/platform.module.js';
import { ReadinessChecks } from './platform/readiness-checks.js';
import { SecretHasher } from './platform/secret-hasher.js';
import { ServiceLogger } from './platform/service-logger.js';
import { readModels } from './tables/read-models.js';

export interface RunningAdminService {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly opsUrl: string;
  /** Set on the start that made the first administrator. */
  readonly firstAdministrator: FirstAdministrator | null;
  /**
   * Resolves once a fork of the log was acknowledged: the process has to end and start again, under the new origin.
   * Until then it signs nothing.
   */
  readonly superseded: Promise<void>;
  /** Finishes what is running, then lets go of everything. */
  close(): Promise<void>;
}

const POOL_CONNECTIONS = 20;
/** Requests under way are cut after 12 s; then what runs in the background ends. */
const APPLICATION_CLOSES_WITHIN_MS = 13_000;

/**
 * Starts the whole service: schema, checks, first records, listeners. Whatever fails before the end, nothing is left
 * open.
 */
export async function startAdminService(config: AdminConfig, logger: Logger): Promise<RunningAdminService> {
  // Before anything else is tried: a wrong key is said at once.
  LogKeys.check(config);
  const pool = createPool({
    url: config.settings.KEYFOLD_DATABASE_URL,
    max: POOL_CONNECTIONS,
    applicationName: 'keyfold-admin-service',
  });
  const closers: Closer[] = [{ name: 'connections to Postgres', close: () => pool.end() }];
  try {
    const tracing =
      config.tracing === null ? null : await startTracing(config.tracing, { service: 'admin-service', log: logger });
    if (tracing !== null) closers.unshift({ name: 'tracing', close: () => tracing.close() });
    await migrate(config, pool, logger);
    await checkMigrations(pool);
    await checkLogAtStart(pool);
    const keys = await LogKeys.of(config, pool);
    const clock = new HostClock();
    const log = openLog({ config, pool, clock, keys, logger, projections: [readModels] });
    closers.push({ name: 'event store', close: () => closeLog(log) });
    await log.store.begin();
    const firstAdministrator = await bootstrap(log.store, config);
    const parts = coreParts({ config, pool, log, clock, keys, logger });

    const { KEYFOLD_HOST: host, KEYFOLD_OPS_HOST: opsHost = host } = config.settings;
    const proxies = new TrustedProxies(config.settings.KEYFOLD_TRUSTED_PROXIES);
    const operations = await startOperationsServer({
      host: opsHost,
      port: config.settings.KEYFOLD_ADMIN_OPS_PORT,
      readiness: () => parts.readiness.ask(),
      registry: parts.metrics.registry,
      logger,
    });
    closers.push({ name: 'operations port', close: () => operations.close() });
    const shared = { api: API_DOCS, logger, proxies, metrics: parts.metrics, tracing };
    const app = await createHttpApp(AppModule.of(parts), shared);
    closers.push({ name: 'application', close: () => app.close(), withinMs: APPLICATION_CLOSES_WITHIN_MS });
    await app.listen(config.settings.KEYFOLD_ADMIN_PORT, host);
    parts.readiness.add('http', () => Promise.resolve({ ok: true }));
    parts.succession.start();
    closers.push({ name: 'origin of the log', close: () => parts.succession.stop() });
    closers.push({ name: 'readiness', close: () => endReadiness(parts) });
    return {
      app,
      url: await app.getUrl(),
      opsUrl: `http://${urlHost(opsHost)}:${operations.port}`,
      firstAdministrator,
      superseded: parts.succession.superseded,
      close: () => closeAll(closers),
    };
  } catch (error) {
    // The cause of the failure counts, not what could not be closed because of it.
    await closeAll(closers).catch(() => undefined);
    throw error;
  }
}

async function migrate(config: AdminConfig, pool: pg.Pool, logger: Logger): Promise<void> {
  const { KEYFOLD_DATABASE_URL: serviceUrl, KEYFOLD_DATABASE_OWNER_URL: ownerUrl } = config.settings;
  const log = (line: string): void => {
    logger.debug(line);
  };
  if (ownerUrl !== undefined) {
    await runMigrations({ ownerUrl, serviceUrl, log });
  } else if (await mayMigrate(pool)) {
    logger.warn(
      'KEYFOLD_DATABASE_OWNER_URL is not set: the service itself owns the log, so nothing but its own code keeps it from changing records',
    );
    await runMigrations({ ownerUrl: serviceUrl, serviceUrl, log });
  }
}

async function bootstrap(store: PostgresEventStore, config: AdminConfig): Promise<FirstAdministrator | null> {
  const correlationId = uuidv7();
  await installBuiltInRoles(store, correlationId);
  await installFirstSettings({ store, config, isFirstStart: await isFirstStart(store) }, correlationId);
  return createFirstAdministrator({ store, hasher: new SecretHasher(), config }, correlationId);
}

function coreParts(made: {
  config: AdminConfig;
  pool: pg.Pool;
  log: OpenedLog;
  clock: HostClock;
  keys: LogKeys;
  logger: Logger;
}): PlatformParts {
  const { config, pool, log, clock, keys, logger } = made;
  const readiness = new ReadinessChecks();
  readiness.add('postgres', async () => {
    await pool.query('select 1');
    return { ok: true };
  });
  // Until the listener is there; replaced then.
  readiness.add('http', () => Promise.resolve({ ok: false, detail: 'starting' }));
  return {
    config,
    log,
    keys,
    readiness,
    clock,
    succession: new LogSuccession(pool, keys.signer.name, log.openUngated, logger),
    database: new Database(pool, log.store.logTime),
    logger: new ServiceLogger(logger),
    metrics: new Metrics(),
  };
}

function endReadiness({ log, readiness }: PlatformParts): Promise<void> {
  readiness.stop();
  return log.forks.stop();
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
