import { createLogger } from '@keyfold/service-kit';
import { GatewayConfig } from './gateway-config.js';
import { prepareGateway } from './prepare-gateway.js';
import { startProblem } from './start-problem.js';

// One shot, before an upgrade: builds the new version's tables while the old version runs, and ends.
const startLog = createLogger({ service: 'prepare' });
let config: GatewayConfig | undefined;

try {
  config = GatewayConfig.fromEnvironment(process.env, (sentence) => {
    startLog.warn(sentence);
  });
  const log = createLogger({ service: 'prepare', level: config.settings.KEYFOLD_LOG_LEVEL });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      stopping.abort();
    });
  const prepared = await prepareGateway(config, log, stopping);
  log.info({ ...prepared, gatewayId: config.settings.KEYFOLD_GATEWAY_ID, schema: config.schema }, 'prepared');
} catch (error) {
  const problem = startProblem(error, config?.settings);
  if (problem === undefined) startLog.fatal({ err: error }, 'the gateway could not be prepared');
  else process.stderr.write(`The gateway could not be prepared. ${problem}\n`);
  process.exitCode = 1;
}
