import type pg from 'pg';
import { translated } from './errors.js';
import type { Tx } from './prepared.js';

const eraseStreamsSql = `
  select keyfold.erase_openings(
    array(
      select e.position
      from keyfold.events e
      where e.stream = any ($1::text[])
        and e.position < $2::bigint
    ),
    $2::bigint
  ) as erased`;

/**
 * Destroys the openings of every record before an erasure in the given streams: a user's own stream and those of their
 * keys.
 *
 * @param erasure the erasure record's position.
 */
export async function eraseStreamOpenings(
  db: Pick<Tx, 'query'>,
  streams: readonly string[],
  erasure: number,
): Promise<number> {
  const { rows } = await db.query<{ erased: string }>(eraseStreamsSql, [streams, erasure]);
  return Number(rows[0]?.erased ?? 0);
}

/** Whose copies are asked for: openings of these fields, erased by records after one position and up to another. */
export interface ErasedFilter {
  readonly fields: readonly string[];
  readonly after: number;
  readonly through: number;
}

/** A record that has lost an opening, and the position of the erasure's own record. */
export interface ErasedPosition {
  readonly position: number;
  readonly erasedBy: number;
}

const erasedPositionsSql = `
  select distinct o.erased_by, o.position
  from keyfold.erased_openings o
  where o.erased_by > $1::bigint
    and o.erased_by <= $2::bigint
    and o.field = any ($3::text[])
  order by o.erased_by, o.position`;

/** The records that have lost an opening, in the order of the erasures. */
export async function erasedPositions(
  pool: pg.Pool,
  { fields, after, through }: ErasedFilter,
): Promise<ErasedPosition[]> {
  const values = [after, through, fields];
  const { rows } = await translated(pool.query<{ position: string; erased_by: string }>(erasedPositionsSql, values));
  return rows.map(({ position, erased_by: erasedBy }) => ({ position: Number(position), erasedBy: Number(erasedBy) }));
}
