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
