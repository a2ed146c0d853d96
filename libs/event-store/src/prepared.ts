import type pg from 'pg';

/** A statement with its values that a connection knows by its name from the second time on. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/**
 * A statement that each connection parses and plans once instead of at every use: for what runs with every command.
 *
 * @param name of this text alone, on all connections; at most 63 bytes.
 * @returns what to give to `query`, for these values.
 */
export function prepared(name: string, text: string): (values?: readonly unknown[]) => PreparedStatement {
  return (values = []) => ({ name, text, values: [...values] });
}

/** One SQL statement: its text, or one that is prepared under a name, with its values. */
export type Statement = string | PreparedStatement;

/**
 * The append's transaction. Statements run in the order of their calls. Those that are called in the same event-loop
 * turn are sent as one message, so do not await one whose answer the next one does not need.
 */
export interface Tx {
  /**
   * @param values of a text with placeholders, each of them cast; it is a constant of the program, since it is prepared
   */
  query<R extends pg.QueryResultRow = Record<string, unknown>>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<R>>;
  /**
   * Sends a statement whose answer is not needed, together with the next one that is awaited. If it fails, the append
   * fails.
   */
  send(statement: Statement, values?: readonly unknown[]): void;
}
