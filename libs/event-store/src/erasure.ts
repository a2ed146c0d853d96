import type pg from 'pg';
import type { Tx } from './append/append-request.js';

const eraseSql = `select keyfold.erase_openings($1::bigint[]) as erased`;

/**
 * Destroys the openings of records, for good. The records and every proof over them stay.
 *
 * @param db the append's transaction (an inline projection that sees an erasure's record), or the pool to repeat it.
 * @returns how many openings were there.
 */
export async function eraseOpenings(db: Tx | pg.Pool, positions: readonly number[]): Promise<number> {
  const { rows } = await db.query<{ erased: string }>(eraseSql, [positions]);
  return Number(rows[0]?.erased ?? 0);
}

const eraseStreamsSql = `
  select keyfold.erase_openings(
    array(
      select e.position
      from keyfold.events e
      where e.stream = any ($1::text[])
        and e.position <= $2::bigint
    )
  ) as erased`;

/**
 * Destroys the openings of every record in the given streams up to a position: a user's own stream and those of their keys.
 *
 * @param upTo the erasure record's position.
 */
export async function eraseStreamOpenings(db: Tx | pg.Pool, streams: readonly string[], upTo: number): Promise<number> {
  const { rows } = await db.query<{ erased: string }>(eraseStreamsSql, [streams, upTo]);
  return Number(rows[0]?.erased ?? 0);
}
