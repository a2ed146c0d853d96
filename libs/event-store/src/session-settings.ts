import type pg from 'pg';

const ANSWER_MS = 5_000;

/** Postgres's names and values; numbers are in the setting's own unit, milliseconds for timeouts. */
type SessionSettings = Readonly<Record<string, string | number>> & {
  /** Without it a process that stops inside a transaction keeps its locks. */
  readonly idle_in_transaction_session_timeout: string | number;
};

const settingSql = `
  select set_config(name, value, false)
  from unnest($1::text[], $2::text[]) as setting (name, value)`;

/**
 * Settings of every session of a pool: spread the result into the pool's configuration. They are set once the
 * connection is made and before anybody gets it, in one round trip. As start parameters PgBouncer would refuse them,
 * and with them the connection.
 */
export function sessionSettings(settings: SessionSettings): {
  readonly onConnect: (client: pg.ClientBase) => Promise<void>;
} {
  return { onConnect: (client) => applySettings(client, settings) };
}

/** Sets them in the session of one connection. A connection on which that fails must not be used. */
export async function applySettings(client: pg.ClientBase, settings: SessionSettings): Promise<void> {
  const values = [Object.keys(settings), Object.values(settings).map(String)];
  // A pooler accepts connections while its Postgres is away, and the pool's limit on connecting ends there.
  const query: pg.QueryConfig & { query_timeout: number } = { text: settingSql, values, query_timeout: ANSWER_MS };
  await client.query(query);
}
