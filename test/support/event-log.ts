import type { JsonObject, JsonValue, NewEvent } from '@keyfold/domain';
import { createPool, PostgresEventStore, type AppendRequest, type InlineProjection } from '@keyfold/event-store';
import pg from 'pg';
import type { TestDatabase, TestPostgres } from './postgres.js';

/** A log in a database of its own, with as many stores on it as a test asks for: each is what a replica would be. */
export interface TestLog {
  readonly database: TestDatabase;
  /** As the service's role. */
  readonly pool: pg.Pool;
  readonly store: PostgresEventStore;
  /** A further store on the same log. */
  openStore(projections?: readonly InlineProjection[]): PostgresEventStore;
  /** Runs SQL as the role that owns the tables. */
  asOwner(sql: string, values?: unknown[]): Promise<pg.QueryResult<Record<string, unknown>>>;
  /** Runs SQL as the superuser, on one connection: settings last until a statement fails. */
  asSuperuser(sql: string, values?: unknown[]): Promise<pg.QueryResult<Record<string, unknown>>>;
  close(): Promise<void>;
}

export async function openTestLog(postgres: TestPostgres): Promise<TestLog> {
  const database = await postgres.createLogDatabase();
  const pool = createPool({ url: database.serviceUrl });
  const owner = createPool({ url: database.ownerUrl, max: 2 });
  const superuser = createPool({ url: postgres.url(database.name), max: 1 });
  const stores: PostgresEventStore[] = [];
  const openStore = (projections: readonly InlineProjection[] = []): PostgresEventStore => {
    const store = new PostgresEventStore({ pool, projections });
    stores.push(store);
    return store;
  };
  return {
    database,
    pool,
    store: openStore(),
    openStore,
    asOwner: (sql, values = []) => owner.query(sql, values),
    asSuperuser: (sql, values = []) => superuser.query(sql, values),
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await Promise.all([pool.end(), owner.end(), superuser.end()]);
    },
  };
}

/** An event for a test; the log does not look into it. */
export function testEvent(stream: string, data: JsonObject = {}, sealed: Record<string, JsonValue> = {}): NewEvent {
  return { stream, type: 'TestHappened', schemaVersion: 1, data, sealed };
}

/** An append of events without expectations unless given. */
export function testAppend(events: readonly NewEvent[], rest: Partial<AppendRequest> = {}): AppendRequest {
  return { expected: [], events, actor: 'system', correlationId: 'test', ...rest };
}
