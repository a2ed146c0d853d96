import { inPackage, migrateDatabase } from '@keyfold/event-store';
import type { GatewayConfig } from '../gateway-config.js';
import type { GatewayParts } from '../gateway-parts.js';

/**
 * Makes the tables of this version's shape where there are none, and memory from them.
 *
 * @throws WrongLogError before anything is made, if this gateway's id has followed another log; whatever Postgres throws
 */
export async function openTables(
  config: GatewayConfig,
  { otherShapes, projector }: Pick<GatewayParts, 'otherShapes' | 'projector'>,
): Promise<void> {
  await otherShapes.requireSameLog();
  await migrateDatabase({
    url: config.settings.KEYFOLD_GATEWAY_DATABASE_URL,
    schema: config.schema,
    migrationsDir: inPackage('apps/auth-gateway/migrations'),
  });
  await projector.start();
}
