import type pg from 'pg';
import { decodeLeaf, type LogRecord, type Opening } from '@keyfold/domain';
import { StoreRefusedError, translated } from '../errors.js';
import { prepared } from '../prepared.js';
import { clockColumns, type ClockRow, type LogTime } from '../time/log-time.js';

/** A record, its bytes, and what opens its sealed fields. Openings that were erased are absent. */
export interface StoredRecord {
  readonly record: LogRecord;
  readonly leaf: Buffer;
  readonly openings: Readonly<Record<string, Opening>>;
}

/** Which records to list, in order of position. Every condition given must hold. */
export interface RecordFilter {
  /** From the newest down. */
  readonly isDescending?: boolean | undefined;
  /** Only positions less than this. */
  readonly before?: number | undefined;
  /** Only positions greater than this. */
  readonly after?: number | undefined;
  readonly limit: number;
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
  /** RFC 3339; recorded at this time or later. */
  readonly from?: string | undefined;
  /** RFC 3339; recorded before this time. */
  readonly to?: string | undefined;
}

/** The columns that {@link storedRecord} reads, of a query with `events e`. */
const RECORD_COLUMNS = `
    e.leaf,
    (
      select json_object_agg(o.field, json_build_object('salt', o.salt, 'value', o.value::json))
      from keyfold.openings o
      where o.position = e.position
    ) as openings`;

interface RecordRow {
  readonly leaf: Buffer;
  readonly openings: Record<string, Opening> | null;
}

const readStreamsSql = prepared(
  'keyfold_read_streams',
  `
  select
    ${clockColumns()},
    ${RECORD_COLUMNS}
  from keyfold.log_head h
  left join (
    unnest($1::text[], $2::bigint[]) as asked (stream, after)
    join keyfold.events e on e.stream = asked.stream and e.version > asked.after
  ) on true
  where h.id = 1
  order by e.stream, e.version`,
);

const readStreamSql = prepared(
  'keyfold_read_stream',
  `
  select ${RECORD_COLUMNS}
  from keyfold.events e
  where e.stream = $1::text
  order by e.version`,
);

/** All records of a stream, oldest first; empty if it does not exist. */
export function readStream(pool: pg.Pool, stream: string): Promise<StoredRecord[]> {
  return read(pool, readStreamSql([stream]));
}

/** A stream, from the version behind `after` on. */
export interface StreamTail {
  readonly stream: string;
  /** 0 for the whole stream. */
  readonly after: number;
}

export interface StreamsRead {
  /** Each stream's oldest first; nothing of a stream that has none. */
  readonly records: readonly StoredRecord[];
  /** The log time of this moment, no earlier than any of the records. Whole milliseconds since the epoch. */
  readonly nowMs: number;
  /** Postgres's clock, whatever it says. Milliseconds since the epoch. */
  readonly postgresMs: number;
}

/** Several streams in one snapshot. */
export async function readStreams(pool: pg.Pool, tails: readonly StreamTail[], logTime: LogTime): Promise<StreamsRead> {
  const asked = logTime.moment();
  const query = readStreamsSql([tails.map(({ stream }) => stream), tails.map(({ after }) => after)]);
  const { rows } = await translated(pool.query<StreamsRow>(query));
  const [first] = rows;
  if (first === undefined) throw new StoreRefusedError('log_head has no row');
  const records = rows.flatMap(({ leaf, openings }) => (leaf === null ? [] : storedRecord({ leaf, openings })));
  const nowMs = Math.floor(logTime.observe(first, asked) / 1_000);
  return { records, nowMs, postgresMs: Number(first.postgres_us) / 1_000 };
}

/** One row without a record where there is none. */
interface StreamsRow extends ClockRow {
  readonly leaf: Buffer | null;
  readonly openings: RecordRow['openings'];
}

const readStreamPartsSql = prepared(
  'keyfold_read_stream_parts',
  `
  select ${RECORD_COLUMNS}
  from unnest($1::text[], $2::bigint[]) as asked (stream, after)
  join keyfold.events e on e.stream = asked.stream and e.version > asked.after
  where e.position <= $3::bigint
  order by e.stream, e.version
  limit $4::integer`,
);

/** At most `limit` records of several streams, by stream and version, of the positions up to `through`. */
export function readStreamParts(
  pool: pg.Pool,
  tails: readonly StreamTail[],
  { limit, through }: { readonly limit: number; readonly through: number },
): Promise<StoredRecord[]> {
  const values = [tails.map(({ stream }) => stream), tails.map(({ after }) => after), through, limit];
  return read(pool, readStreamPartsSql(values));
}

const streamVersionsSql = prepared(
  'keyfold_stream_versions',
  `
  select asked.stream, last.version
  from unnest($1::text[]) as asked (stream)
  cross join lateral (
    select e.version
    from keyfold.events e
    where e.stream = asked.stream
      and e.position <= $2::bigint
    order by e.version desc
    limit 1
  ) as last`,
);

/** The version that each stream has among the records up to a position; nothing for one that has none. */
export async function streamVersions(
  pool: pg.Pool,
  streams: readonly string[],
  through: number,
): Promise<Map<string, number>> {
  const query = streamVersionsSql([streams, through]);
  const { rows } = await translated(pool.query<{ stream: string; version: string }>(query));
  return new Map(rows.map(({ stream, version }) => [stream, Number(version)]));
}

const readAfterSql = prepared(
  'keyfold_read_after',
  `
  select ${RECORD_COLUMNS}
  from keyfold.events e
  where e.position > $1::bigint
  order by e.position
  limit $2::integer`,
);

/**
 * At most `limit` records behind a position, in order. Positions are committed without gaps, so none can appear later
 * in between.
 */
export function readAfter(pool: pg.Pool | pg.ClientBase, position: number, limit: number): Promise<StoredRecord[]> {
  return read(pool, readAfterSql([position, limit]));
}

const readAtSql = `
  select ${RECORD_COLUMNS}
  from keyfold.events e
  where e.position = $1::bigint`;

export async function readAt(pool: pg.Pool, position: number): Promise<StoredRecord | undefined> {
  const [record] = await read(pool, { text: readAtSql, values: [position] });
  return record;
}

/** Lists records by stream, type, actor and time. Times become positions first, since both grow together. */
export function queryRecords(pool: pg.Pool, filter: RecordFilter): Promise<StoredRecord[]> {
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [`e.position > ${place(filter.after ?? 0)}::bigint`];
  if (filter.before !== undefined) conditions.push(`e.position < ${place(filter.before)}::bigint`);
  if (filter.stream !== undefined) conditions.push(`e.stream = ${place(filter.stream)}::text`);
  if (filter.type !== undefined) conditions.push(`e.type = ${place(filter.type)}::text`);
  if (filter.actor !== undefined) conditions.push(`e.actor = ${place(filter.actor)}::text`);
  // Scalar subqueries, so each bisection runs once and not per row.
  const positionAt = (at: string): string => `(select keyfold.position_at(${place(at)}::timestamptz))`;
  if (filter.from !== undefined) conditions.push(`e.position >= ${positionAt(filter.from)}`);
  if (filter.to !== undefined) conditions.push(`e.position < ${positionAt(filter.to)}`);
  const sql = `
  select ${RECORD_COLUMNS}
  from keyfold.events e
  where ${conditions.join('\n    and ')}
  order by e.position${filter.isDescending === true ? ' desc' : ''}
  limit ${place(filter.limit)}::integer`;
  return read(pool, { text: sql, values });
}

async function read(pool: pg.Pool | pg.ClientBase, query: pg.QueryConfig): Promise<StoredRecord[]> {
  const { rows } = await translated(pool.query<RecordRow>(query));
  return rows.map(storedRecord);
}

/**
 * The record as its bytes say it: the columns beside them serve look-ups and are believed in nothing.
 *
 * @throws RecordError if the bytes are no record.
 */
function storedRecord({ leaf, openings }: RecordRow): StoredRecord {
  return { record: decodeLeaf(leaf), leaf, openings: openings ?? {} };
}
