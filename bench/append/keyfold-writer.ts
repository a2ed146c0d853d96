import type { NewEvent } from '@keyfold/domain';
import { createPool, LOG_SCHEMA, logMigrationsDir, migrateDatabase, PostgresEventStore } from '@keyfold/event-store';
import type { Writer } from './payload.js';
import { ACTOR, CORRELATION_ID, EVENT } from './payload.js';

export async function openKeyfold(url: string): Promise<Writer & { close(): Promise<void> }> {
  await migrateDatabase({ url, schema: LOG_SCHEMA, migrationsDir: logMigrationsDir });
  const pool = createPool({ url });
  const store = new PostgresEventStore({ pool });
  return {
    async append(streamId, version, count) {
      const stream = `api-key/${streamId}`;
      const event: NewEvent = { stream, type: EVENT.type, schemaVersion: 1, data: EVENT.data, sealed: {} };
      const events = Array.from({ length: count }, () => event);
      const expected = [{ stream, version }];
      const outcome = await store.append({ expected, events, actor: ACTOR, correlationId: CORRELATION_ID });
      if (outcome.kind !== 'appended') throw new Error(`keyfold did not append: ${outcome.kind}`);
    },
    async close() {
      await store.close();
      await pool.end();
    },
  };
}
