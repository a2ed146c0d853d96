import { freePort, isPortFree } from '@keyfold/local-servers';
import type { DataDirectory } from './data-directory.js';
import type { PortVariable, StackConfig } from './stack-config.js';
import { StartError } from './start-error.js';

const purposes: Readonly<Record<PortVariable, string>> = {
  KEYFOLD_ADMIN_PORT: 'admin-service',
  KEYFOLD_ADMIN_OPS_PORT: "admin-service's operations",
  KEYFOLD_ADMIN_INTERNAL_PORT: "admin-service's internal listener",
  KEYFOLD_GATEWAY_PORT: 'auth-gateway',
  KEYFOLD_GATEWAY_OPS_PORT: "auth-gateway's operations",
  KEYFOLD_PROXY_PORT: "auth-gateway's reverse proxy",
};

/**
 * @throws StartError naming every port that is taken, two listeners on one port, and a host that is not here, before
 * anything is started
 */
export async function checkPorts(config: StackConfig): Promise<void> {
  const names = (Object.keys(purposes) as PortVariable[]).filter(
    (name) => name !== 'KEYFOLD_PROXY_PORT' || config.isProxyConfigured,
  );
  const problems: string[] = [];
  for (const [index, name] of names.entries()) {
    const port = config.ports[name];
    const twin = names.slice(0, index).find((other) => config.ports[other] === port);
    if (twin !== undefined) problems.push(`${twin} and ${name} are both ${port}: each needs a port of its own.`);
    else if (!(await mayListen(port, name.endsWith('_OPS_PORT') ? 'KEYFOLD_OPS_HOST' : 'KEYFOLD_HOST', config)))
      problems.push(`Port ${port} for the ${purposes[name]} is taken: stop what listens there or set ${name}.`);
  }
  if (problems.length > 0) throw new StartError(problems.join('\n'));
}

const NOT_HERE = new Set(['EADDRNOTAVAIL', 'EAI_AGAIN', 'EINVAL', 'ENOTFOUND']);

type HostVariable = 'KEYFOLD_HOST' | 'KEYFOLD_OPS_HOST';

async function mayListen(
  port: number,
  variable: HostVariable,
  { given, host, opsHost }: StackConfig,
): Promise<boolean> {
  try {
    return await isPortFree(port, variable === 'KEYFOLD_HOST' ? host : opsHost);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !NOT_HERE.has(code)) throw error;
    const named = given[variable] === undefined ? 'KEYFOLD_HOST' : variable;
    throw new StartError(`${named} is not an address of this machine.`);
  }
}

/** The port of an embedded server: the one of last time, or another one if that is taken now. */
export async function keptPort(data: DataDirectory, name: 'postgres' | 'nats'): Promise<number> {
  const kept = Number(await data.read(`${name}.port`));
  const isUsable = Number.isInteger(kept) && kept > 0 && (await isPortFree(kept));
  const port = isUsable ? kept : await freePort();
  if (port !== kept) await data.write(`${name}.port`, `${port}\n`);
  return port;
}
