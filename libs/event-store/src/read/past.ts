import type pg from 'pg';
import { decodeLeaf, type LogRecord, type Opening } from '@keyfold/domain';
import { translated } from '../errors.js';
import { prepared } from '../prepared.js';
import type { StreamTail } from './records.js';

/** A position, an instant (RFC 3339, whole milliseconds; the last record at or before it), or the head. */
export type Moment = { readonly position: number } | { readonly at: string } | 'now';

// Times are bisected: they never decrease along the log. Of several records in one millisecond the last one counts.
const recordAsOfSql = prepared(
  'keyfold_record_as_of',
  `
  select e.leaf
  from keyfold.events e
  where e.position = (
    select case
      when $1::bigint is not null then $1::bigint
      when $2::timestamptz is not null
        then keyfold.position_at($2::timestamptz + interval '1 millisecond') - 1
      else (select h.size from keyfold.log_head h where h.id = 1)
    end
  )`,
);

/** The record that a moment means; undefined if the log had none by then. */
export async function recordAsOf(pool: pg.Pool, moment: Moment): Promise<LogRecord | undefined> {
  const asked: { readonly at?: string; readonly position?: number } = moment === 'now' ? {} : moment;
  const { rows } = await translated(
    pool.query<{ leaf: Buffer }>(recordAsOfSql([asked.position ?? null, asked.at ?? null])),
  );
  return rows[0] && decodeLeaf(rows[0].leaf);
}

/** Records of each stream in one answer: a page takes some 10 ms, and other requests have a turn between two. */
const STREAM_PAGE = 1_000;

const streamPagesSql = prepared(
  'keyfold_stream_pages',
  `
  select e.leaf
  from unnest($1::text[], $2::bigint[]) as asked (stream, after)
  join keyfold.events e
    on e.stream = asked.stream
    and e.version > asked.after
    and e.version <= asked.after + ${STREAM_PAGE}
  where e.position <= $3::bigint`,
);

/**
 * The records of several streams up to a position, each from the version behind `after` on, without what opens their
 * sealed fields; page by page, each stream in order. What a stream has behind the position is not read, but for the
 * rest of a page.
 */
export async function* streamsAsOf(
  pool: pg.Pool,
  from: readonly StreamTail[],
  position: number,
): AsyncGenerator<LogRecord[]> {
  let tails = new Map(from.map(({ after, stream }) => [stream, after]));
  while (tails.size > 0) {
    const query = streamPagesSql([[...tails.keys()], [...tails.values()], position]);
    const { rows } = await translated(pool.query<{ leaf: Buffer }>(query));
    const page = rows.map(({ leaf }) => decodeLeaf(leaf)).sort((left, right) => left.version - right.version);
    yield page;
    const counts = Map.groupBy(page, ({ stream }) => stream);
    // A page that is not full was the stream's last.
    const isFull = ([stream]: [string, number]): boolean => counts.get(stream)?.length === STREAM_PAGE;
    tails = new Map([...tails].filter(isFull).map(([stream, after]) => [stream, after + STREAM_PAGE]));
  }
}

const openingsAtSql = prepared(
  'keyfold_openings_at',
  `
  select o.position, o.field, o.salt, o.value
  from unnest($1::bigint[]) as asked (position)
  join keyfold.openings o
    on o.position = asked.position
    and o.field = any ($2::text[])`,
);

interface OpeningRow extends Pick<Opening, 'salt'> {
  readonly position: string;
  readonly field: string;
  /** JSON. */
  readonly value: string;
}

/** What opens these fields of the records at these positions; what was erased is absent. */
export async function openingsAt(
  pool: pg.Pool,
  positions: readonly number[],
  fields: readonly string[],
): Promise<Map<number, Record<string, Opening>>> {
  const { rows } = await translated(pool.query<OpeningRow>(openingsAtSql([positions, fields])));
  const openings = new Map<number, Record<string, Opening>>();
  for (const { field, position, salt, value } of rows) {
    const at = Number(position);
    const own = openings.get(at) ?? {};
    openings.set(at, { ...own, [field]: { salt, value: JSON.parse(value) as Opening['value'] } });
  }
  return openings;
}
