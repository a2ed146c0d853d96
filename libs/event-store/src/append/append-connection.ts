import pg from 'pg';
import { outliveLostConnections } from '../create-pool.js';
import { isUnavailability, StoreUnavailableError } from '../errors.js';
import { SERVER_IDENTITY } from '../read/server-identity.js';
import { sessionSettings } from '../session-settings.js';
import { AppendTx, runScript } from './append-tx.js';
import { appendStatements } from './statements.js';

// The server's limits come first, so that an answer names the cause; the client's catches a server that is silent.
const SETTINGS = {
  lock_timeout: '5s',
  statement_timeout: '15s',
  // A process that stops inside a transaction must not hold the head lock against the others.
  idle_in_transaction_session_timeout: '10s',
  // What a statement sees must include all that was committed before it got its lock.
  default_transaction_isolation: 'read committed',
  // Every statement of an append looks rows up by key, so a plan fits all values; planning takes longer than running
  // it.
  plan_cache_mode: 'force_generic_plan',
  // The literals of sql-literals.ts depend on it.
  standard_conforming_strings: 'on',
};
const QUERY_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The connection was lost before a commit was sent: nothing of the transaction exists. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/**
 * The appender's own connection, made anew when it is lost. Not one of the given pool's, so readers cannot keep appends
 * waiting. Used by one at a time.
 */
export class AppendConnection {
  private readonly pool: pg.Pool;
  private client: pg.PoolClient | null = null;
  private server = '';
  private preparedNames = new Set<string>();
  private closed: Promise<void> | null = null;

  constructor(settingsOf: pg.Pool) {
    const pool = new pg.Pool({
      ...settingsOf.options,
      password: settingsOf.options.password, // not enumerable
      max: 1,
      min: 0,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'keyfold-append',
      ...sessionSettings(SETTINGS),
    });
    // From the first moment: Postgres may end a session with the very answer that begins it, before `connect` has gone
    // on.
    this.pool = outliveLostConnections(pool);
  }

  /**
   * Runs work that ends its own transaction. If it throws, the transaction is rolled back.
   *
   * @param work gets the server that the session is on, as `LogHead.server` names it
   * @throws ConnectionLostError if the connection did not outlive the failure and no commit had been sent;
   *   StoreUnavailableError if there is none to be had.
   */
  async use<T>(work: (tx: AppendTx, server: string) => Promise<T>): Promise<T> {
    const client = this.client ?? (await this.connect().catch(throwUnreachable));
    const tx = new AppendTx(client, this.preparedNames);
    try {
      return await work(tx, this.server);
    } catch (error) {
      await tx.abandon(error);
      const isAlive = await this.rollBack(client);
      if (!isAlive) this.drop(client);
      if (!isAlive && !(error instanceof StoreUnavailableError)) {
        throw new ConnectionLostError('the connection to Postgres was lost', { cause: error });
      }
      throw error;
    }
  }

  close(): Promise<void> {
    this.client?.release();
    this.client = null;
    this.closed ??= this.pool.end();
    return this.closed;
  }

  private async connect(): Promise<pg.PoolClient> {
    const client = await this.pool.connect();
    // Lost between two appends: the next one connects anew.
    client.on('error', () => {
      this.drop(client);
    });
    try {
      await runScript(client, appendStatements);
      this.server = await primaryOf(client);
    } catch (error) {
      client.release(true);
      throw error;
    }
    this.client = client;
    this.preparedNames = new Set();
    return client;
  }

  private drop(client: pg.PoolClient): void {
    if (this.client !== client) return;
    this.client = null;
    client.release(true);
  }

  /** @returns whether the connection can go on */
  private async rollBack(client: pg.PoolClient): Promise<boolean> {
    try {
      await client.query('rollback');
      // A message that failed has prepared some of what was to be prepared in it.
      const { rows } = await client.query<{ name: string }>('select name from pg_prepared_statements');
      this.preparedNames = new Set(rows.map(({ name }) => name));
      return true;
    } catch {
      return false;
    }
  }
}

// Named here: a lost or refused connection fails every append alike, and none of them needs another try.
function throwUnreachable(err: unknown): never {
  throw isUnavailability(err) ? new StoreUnavailableError('Postgres cannot be reached', false, err) : err;
}

const identitySql = `select pg_is_in_recovery() as is_standby, ${SERVER_IDENTITY} as server`;

// A session outlives the promotion of the standby that it is on, and would go on with the name that the server had
// before: so none stays on a standby. On a primary the name cannot change without the session ending.
async function primaryOf(client: pg.PoolClient): Promise<string> {
  const { rows } = await client.query<{ is_standby: boolean; server: string }>(identitySql);
  if (rows[0] === undefined || rows[0].is_standby) throw new StoreUnavailableError('this Postgres is a standby', false);
  return rows[0].server;
}
