import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** The rows of all tables of a schema, in Postgres's own binary form. */
export interface CopiedTables {
  readonly schema: string;
  readonly tables: ReadonlyMap<string, Buffer>;
}

export async function copyOut(url: string, schema: string): Promise<CopiedTables> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'select tablename as name from pg_tables where schemaname = $1',
      [schema],
    );
    const tables = new Map<string, Buffer>();
    for (const { name } of rows) {
      const chunks: Buffer[] = [];
      const stream = client.query(copyTo(`copy ${qualified(schema, name)} to stdout (format binary)`));
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      tables.set(name, Buffer.concat(chunks));
    }
    return { schema, tables };
  });
}

/** Loads the rows into empty tables of the same shape, indexes included, and returns the seconds that took. */
export async function timeCopyIn(url: string, copied: CopiedTables): Promise<number> {
  return withClient(url, async (client) => {
    await client.query('drop schema if exists copied cascade; create schema copied');
    for (const name of copied.tables.keys()) {
      await client.query(
        `create table ${qualified('copied', name)} (like ${qualified(copied.schema, name)} including all)`,
      );
    }
    const start = performance.now();
    await client.query('begin');
    for (const [name, bytes] of copied.tables) {
      const sink = client.query(copyFrom(`copy ${qualified('copied', name)} from stdin (format binary)`));
      await pipeline(Readable.from(slices(bytes)), sink);
    }
    await client.query('commit');
    return (performance.now() - start) / 1000;
  });
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

function qualified(schema: string, table: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
