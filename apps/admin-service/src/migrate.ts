import { z } from 'zod';
import { createLogger, loadConfig, stopOnSignals, url } from '@keyfold/service-kit';
import { runMigrations } from './platform/migrations.js';

// One shot: migrates and ends. Used where the services themselves do not have the owner's rights.
const logger = createLogger({ service: 'migrate' });
const schema = z.object({
  KEYFOLD_DATABASE_URL: url('postgres:', 'postgresql:'),
  KEYFOLD_DATABASE_OWNER_URL: url('postgres:', 'postgresql:').optional(),
});

stopOnSignals(logger);

try {
  const settings = loadConfig(schema, undefined, (sentence) => {
    logger.warn(sentence);
  });
  await runMigrations({
    ownerUrl: settings.KEYFOLD_DATABASE_OWNER_URL ?? settings.KEYFOLD_DATABASE_URL,
    serviceUrl: settings.KEYFOLD_DATABASE_URL,
    log: (line) => {
      logger.info(line);
    },
  });
  logger.info('the database is up to date');
} catch (error) {
  logger.fatal({ err: error }, 'the database could not be migrated');
  process.exitCode = 1;
}
