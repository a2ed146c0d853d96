import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { copyRows } from '../../apps/auth-gateway/src/projection/copy-rows.js';
import { AppendTx } from '../../libs/event-store/src/append/append-tx.js';
import { perCpuSecond, type Sides } from './sides.js';

const ROWS = 20_000;
const STATE = JSON.stringify({ status: 'issued', userId: 'user-1', name: 'a "key"', scopes: ['read', 'write'] });

const TABLES = `
  create unlogged table head (id integer primary key, size bigint not null, root bytea not null);
  insert into head values (1, 0, '');
  create unlogged table events (position bigint primary key, stream text not null, leaf bytea not null);
  create unlogged table openings (position bigint primary key, value text not null);
  create unlogged table facts (id text primary key, version integer not null, state json not null);
  `;

/** The append's messages and the projection's rows, each on a connection of its own. */
export async function postgresSides(url: string, seconds: number): Promise<{ sides: Sides[]; close(): Promise<void> }> {
  // Unlogged and unsynced: what is compared is the work of both processes, not the disk.
  const options = { connectionString: url, options: '-c synchronous_commit=off -c plan_cache_mode=force_generic_plan' };
  const pool = new pg.Pool(options);
  const pipelined = new pg.Client({ ...options, pipeline: true });
  await pool.query(TABLES);
  await pipelined.connect();
  const ours = await pool.connect();
  const prepared = new Set<string>();
  const rows = Array.from({ length: ROWS }, (_, nth) => [`key-${nth}`, nth, STATE] as const);
  const [scripted, piped] = [await backendOf(ours), await backendOf(pipelined)];
  const appends = (leaf: string): Pick<Sides, 'ours' | 'theirs'> => ({
    ours: () =>
      perCpuSecond({ each: 1, seconds, server: scripted }, () => appendByScript(new AppendTx(ours, prepared), leaf)),
    theirs: () => perCpuSecond({ each: 1, seconds, server: piped }, () => appendByPipeline(pipelined, leaf)),
  });
  const load = (copy: () => Promise<void>) => (): Promise<number> =>
    perCpuSecond({ each: ROWS, seconds, server: scripted }, async () => {
      await ours.query('truncate facts');
      await copy();
    });
  const sides: Sides[] = [
    {
      name: 'append, one message of statements',
      unit: 'appends/s',
      ...appends(SMALL),
      note: 'against bound parameters, pipelined by pg',
    },
    {
      name: 'append of 400 KB, one message of statements',
      unit: 'appends/s',
      ...appends('x'.repeat(400_000)),
      note: 'against bound parameters, pipelined by pg',
    },
    {
      name: `copyRows, ${ROWS} rows`,
      unit: 'rows/s',
      ours: load(() => copyRows(ours, 'facts (id, version, state)', rows)),
      theirs: load(() =>
        pipeline(Readable.from(textRows(rows)), ours.query(copyFrom('copy facts (id, version, state) from stdin'))),
      ),
      note: "against COPY's text format",
    },
  ];
  const close = async (): Promise<void> => {
    ours.release();
    await Promise.all([pool.end(), pipelined.end()]);
  };
  return { sides, close };
}

const SMALL = `{"data":"${'x'.repeat(380)}"}`;
const ROOT = Buffer.alloc(32, 1);
const LOCK = { name: 'lock', text: 'select size, root from head where id = 1 for update' };
const VERSIONS = {
  name: 'versions',
  text: 'select stream, max(position) as version from events where stream = any($1::text[]) group by stream',
};
const RECORD = {
  name: 'record',
  text: "insert into events (position, stream, leaf) values ($1::bigint, $2::text, convert_to($3::text, 'UTF8'))",
};
const OPENING = { name: 'opening', text: 'insert into openings (position, value) values ($1::bigint, $2::text)' };
const HEAD = { name: 'move_head', text: 'update head set size = $1::bigint, root = $2::bytea where id = 1' };
let position = 0;

/** What an append does: lock and read in one message, write and commit in the next. */
async function appendByScript(tx: AppendTx, leaf: string): Promise<void> {
  const at = (position += 1);
  const stream = `user/${at}`;
  tx.send('begin');
  await Promise.all([tx.query({ ...LOCK, values: [] }), tx.query({ ...VERSIONS, values: [[stream]] })]);
  tx.send({ ...RECORD, values: [at, stream, leaf] });
  tx.send({ ...OPENING, values: [at, STATE] });
  tx.send({ ...HEAD, values: [at, ROOT] });
  await tx.query('commit');
}

async function appendByPipeline(client: pg.Client, leaf: string): Promise<void> {
  const at = (position += 1);
  const stream = `user/${at}`;
  await Promise.all([
    client.query('begin'),
    client.query({ ...LOCK, values: [] }),
    client.query({ ...VERSIONS, values: [[stream]] }),
  ]);
  await Promise.all([
    client.query({ ...RECORD, values: [at, stream, leaf] }),
    client.query({ ...OPENING, values: [at, STATE] }),
    client.query({ ...HEAD, values: [at, ROOT] }),
    client.query('commit'),
  ]);
}

async function backendOf(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

function* textRows(rows: readonly (readonly [string, number, string])[]): Generator<string> {
  let piece = '';
  for (const row of rows) {
    piece += `${row.map((value) => escaped(String(value))).join('\t')}\n`;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
