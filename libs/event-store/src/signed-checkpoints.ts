import type pg from 'pg';
import { StoreRefusedError, translated } from './errors.js';
import { prepared } from './prepared.js';

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

// Not flushed before it answers: it is on the way of every event to the gateways, and what a crash can take is the
// knowledge of the last few signatures over records that are themselves durable.
const recordSql = prepared(
  'keyfold_record_checkpoint',
  `
  with relaxed as materialized (
    select set_config('synchronous_commit', 'off', true) as setting
  ),
  added as (
    insert into keyfold.signed_checkpoints (origin, size, root, note)
    select $1::text, $2::bigint, $3::bytea, $4::text
    from relaxed
    on conflict on constraint signed_checkpoints_origin_size_key do nothing
    returning root
  )
  select root from added
  union all
  select root
  from keyfold.signed_checkpoints
  where origin = $1::text
    and size = $2::bigint`,
);

/**
 * Remembers a checkpoint that is about to leave this process. Doing it again changes nothing.
 *
 * @throws StoreRefusedError if another root was signed for that size: then it must not leave.
 */
export async function recordSignedCheckpoint(pool: pg.Pool, checkpoint: SignedCheckpoint): Promise<void> {
  const { origin, size, root, note } = checkpoint;
  const record = recordSql([origin, size, root, note]);
  let { rows } = await translated(pool.query<{ root: Buffer }>(record));
  // A replica committed the same size after this statement's snapshot; the next one sees its row.
  if (rows.length === 0) ({ rows } = await translated(pool.query<{ root: Buffer }>(record)));
  if (rows.length > 0 && rows.every((row) => row.root.equals(root))) return;
  throw new StoreRefusedError(`another root was signed for size ${size} of ${origin}`);
}
