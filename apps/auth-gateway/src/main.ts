import 'reflect-metadata';
import cluster from 'node:cluster';
import { createLogger, type Logger, stopOnSignals } from '@keyfold/service-kit';
import { GatewayConfig } from './gateway-config.js';
import { limitHeapGrowthOnceFull } from './heap-growth.js';
import { type RunningProcess, STOPS_WITHIN_MS } from './running-process.js';
import { startProblem } from './start-problem.js';

const startLog = createLogger({ service: 'auth-gateway' });
const started = stopOnSignals(startLog, STOPS_WITHIN_MS);
let config: GatewayConfig | undefined;

try {
  config = GatewayConfig.fromEnvironment(process.env, (sentence) => {
    if (cluster.isPrimary) startLog.warn(sentence);
  });
  const log = createLogger({ service: 'auth-gateway', level: config.settings.KEYFOLD_LOG_LEVEL });
  const gateway = await start(config, log);
  started(gateway, log);
  void gateway.superseded.then(() => endForNewOrigin(gateway, log));
  log[gateway.opsUrl === null ? 'debug' : 'info'](
    {
      url: gateway.url,
      operations: gateway.opsUrl,
      proxy: gateway.proxyUrl,
      gatewayId: config.settings.KEYFOLD_GATEWAY_ID,
    },
    'listening',
  );
} catch (error) {
  const problem = startProblem(error, config?.settings);
  if (problem === undefined) startLog.fatal({ err: error }, 'auth-gateway cannot start');
  else process.stderr.write(`auth-gateway cannot start. ${problem}\n`);
  // What could not be closed (a database that has frozen) must not keep a process alive that serves nobody.
  process.exit(1);
}

/** Ends as if it had crashed: whoever keeps it running starts it again, and then it follows the new origin. */
async function endForNewOrigin(gateway: RunningProcess, log: Logger): Promise<never> {
  await gateway.close().catch((error: unknown) => {
    log.error({ err: error }, 'the orderly stop failed');
  });
  process.exit(1);
}

/** Each process loads what it runs: the primary of several workers does without everything that answers requests. */
async function start(config: GatewayConfig, log: Logger): Promise<RunningProcess> {
  if (config.settings.KEYFOLD_GATEWAY_WORKERS === 1) {
    const gateway = await (await import('./start-gateway.js')).startGateway(config, log);
    limitHeapGrowthOnceFull(gateway.parts, config);
    return gateway;
  }
  if (cluster.isPrimary) return (await import('./start-primary.js')).startPrimary(config, log);
  return (await import('./start-worker.js')).startWorker(config, log);
}
