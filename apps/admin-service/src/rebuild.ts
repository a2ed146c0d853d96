import { z } from 'zod';
import { createLogger, databaseOf, endRebuild, loadConfig, stopOnSignals, url } from '@keyfold/service-kit';
import { rebuildReadModels } from './rebuild/rebuild-read-models.js';

// One shot: `keyfold rebuild` runs it. Its exit codes are the command's: 0 the same (or replaced), 1 rows differ, 3
// could not be done.
const logger = createLogger({ service: 'rebuild' }, { write: (line) => void process.stderr.write(line) });
const schema = z.object({ KEYFOLD_DATABASE_URL: url('postgres:', 'postgresql:') });
const isCheck = process.argv.includes('--check');

stopOnSignals(logger);

try {
  const settings = loadConfig(schema, undefined, (sentence) => {
    logger.warn(sentence);
  });
  const report = await rebuildReadModels({ url: settings.KEYFOLD_DATABASE_URL, replaces: !isCheck });
  const where = `read models of the admin-service in ${databaseOf(settings.KEYFOLD_DATABASE_URL)}`;
  endRebuild(where, report, process.argv);
} catch (error) {
  logger.fatal({ err: error }, 'the read models could not be compared with the log');
  process.exitCode = 3;
}
