import 'reflect-metadata';
import { createLogger } from '@keyfold/service-kit';
import { AdminConfig } from './core/admin-config.js';
import type { FirstAdministrator } from './bootstrap/first-administrator.js';
import { startProblem } from './start-problem.js';
import { startAdminService, type RunningAdminService } from './start-admin-service.js';

const startLogger = createLogger({ service: 'admin-service' });
let config: AdminConfig | undefined;

try {
  config = AdminConfig.fromEnvironment(process.env, (sentence) => {
    startLogger.warn(sentence);
  });
  const logger = createLogger({ service: 'admin-service', level: config.settings.KEYFOLD_LOG_LEVEL });
  const service = await startAdminService(config, logger);
  if (service.firstAdministrator) announce(service.firstAdministrator);
  logger.info({ url: service.url, operations: service.opsUrl }, 'admin-service is ready');
  stopOnSignals(service);
} catch (error) {
  const problem = startProblem(error, config?.settings);
  if (problem === undefined) startLogger.fatal({ err: error }, 'admin-service cannot start');
  else process.stderr.write(`admin-service cannot start. ${problem}\n`);
  process.exitCode = 1;
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

/** A repeat of the signal (a terminal and npm may both send it) does not cut the orderly stop short. */
function stopOnSignals(service: RunningAdminService): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return;
    isStopping = true;
    startLogger.info({ signal }, 'admin-service stops');
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        startLogger.error({ err: error }, 'admin-service did not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
