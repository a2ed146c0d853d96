import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import pg from 'pg';
import type { JsonObject, JsonValue, NewEvent } from '@keyfold/domain';
import {
  type AppendRequest,
  createPool,
  type EventStoreOptions,
  type InlineProjection,
  PostgresEventStore,
} from '@keyfold/event-store';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './postgres.js';

/** A log in a database of its own, with as many stores on it as a test asks for: each is what a replica would be. */
export interface TestLog {
  readonly database: TestDatabase;
  /** As the service's role. */
  readonly pool: pg.Pool;
  readonly store: PostgresEventStore;
  /** A further store on the same log. */
  openStore(projections?: readonly InlineProjection[], options?: Partial<EventStoreOptions>): PostgresEventStore;
  /** Runs SQL as the role that owns the tables. */
  asOwner(sql: string, values?: unknown[]): Promise<pg.QueryResult<Record<string, unknown>>>;
  /** Runs SQL as the superuser, on one connection: settings last until a statement fails. */
  asSuperuser(sql: string, values?: unknown[]): Promise<pg.QueryResult<Record<string, unknown>>>;
  /** How many transactions wrote the log's records. */
  transactions(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts a Postgres for the tests of the file that calls it and opens an empty log for each of them; it is the current
 * test's.
 */
export function logOfEachTest(): Omit<TestLog, 'close'> {
  let postgres: TestPostgres;
  let log: TestLog;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    log = await openTestLog(postgres);
  });
  afterEach(() => log.close());
  return {
    get database() {
      return log.database;
    },
    get pool() {
      return log.pool;
    },
    get store() {
      return log.store;
    },
    openStore: (projections, options) => log.openStore(projections, options),
    asOwner: (sql, values) => log.asOwner(sql, values),
    asSuperuser: (sql, values) => log.asSuperuser(sql, values),
    transactions: () => log.transactions(),
  };
}

export async function openTestLog(postgres: TestPostgres): Promise<TestLog> {
  const database = await postgres.createLogDatabase();
  const pool = createPool({ url: database.serviceUrl });
  const owner = createPool({ url: database.ownerUrl, max: 2 });
  const superuser = createPool({ url: postgres.url(database.name), max: 1 });
  const stores: PostgresEventStore[] = [];
  const openStore: TestLog['openStore'] = (projections = [], options = {}) => {
    const store = new PostgresEventStore({ pool, projections, ...options });
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
    transactions: async () => {
      // Every row carries the id of the transaction that inserted it.
      const { rows } = await owner.query<{ n: string }>('select count(distinct xmin::text) as n from keyfold.events');
      return Number(rows[0]?.n);
    },
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
