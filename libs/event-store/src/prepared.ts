import type pg from 'pg';

/**
 * A statement that each connection parses and plans once instead of at every use: for what runs with every command.
 *
 * @param name of this text alone, on all connections; at most 63 bytes.
 * @returns what to give to `query`, for these values.
 */
export function prepared(name: string, text: string): (values?: readonly unknown[]) => pg.QueryConfig {
  return (values = []) => ({ name, text, values: [...values] });
}
