import pg from 'pg';

/** How often Postgres was asked for a key, and how long it took. */
export interface QueriesMeasured {
  readonly calls: number;
  readonly meanMs: number;
}

interface Statement {
  readonly calls: string;
  readonly mean_exec_time: number;
  readonly query: string;
}

/** Watches the query that brings a key to a gateway's memory, from the side of Postgres. */
export class KeyQueries {
  private constructor(private readonly client: pg.Client) {}

  static async open(databaseUrl: string): Promise<KeyQueries> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('create extension pg_stat_statements');
    return new KeyQueries(client);
  }

  async reset(): Promise<void> {
    await this.client.query('select pg_stat_statements_reset()');
  }

  async measured(): Promise<QueriesMeasured> {
    const { calls, mean_exec_time: meanMs } = await this.statement();
    return { calls: Number(calls), meanMs };
  }

  /** How Postgres finds each table's row. */
  async plan(schema: string, keyId: string): Promise<string> {
    const { query } = await this.statement();
    await this.client.query(`set search_path to ${pg.escapeIdentifier(schema)}`);
    // Some versions record a parameter in the place of the one constant, the id of the projection's row.
    const values = query.includes('$2') ? [keyId, 1] : [keyId];
    const { rows } = await this.client.query<{ 'QUERY PLAN': string }>(`explain ${query}`, values);
    const scans = rows.flatMap(
      (row) => /-> {2}(\w[\w ]* Scan (?:using \w+ )?on \w+)/.exec(row['QUERY PLAN'])?.[1] ?? [],
    );
    return scans.join(', ');
  }

  close(): Promise<void> {
    return this.client.end();
  }

  private async statement(): Promise<Statement> {
    const { rows } = await this.client.query<Statement>(
      `select calls, mean_exec_time, query from pg_stat_statements where query like '%left join remembered_proofs%'`,
    );
    const [statement] = rows;
    if (statement === undefined) throw new Error('nobody has asked for a key');
    return statement;
  }
}
