import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLineOf, freePort } from '@keyfold/local-servers';
import type { Child } from '../support/child.js';
import { startChild } from '../support/child.js';
import { descendantsOf } from '../support/descendants.js';

/** The whole product as `npm start` runs it. */
export interface Product {
  readonly child: Child;
  readonly adminUrl: string;
  readonly gatewayUrl: string;
  readonly gatewayOpsUrl: string;
  readonly adminPassword: string;
  /** From the start of npm to the ready line. */
  readonly startMilliseconds: number;
  /** Ctrl-C. */
  stop(): Promise<void>;
}

export async function startProduct(dataDir: string, env: Record<string, string> = {}): Promise<Product> {
  const ports = {
    KEYFOLD_ADMIN_PORT: await freePort(),
    KEYFOLD_ADMIN_OPS_PORT: await freePort(),
    KEYFOLD_ADMIN_INTERNAL_PORT: await freePort(),
    KEYFOLD_GATEWAY_PORT: await freePort(),
    KEYFOLD_GATEWAY_OPS_PORT: await freePort(),
  };
  const portTexts = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  const start = performance.now();
  const child = startChild(['npm', 'start'], { KEYFOLD_DATA_DIR: dataDir, ...portTexts, ...env });
  await child.line(/^Keyfold is ready$/).catch(async (error: unknown) => {
    await child.stop('SIGINT');
    throw error;
  });
  const startMilliseconds = performance.now() - start;
  return {
    child,
    startMilliseconds,
    adminUrl: `http://127.0.0.1:${ports.KEYFOLD_ADMIN_PORT}`,
    gatewayUrl: `http://127.0.0.1:${ports.KEYFOLD_GATEWAY_PORT}`,
    gatewayOpsUrl: `http://127.0.0.1:${ports.KEYFOLD_GATEWAY_OPS_PORT}`,
    adminPassword: (await readFile(join(dataDir, 'admin-password'), 'utf8')).trim(),
    stop: () => child.stop('SIGINT'),
  };
}

/** The gateway among the descendants of `npm start`. */
export function gatewayOf(product: Product): number {
  const found = descendantsOf(product.child.process.pid ?? 0).find((pid) =>
    commandLineOf(pid)?.includes('auth-gateway'),
  );
  if (found === undefined) throw new Error('no process of the product names auth-gateway');
  return found;
}
