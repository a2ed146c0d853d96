import type pg from 'pg';
import { StoreUnavailableError } from './errors.js';

// As far as it is read here: pg-protocol, which declares it, is no dependency of ours.
interface Notice {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * The warnings that a commit gives. Postgres ends a wait for its synchronous standby by a warning and a success:
 * durable here, perhaps not after a failover.
 */
export class CommitWarnings {
  private readonly warnings: Notice[] = [];
  private readonly collect = (notice: Notice): void => {
    if (isWarning(notice)) this.warnings.push(notice);
  };

  constructor(private readonly client: pg.PoolClient) {
    client.on('notice', this.collect);
  }

  /** Listens no longer. */
  end(): void {
    this.client.off('notice', this.collect);
  }

  /** @throws StoreUnavailableError (indeterminate) */
  requireNone(): void {
    const [warning] = this.warnings;
    if (warning !== undefined)
      throw new StoreUnavailableError(`the commit gave a warning: ${warning.message ?? ''}`, true);
  }
}

/**
 * By SQLSTATE, since the severity is in the server's language: what only informs is of class 00, a warning of class 01
 * or says what is wrong.
 */
function isWarning({ code }: Notice): boolean {
  return code?.startsWith('00') !== true;
}

/**
 * One statement that is a transaction of its own, and that counts only if it is on disk wherever Postgres was told to
 * wait for.
 *
 * @throws StoreUnavailableError (indeterminate) if a synchronous standby may not have it; whatever Postgres throws
 */
export async function queryDurably<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  statement: pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  const client = await pool.connect();
  const warnings = new CommitWarnings(client);
  let isBroken = true;
  try {
    const result = await client.query<Row>(statement);
    isBroken = false;
    warnings.requireNone();
    return result;
  } finally {
    warnings.end();
    client.release(isBroken);
  }
}
