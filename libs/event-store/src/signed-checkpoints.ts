import type pg from 'pg';
import { translated } from './errors.js';
import { prepared } from './prepared.js';
import { SERVER_IDENTITY } from './read/server-identity.js';

export interface SignedCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** The signed note. */
  readonly note: string;
}

const largestSql = `
  select size, root, note
  from keyfold.signed_checkpoints
  where origin = $1::text
  order by size desc
  limit 1`;

/** The largest checkpoint that this log has signed under an origin. */
export async function largestSignedCheckpoint(pool: pg.Pool, origin: string): Promise<SignedCheckpoint | undefined> {
  const { rows } = await translated(pool.query<{ size: string; root: Buffer; note: string }>(largestSql, [origin]));
  return rows.map(({ size, root, note }) => ({ origin, size: Number(size), root, note }))[0];
}

/** What a checkpoint was compared with before it was signed. */
export interface ComparedWith {
  /** Size of the largest checkpoint signed before; null if there was none. */
  readonly largestSize: number | null;
  /** The server that the state was read from, as `LogHead.server` names it. */
  readonly server: string;
}

/**
 * - `overtaken`: another replica has signed meanwhile; compare with that one
 * - `other-server`: the state comes from a server that this is not; it may have been lost with it
 * - `other-origin`: a fork was acknowledged, and nothing is signed any more under the origin before
 */
export type RecordedCheckpoint = 'recorded' | 'overtaken' | 'other-server' | 'other-origin';

// Not flushed before it answers: it is on the way of every event to the gateways, and what a crash can take is the
// knowledge of the last few signatures over records that are themselves durable.
const recordSql = prepared(
  'keyfold_record_checkpoint',
  `
  with relaxed as materialized (
    select set_config('synchronous_commit', 'off', true) as setting
  ),
  now_is as materialized (
    select
      ${SERVER_IDENTITY} = $6::text as is_same_server,
      (select max(size) from keyfold.signed_checkpoints where origin = $1::text) is not distinct from $5::bigint as is_compared,
      exists (select from keyfold.log_origins where previous_origin = $1::text) as is_superseded
  ),
  added as (
    insert into keyfold.signed_checkpoints (origin, size, root, note)
    select $1::text, $2::bigint, $3::bytea, $4::text
    from relaxed, now_is
    where now_is.is_same_server
      and now_is.is_compared
      and not now_is.is_superseded
    on conflict on constraint signed_checkpoints_origin_size_key do nothing
    returning size
  )
  select now_is.is_same_server, now_is.is_superseded, exists (select from added) as is_added
  from now_is`,
);

/**
 * Remembers a checkpoint, larger than any before it, that is about to leave this process. Whatever else was signed in
 * between, or by whom, nothing is recorded then and the checkpoint must not leave.
 */
export async function recordSignedCheckpoint(
  pool: pg.Pool,
  checkpoint: SignedCheckpoint,
  { largestSize, server }: ComparedWith,
): Promise<RecordedCheckpoint> {
  const { origin, size, root, note } = checkpoint;
  const values = [origin, size, root, note, largestSize, server];
  const { rows } = await translated(
    pool.query<{ is_same_server: boolean; is_superseded: boolean; is_added: boolean }>(recordSql(values)),
  );
  const [row] = rows;
  if (row?.is_same_server !== true) return 'other-server';
  if (row.is_superseded) return 'other-origin';
  return row.is_added ? 'recorded' : 'overtaken';
}

const pruneSql = 'select keyfold.prune_signed_checkpoints($1::integer) as pruned';

/**
 * Deletes signed checkpoints that are not the largest of their origin, at most `limit` of them; called now and then.
 *
 * @returns how many were deleted
 */
export async function pruneSignedCheckpoints(pool: pg.Pool, limit = 10_000): Promise<number> {
  const { rows } = await translated(pool.query<{ pruned: string }>(pruneSql, [limit]));
  return Number(rows[0]?.pruned ?? 0);
}
