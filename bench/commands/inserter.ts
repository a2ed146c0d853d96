import pg from 'pg';

/**
 * The least that a durable command can do: one row, one commit, on a connection of its own for each client.
 *
 * @param work gets a function that inserts a row
 */
export async function withInserter<Result>(
  databaseUrl: string,
  clients: number,
  work: (insert: () => Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: clients });
  try {
    await pool.query('create table bench_commits (at timestamptz not null)');
    return await work(() => pool.query({ name: 'insert', text: 'insert into bench_commits (at) values (now())' }));
  } finally {
    await pool.end();
  }
}
