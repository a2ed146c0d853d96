import type { JsonObject } from '@keyfold/domain';
import type pg from 'pg';
import type { StoredRecord } from './append-request.js';
import type { TileRow } from './tiles.js';

/** The notification channel; the payload is the log's new size. */
export const LOG_CHANNEL = 'keyfold_log';

/** The head after the rows. */
export interface NewHead {
  readonly size: number;
  readonly root: Buffer;
  readonly frontier: Buffer;
  readonly recordedAt: string;
}

export interface Completion {
  readonly actor: string;
  readonly key: string;
  readonly status: number;
  readonly body: JsonObject;
}

// One statement, so records, openings and head cannot come apart. Leaves and hashes travel as one binary value each:
// an array of bytea would be sent as text, twice the size and parsed byte by byte.
const insertRecords = `
  with new_events as (
    insert into keyfold.events
      (position, stream, version, type, schema_version, recorded_at, actor, leaf, leaf_hash)
    select
      $1::bigint + input.nth, input.stream, input.version, input.type, input.schema_version, $2::timestamptz,
      input.actor, substring($3::bytea from input.leaf_offset for input.leaf_size),
      substring($4::bytea from (input.nth * 32 - 31)::integer for 32)
    from unnest($5::text[], $6::bigint[], $7::text[], $8::integer[], $9::text[], $10::integer[], $11::integer[])
      with ordinality
      as input (stream, version, type, schema_version, actor, leaf_offset, leaf_size, nth)
  ),
  new_openings as (
    insert into keyfold.openings (position, field, salt, value)
    select input.position, input.field, input.salt, input.value
    from unnest($12::bigint[], $13::text[], $14::text[], $15::text[]) as input (position, field, salt, value)
  )
  update keyfold.log_head
  set size = $16::bigint, root = $17::bytea, frontier = $18::bytea, recorded_at = $2::timestamptz
  where id = 1
  returning pg_notify('${LOG_CHANNEL}', $16::text)`;

const insertTiles = `
  insert into keyfold.tiles (level, tile_index, hashes, root)
  select
    input.level, input.tile_index, substring($3::bytea from (nth * 8192 - 8191)::integer for 8192),
    substring($4::bytea from (nth * 32 - 31)::integer for 32)
  from unnest($1::smallint[], $2::bigint[]) with ordinality as input (level, tile_index, nth)`;

const completeClaims = `
  update keyfold.idempotency_keys as claim
  set status = input.status, body = input.body, completed_at = clock_timestamp()
  from unnest($1::text[], $2::text[], $3::smallint[], $4::json[]) as input (actor, key, status, body)
  where claim.actor = input.actor
    and claim.key = input.key
    and claim.status is null`;

/** Writes records, their openings and the new head. Contiguous records, the last at the head's size. */
export function recordsQuery(
  records: readonly StoredRecord[],
  leafHashes: readonly Buffer[],
  head: NewHead,
): pg.QueryConfig<unknown[]> {
  const values = [
    head.size - records.length,
    head.recordedAt,
    Buffer.concat(records.map(({ leaf }) => leaf)),
    Buffer.concat(leafHashes),
    ...recordColumns(records),
    ...openingColumns(records),
    head.size,
    head.root,
    head.frontier,
  ];
  return { name: 'keyfold-insert-records', text: insertRecords, values };
}

export function tilesQuery(tiles: readonly TileRow[]): pg.QueryConfig<unknown[]> {
  const values = [
    tiles.map(({ level }) => level),
    tiles.map(({ index }) => index),
    Buffer.concat(tiles.map(({ hashes }) => hashes)),
    Buffer.concat(tiles.map(({ root }) => root)),
  ];
  return { text: insertTiles, values };
}

export function completionsQuery(completions: readonly Completion[]): pg.QueryConfig<unknown[]> {
  const values = [
    completions.map(({ actor }) => actor),
    completions.map(({ key }) => key),
    completions.map(({ status }) => status),
    completions.map(({ body }) => JSON.stringify(body)),
  ];
  return { text: completeClaims, values };
}

function recordColumns(records: readonly StoredRecord[]): unknown[] {
  const offsets: number[] = [];
  let offset = 1;
  for (const { leaf } of records) {
    offsets.push(offset);
    offset += leaf.byteLength;
  }
  return [
    records.map(({ record }) => record.stream),
    records.map(({ record }) => record.version),
    records.map(({ record }) => record.type),
    records.map(({ record }) => record.schemaVersion),
    records.map(({ record }) => record.actor),
    offsets,
    records.map(({ leaf }) => leaf.byteLength),
  ];
}

function openingColumns(records: readonly StoredRecord[]): unknown[] {
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
  return [positions, fields, salts, values];
}
