import 'reflect-metadata';
import { ConfigError, createLogger } from '@keyfold/service-kit';
import { GatewayConfig } from './gateway-config.js';
import { startGateway } from './start-gateway.js';

const log = createLogger({ service: 'auth-gateway', level: process.env['KEYFOLD_LOG_LEVEL'] ?? 'info' });

try {
  const config = GatewayConfig.fromEnvironment(process.env, (sentence) => {
    log.warn(sentence);
  });
  const gateway = await startGateway(config, log);
  log.info(
    {
      url: gateway.url,
      operations: gateway.opsUrl,
      proxy: gateway.proxyUrl,
      gatewayId: config.settings.KEYFOLD_GATEWAY_ID,
    },
    'listening',
  );

  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // A repeat (from the group and from a parent) must not cut the orderly stop short.
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the orderly stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
} catch (error) {
  if (error instanceof ConfigError) process.stderr.write(`auth-gateway cannot start:\n${error.message}\n`);
  else log.fatal({ err: error }, 'auth-gateway cannot start');
  process.exitCode = 1;
}
