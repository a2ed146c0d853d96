import 'reflect-metadata';
import { createLogger, stopOnSignals } from '@keyfold/service-kit';
import type { FirstAdministrator } from './bootstrap/first-administrator.js';
import { AdminConfig } from './platform/admin-config.js';
import { startAdminService } from './start.js';
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
} catch (error) {
  const problem = startProblem(error, config?.settings);
  if (problem === undefined) startLogger.fatal({ err: error }, 'admin-service cannot start');
  else process.stderr.write(`admin-service cannot start. ${problem}\n`);
  // What could not be closed (a database that has frozen) must not keep a process alive that serves nobody.
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
