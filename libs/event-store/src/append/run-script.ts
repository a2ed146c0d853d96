import type { PoolClient, QueryResult } from 'pg';

export type Row = Record<string, unknown>;

/**
 * Sends statements as one message, so they cost one round trip and one wake-up on either side. The first that fails skips
 * the rest. Values are part of the text: see sql-literals.ts.
 */
export async function runScript(client: PoolClient, statements: readonly string[]): Promise<QueryResult<Row>[]> {
  // pg answers several statements with an array, which its types do not say.
  const answer = (await client.query<Row>(statements.join('; '))) as QueryResult<Row> | QueryResult<Row>[];
  return Array.isArray(answer) ? answer : [answer];
}
