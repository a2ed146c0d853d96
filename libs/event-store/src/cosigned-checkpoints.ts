import type pg from 'pg';
import { translated } from './errors.js';

/** A checkpoint with the time at which it was the log's newest. */
export interface CosignedCheckpoint {
  readonly size: number;
  /** Whole seconds since 1970. */
  readonly atSeconds: number;
  /** The signed note, the log's cosignature included. */
  readonly note: string;
}

const instant = (parameter: string): string => `to_timestamp(${parameter}::double precision)`;

const keepSql = `
  select keyfold.keep_cosigned_checkpoint(
    $1::text, ${instant('$2')}, $3::bigint, $4::text, make_interval(secs => $5::double precision)
  ) as kept`;

/**
 * Keeps a cosigned checkpoint, unless the newest one is younger than `leastAgeSeconds`: several replicas cosign. Of
 * those of one size in a row the first and the last are kept.
 *
 * @returns whether it was kept
 */
export async function keepCosignedCheckpoint(
  pool: pg.Pool,
  checkpoint: CosignedCheckpoint & { readonly origin: string },
  leastAgeSeconds: number,
): Promise<boolean> {
  const { atSeconds, note, origin, size } = checkpoint;
  const values = [origin, atSeconds, size, note, leastAgeSeconds];
  const { rows } = await translated(pool.query<{ kept: boolean }>(keepSql, values));
  return rows[0]?.kept === true;
}

const listSql = `
  select size, extract(epoch from cosigned_at)::bigint as at_seconds, note
  from keyfold.cosigned_checkpoints
  where origin = $1::text
    and cosigned_at > ${instant('$2')}
    and cosigned_at < ${instant('$3')}
  order by cosigned_at
  limit $4::integer`;

/**
 * The cosigned checkpoints that are kept, oldest first, with times between two instants (seconds since 1970, both
 * excluded).
 */
export async function cosignedCheckpoints(
  pool: pg.Pool,
  range: { readonly origin: string; readonly after: number; readonly before: number; readonly limit: number },
): Promise<CosignedCheckpoint[]> {
  const values = [range.origin, range.after, range.before, range.limit];
  const { rows } = await translated(pool.query<{ size: string; at_seconds: string; note: string }>(listSql, values));
  return rows.map(({ at_seconds, note, size }) => ({ size: Number(size), atSeconds: Number(at_seconds), note }));
}

const pruneSql = `
  select keyfold.prune_cosigned_checkpoints(now() - make_interval(days => $1::integer), $2::integer) as pruned`;

/**
 * Deletes those older than so many days, at most `limit` of them, never the newest. Goes by `now()`: not to be called
 * while Postgres's clock is suspect.
 *
 * @returns how many were deleted
 */
export async function pruneCosignedCheckpoints(db: pg.ClientBase, days: number, limit = 10_000): Promise<number> {
  const { rows } = await translated(db.query<{ pruned: string }>(pruneSql, [days, limit]));
  return Number(rows[0]?.pruned ?? 0);
}
