import pg from 'pg';
import { sessionSettings } from './session-settings.js';

/**
 * A pool with limits on everything that waits, so that a database that hangs becomes an error within seconds.
 *
 * @param options `max` connections at once (default 10); `applicationName` as the database's views show it.
 */
export function createPool(options: { url: string; max?: number; applicationName?: string }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'keyfold',
    connectionTimeoutMillis: 5_000,
    query_timeout: 20_000,
    keepAlive: true,
    ...sessionSettings({
      // Before the client's own limit, so that an answer names the cause.
      statement_timeout: 15_000,
      // A process that stops inside a transaction must not keep its locks.
      idle_in_transaction_session_timeout: 15_000,
    }),
  });
  return outliveLostConnections(pool);
}

/**
 * Keeps a lost connection from ending the process, as an error that nobody listens to does. The pool listens while a
 * connection is idle; while somebody uses it nobody would, and who does learns of the loss from the query that fails.
 * New ones are made when needed.
 */
export function outliveLostConnections(pool: pg.Pool): pg.Pool {
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}
