import { createLogger, databaseOf, endRebuild, stopOnSignals } from '@keyfold/service-kit';
import { GatewayConfig } from './gateway-config.js';
import { rebuildGateway } from './rebuild-gateway.js';
import { startProblem } from './start-problem.js';

// One shot: `keyfold rebuild` runs it. Its exit codes are the command's: 0 the same (or replaced), 1 rows differ, 3
// could not be done.
const log = createLogger({ service: 'rebuild' }, { write: (line) => void process.stderr.write(line) });
const isCheck = process.argv.includes('--check');
let config: GatewayConfig | undefined;

stopOnSignals(log);

try {
  config = GatewayConfig.fromEnvironment(process.env, (sentence) => {
    log.warn(sentence);
  });
  const { KEYFOLD_GATEWAY_DATABASE_URL: url, KEYFOLD_GATEWAY_ID: gatewayId } = config.settings;
  const report = await rebuildGateway(config, log, { replaces: !isCheck });
  const where = `projection of the gateway ${gatewayId} in ${databaseOf(url)}`;
  endRebuild(where, report, process.argv);
} catch (error) {
  const problem = startProblem(error, config?.settings);
  if (problem === undefined) log.fatal({ err: error }, 'the projection could not be compared with the log');
  else process.stderr.write(`The projection could not be compared with the log. ${problem}\n`);
  process.exitCode = 3;
}
