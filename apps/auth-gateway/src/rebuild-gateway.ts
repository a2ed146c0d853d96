import { setTimeout as delay } from 'node:timers/promises';
import { checkMigrated, inPackage } from '@keyfold/event-store';
import type { HeadClient } from '@keyfold/messaging';
import type { Logger, RebuildReport } from '@keyfold/service-kit';
import { type RebuildOptions, rebuildProjection } from './audit/rebuild-projection.js';
import { RowAudit } from './audit/row-audit.js';
import { connectFeed } from './connect-feed.js';
import type { GatewayConfig } from './gateway-config.js';
import { assembleGateway } from './gateway-parts.js';
import { tokenKeys } from './tokens/token-keys.js';

const HEAD_ATTEMPTS = 20;
const HEAD_PAUSE_MS = 500;

/**
 * Compares this gateway's tables with the log, and replaces what differs if it is to. It opens no port, takes no lease
 * and needs no stop of the gateway; see {@link rebuildProjection}.
 *
 * @throws what rebuildProjection throws; StoreRefusedError if there are no tables of this version
 */
export async function rebuildGateway(
  config: GatewayConfig,
  log: Logger,
  options: RebuildOptions,
): Promise<RebuildReport> {
  const parts = assembleGateway(config, log, { tokenKeys: await tokenKeys(config.sharedKeys), tracing: null });
  const { pool } = parts;
  const { heads, link, refills, streams } = connectFeed(config, parts, log);
  try {
    await checkMigrated(pool, { schema: config.schema, migrationsDir: inPackage('apps/auth-gateway/migrations') });
    link.start();
    await firstHead(heads);
    const audit = new RowAudit(pool, { heads, streams });
    return await rebuildProjection({ pool, schema: config.schema, refills, audit }, options);
  } finally {
    heads.close();
    await link.close();
    await pool.end();
  }
}

/** The connection to NATS may still be on its way. */
async function firstHead(heads: HeadClient): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await heads.ask();
      return;
    } catch (error) {
      if (attempt === HEAD_ATTEMPTS) throw error;
      await delay(HEAD_PAUSE_MS);
    }
  }
}
