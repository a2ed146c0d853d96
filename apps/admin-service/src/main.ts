import 'reflect-metadata';
import { createLogger, type Logger, stopOnSignals } from '@keyfold/service-kit';
import type { FirstAdministrator } from './bootstrap/first-administrator.js';
import { AdminConfig } from './platform/admin-config.js';
import { type RunningAdminService, startAdminService } from './start.js';
import { startProblem } from './start-problem.js';

const startLogger = createLogger({ service: 'admin-service' });
const started = stopOnSignals(startLogger);
let config: AdminConfig | undefined;

try {
  config = AdminConfig.fromEnvironment(process.env, (sentence) => {
    startLogger.warn(sentence);
  });
  const logger = createLogger({ service: 'admin-service', level: config.settings.KEYFOLD_LOG_LEVEL });
  const service = await startAdminService(config, logger);
  started(service, logger);
  if (service.firstAdministrator) announce(service.firstAdministrator);
  logger.info({ url: service.url, operations: service.opsUrl }, 'admin-service is ready');
  void service.superseded.then(() => endForNewOrigin(service, logger));
} catch (error) {
  const problem = startProblem(error, config?.settings);
  if (problem === undefined) startLogger.fatal({ err: error }, 'admin-service cannot start');
  else process.stderr.write(`admin-service cannot start. ${problem}\n`);
  // What could not be closed (a database that has frozen) must not keep a process alive that serves nobody.
  process.exit(1);
}

/** Ends as if it had crashed: whoever keeps the service running starts it again, for the new origin. */
async function endForNewOrigin(service: RunningAdminService, logger: Logger): Promise<never> {
  logger.warn('a fork of the log was acknowledged; the process ends, to start again under the new origin');
  await service.close().catch((error: unknown) => {
    logger.error({ err: error }, 'the orderly stop failed');
  });
  process.exit(1);
}

/** Not through the logger: logs are kept and shipped, and this must be read once and forgotten. */
function announce({ username, passwordFile, passwordToShow }: FirstAdministrator): void {
  const where =
    passwordFile !== null
      ? `in ${passwordFile}`
      : passwordToShow !== null
        ? `${passwordToShow} (shown this once)`
        : 'as configured';
  process.stdout.write(`The first administrator is "${username}"; the password is ${where}.\n`);
}
