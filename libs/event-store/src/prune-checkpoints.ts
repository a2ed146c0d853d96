import type pg from 'pg';
import { translated } from './errors.js';

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
