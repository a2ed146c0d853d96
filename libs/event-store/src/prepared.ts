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
 * The append's transaction. Statements take effect in the order in which they were asked for, and those asked for in
 * one turn travel together, so what needs no answer in between should not wait for one.
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
   * A statement whose answer nobody needs: it goes with the next one that is waited for. If it fails, the append does.
   */
  send(statement: Statement, values?: readonly unknown[]): void;
}
