import { join } from 'node:path';
import type { StartedStack } from './stack.js';
import { reachableHost, type StackConfig } from './stack-config.js';

/** Tells the operator where everything is. The last line is the one that scripts wait for. */
export function printStarted(config: StackConfig, started: StartedStack): void {
  process.stdout.write(`${startedLines(config, started).join('\n')}\n`);
}

/** What it says, line by line. */
export function startedLines(config: StackConfig, started: StartedStack): string[] {
  const { ports, given, dataDir } = config;
  const base = `http://${reachableHost(config.host)}`;
  const operations = `http://${reachableHost(config.opsHost)}`;
  return [
    '',
    ...(config.env['KEYFOLD_CONSOLE'] === 'off'
      ? []
      : [`console         ${base}:${ports.KEYFOLD_ADMIN_PORT}/console/`]),
    `admin-service   ${base}:${ports.KEYFOLD_ADMIN_PORT}   (operations: ${operations}:${ports.KEYFOLD_ADMIN_OPS_PORT}; API: /docs)`,
    `auth-gateway    ${base}:${ports.KEYFOLD_GATEWAY_PORT}   (operations: ${operations}:${ports.KEYFOLD_GATEWAY_OPS_PORT})`,
    ...(config.isProxyConfigured ? [`reverse proxy   ${base}:${ports.KEYFOLD_PROXY_PORT}`] : []),
    `administrator   ${given.KEYFOLD_ADMIN_USERNAME}, ${passwordLine(config, started)}`,
    `data            ${dataDir}   (logs: ${join(dataDir, 'logs')})`,
    '',
    'A further `npm run start:admin` or `npm run start:gateway` (with another KEYFOLD_GATEWAY_ID and other ports) joins with',
    `these variables, which ${join(dataDir, 'env')} holds too:`,
    ...Object.entries(started.variables.join).map(([name, value]) => `  ${name}=${value}`),
    '',
    'Keyfold is ready',
  ];
}

function passwordLine(config: StackConfig, started: StartedStack): string {
  const { newAdminPassword, adminPassword } = started.secrets;
  const file = join(config.dataDir, 'admin-password');
  if (newAdminPassword !== undefined && config.given.KEYFOLD_DATABASE_URL !== undefined)
    return `first password ${newAdminPassword} (kept in ${file}), unless this database already had an administrator`;
  if (newAdminPassword !== undefined) return `first password ${newAdminPassword} (shown only now; kept in ${file})`;
  if (adminPassword['KEYFOLD_ADMIN_PASSWORD_FILE'] === file) return `first password in ${file}`;
  return 'first password as KEYFOLD_ADMIN_PASSWORD gave it';
}
