import pg from 'pg';
import { StoreUnavailableError } from '../errors.js';
import type { Tx } from './append-request.js';

// The server's limits come first, so that an answer names the cause; the client's catches a server that is silent. A
// process that stops inside a transaction must not hold the head lock against the others.
const sessionSettings = `
  set lock_timeout = '5s';
  set statement_timeout = '15s';
  set idle_in_transaction_session_timeout = '10s'`;
const QUERY_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The connection was lost before a commit was sent: nothing of the transaction exists. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** The appender's own connection, made anew when it is lost. Not one of the pool's, so readers cannot keep appends waiting. */
export class AppendConnection {
  private readonly pool: pg.Pool;
  private closed: Promise<void> | null = null;

  constructor(settingsOf: pg.Pool) {
    this.pool = new pg.Pool({
      ...settingsOf.options,
      password: settingsOf.options.password, // not enumerable
      max: 1,
      min: 0,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      // Statements that do not depend on each other's answers share a round trip.
      pipeline: true,
      application_name: 'keyfold-append',
    });
    // A connection lost while idle: the next use makes a new one and reports if that fails.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => {
      // Without a listener an error between two queries would end the process; the next query reports it.
      client.on('error', () => undefined);
      // If this fails the connection is gone, which the query behind it reports.
      client.query(sessionSettings).catch(() => undefined);
    });
  }

  /**
   * Runs work that ends its own transaction. If it throws, the transaction is rolled back.
   *
   * @throws ConnectionLostError if the connection did not outlive the failure and no commit had been sent.
   */
  async use<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (err) {
      const isAlive = await rolledBack(client);
      client.release(!isAlive);
      if (!isAlive && !(err instanceof StoreUnavailableError)) {
        throw new ConnectionLostError('the connection to Postgres was lost', { cause: err });
      }
      throw err;
    }
  }

  close(): Promise<void> {
    this.closed ??= this.pool.end();
    return this.closed;
  }
}

async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
