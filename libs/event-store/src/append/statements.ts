import type { JsonObject } from '@keyfold/domain';
import { claimToken } from '../idempotency.js';
import type { StoredRecord } from '../read/records.js';
import type { TileRow } from '../read/tiles.js';
import { type ClockRow, HEAD_CLOCK_COLUMNS } from '../time/log-time.js';
import { bytesLiteral, numberArray, textArray, textLiteral } from './sql-literals.js';

/** The head after the rows. */
export interface NewHead {
  readonly size: number;
  readonly root: Buffer;
  readonly frontier: Buffer;
  readonly recordedAt: string;
  /** Postgres's clock at the append, microseconds since 1970; null while it is suspect. */
  readonly postgresUs: number | null;
}

export interface Completion {
  readonly actor: string;
  readonly key: string;
  readonly status: number;
  readonly body: JsonObject;
}

// Serialises all appends: the head row is the first lock each takes, so no order of locks can deadlock.
const lockHead = `
  prepare keyfold_lock_head as
  select h.size, h.frontier, ${HEAD_CLOCK_COLUMNS}
  from keyfold.log_head h
  where h.id = 1
  for update`;

// A statement of its own: in the one above the clock would be read before the lock is granted, and without a snapshot
// taken after the lock the versions would miss what the previous holder wrote.
const readClockAndVersions = `
  prepare keyfold_read_versions (text[]) as
  select
    (extract(epoch from clock_timestamp()) * 1000000)::bigint as postgres_us,
    named.stream,
    (
      select e.version
      from keyfold.events e
      where e.stream = named.stream
      order by e.version desc
      limit 1
    ) as version
  from (select 1) as always
  left join unnest($1) as named (stream) on true`;

// Locked until commit, so that an expired claim cannot be taken over between this look and its completion.
const lockClaims = `
  prepare keyfold_lock_claims (text[], text[]) as
  select claim.actor, claim.key, ${claimToken('claim')} as token
  from unnest($1, $2) as named (actor, key)
  join keyfold.idempotency_keys claim on claim.actor = named.actor and claim.key = named.key
  where claim.status is null
  for update of claim`;

// What most appends need, at half the cost of the general statement.
const insertRecord = `
  prepare keyfold_insert_record (bigint, timestamptz, text, bytea, text, bigint, text, integer, text) as
  insert into keyfold.events
    (position, stream, version, type, schema_version, recorded_at, actor, leaf, leaf_hash)
  values ($1, $5, $6, $7, $8, $2, $9, convert_to($3, 'UTF8'), $4)`;

// The leaves travel as one text, cut here: JSON needs hardly any escaping in SQL, where an array of bytea would be
// twice the size and parsed element by element. Statements of their own, sent as one message: one `with` over all of
// them costs Postgres twice as much.
const insertRecords = `
  prepare keyfold_insert_records (
    bigint, timestamptz, text, bytea, text[], bigint[], text[], integer[], text[], integer[], integer[]
  ) as
  with leaves as materialized (
    select convert_to($3, 'UTF8') as bytes
  )
  insert into keyfold.events
    (position, stream, version, type, schema_version, recorded_at, actor, leaf, leaf_hash)
  select
    $1 + input.nth, input.stream, input.version, input.type, input.schema_version, $2, input.actor,
    substring(leaves.bytes from input.leaf_offset for input.leaf_size),
    substring($4 from (input.nth * 32 - 31)::integer for 32)
  from unnest($5, $6, $7, $8, $9, $10, $11)
    with ordinality
    as input (stream, version, type, schema_version, actor, leaf_offset, leaf_size, nth)
  cross join leaves`;

const insertOpenings = `
  prepare keyfold_insert_openings (bigint[], text[], text[], text[]) as
  insert into keyfold.openings (position, field, salt, value)
  select input.position, input.field, input.salt, input.value
  from unnest($1, $2, $3, $4) as input (position, field, salt, value)`;

const moveHead = `
  prepare keyfold_move_head (bigint, bytea, bytea, timestamptz, bigint) as
  update keyfold.log_head
  set size = $1, root = $2, frontier = $3, recorded_at = $4,
    postgres_time = timestamptz 'epoch' + $5 * interval '1 microsecond', postgres_time_size = $1
  where id = 1`;

const insertTiles = `
  prepare keyfold_insert_tiles (smallint[], bigint[], bytea, bytea) as
  insert into keyfold.tiles (level, tile_index, hashes, root)
  select
    input.level, input.tile_index, substring($3 from (nth * 8192 - 8191)::integer for 8192),
    substring($4 from (nth * 32 - 31)::integer for 32)
  from unnest($1, $2) with ordinality as input (level, tile_index, nth)`;

const completeClaims = `
  prepare keyfold_complete_claims (text[], text[], smallint[], text[]) as
  update keyfold.idempotency_keys as claim
  set status = input.status, body = input.body::json, completed_at = clock_timestamp()
  from unnest($1, $2, $3, $4) as input (actor, key, status, body)
  where claim.actor = input.actor
    and claim.key = input.key
    and claim.status is null`;

/** What the statements below execute, in the order of the transaction; prepared once per connection. */
export const appendStatements: readonly string[] = [
  lockHead,
  readClockAndVersions,
  lockClaims,
  insertRecord,
  insertRecords,
  insertOpenings,
  insertTiles,
  completeClaims,
  moveHead,
];

/** The head's size and frontier, and what the log time is made of. */
export type HeadRow = Omit<ClockRow, 'postgres_us'> & { readonly size: string; readonly frontier: Buffer };
/** A stream that was named, and Postgres's clock. Without streams there is one row, with nulls. */
export type VersionRow = Pick<ClockRow, 'postgres_us'> & { readonly stream: string; readonly version: string | null };

/** Answers with a {@link HeadRow}. */
export const LOCK_HEAD = 'execute keyfold_lock_head';

/** Answers with {@link VersionRow}s. */
export function versionsStatement(streams: readonly string[]): string {
  return `execute keyfold_read_versions (${textArray(streams)})`;
}

/** Locks claims of idempotency keys; answers with actor, key and token of those that are not answered yet. */
export function claimsStatement(claims: readonly { readonly actor: string; readonly key: string }[]): string {
  const actors = textArray(claims.map(({ actor }) => actor));
  const keys = textArray(claims.map(({ key }) => key));
  return `execute keyfold_lock_claims (${actors}, ${keys})`;
}

/** Writes contiguous records, at least one. */
export function recordsStatement(
  records: readonly StoredRecord[],
  leafHashes: readonly Buffer[],
  recordedAt: string,
): string {
  const [first] = records;
  if (first === undefined) throw new Error('no records to write');
  const before = [
    textLiteral(recordedAt),
    textLiteral(Buffer.concat(records.map(({ leaf }) => leaf)).toString('utf8')),
    bytesLiteral(Buffer.concat(leafHashes)),
  ].join(', ');
  const { position } = first.record;
  return records.length === 1
    ? `execute keyfold_insert_record (${position}, ${before}, ${recordValues(first).join(', ')})`
    : `execute keyfold_insert_records (${position - 1}, ${before}, ${recordColumns(records).join(', ')})`;
}

function recordValues({ record }: StoredRecord): (string | number)[] {
  const { stream, version, type, schemaVersion, actor } = record;
  return [textLiteral(stream), version, textLiteral(type), schemaVersion, textLiteral(actor)];
}

/** Writes the openings of records; null if there are none. */
export function openingsStatement(records: readonly StoredRecord[]): string | null {
  const positions: number[] = [];
  const fields: string[] = [];
  const salts: string[] = [];
  const values: string[] = [];
  for (const { record, openings } of records) {
    for (const [field, opening] of Object.entries(openings)) {
      positions.push(record.position);
      fields.push(field);
      salts.push(opening.salt);
      values.push(JSON.stringify(opening.value));
    }
  }
  if (positions.length === 0) return null;
  const columns = [numberArray(positions), textArray(fields), textArray(salts), textArray(values)];
  return `execute keyfold_insert_openings (${columns.join(', ')})`;
}

/** Moves the head behind the records. */
export function headStatement(head: NewHead): string {
  const { frontier, postgresUs, recordedAt, root, size } = head;
  const values = [size, bytesLiteral(root), bytesLiteral(frontier), textLiteral(recordedAt), postgresUs ?? 'null'];
  return `execute keyfold_move_head (${values.join(', ')})`;
}

export function tilesStatement(tiles: readonly TileRow[]): string {
  const values = [
    numberArray(tiles.map(({ level }) => level)),
    numberArray(tiles.map(({ index }) => index)),
    bytesLiteral(Buffer.concat(tiles.map(({ hashes }) => hashes))),
    bytesLiteral(Buffer.concat(tiles.map(({ root }) => root))),
  ];
  return `execute keyfold_insert_tiles (${values.join(', ')})`;
}

export function completionsStatement(completions: readonly Completion[]): string {
  const values = [
    textArray(completions.map(({ actor }) => actor)),
    textArray(completions.map(({ key }) => key)),
    numberArray(completions.map(({ status }) => status)),
    textArray(completions.map(({ body }) => JSON.stringify(body))),
  ];
  return `execute keyfold_complete_claims (${values.join(', ')})`;
}

function recordColumns(records: readonly StoredRecord[]): string[] {
  const offsets: number[] = [];
  let offset = 1;
  for (const { leaf } of records) {
    offsets.push(offset);
    offset += leaf.byteLength;
  }
  return [
    textArray(records.map(({ record }) => record.stream)),
    numberArray(records.map(({ record }) => record.version)),
    textArray(records.map(({ record }) => record.type)),
    numberArray(records.map(({ record }) => record.schemaVersion)),
    textArray(records.map(({ record }) => record.actor)),
    numberArray(offsets),
    numberArray(records.map(({ leaf }) => leaf.byteLength)),
  ];
}
