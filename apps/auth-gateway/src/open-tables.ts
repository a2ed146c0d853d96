import { checkSessions, inPackage, migrateDatabase } from '@keyfold/event-store';
import type { GatewayConfig } from './gateway-config.js';
import type { GatewayParts } from './gateway-parts.js';

/**
 * Makes the tables of this version's shape where there are none, and memory from them.
 *
 * @throws StoreRefusedError and WrongLogError before anything is made: the first if connections do not keep their
 *   session (the search path is set in it, so another gateway's tables could be written), the second if this gateway's
 *   id has followed another log; whatever Postgres throws
 */
export async function openTables(
  config: GatewayConfig,
  { otherShapes, pool, projector }: Pick<GatewayParts, 'otherShapes' | 'pool' | 'projector'>,
): Promise<void> {
  await checkSessions(pool);
  await otherShapes.requireSameLog();
  await migrateDatabase({
    url: config.settings.KEYFOLD_GATEWAY_DATABASE_URL,
    schema: config.schema,
    migrationsDir: inPackage('apps/auth-gateway/migrations'),
  });
  await projector.start();
}
