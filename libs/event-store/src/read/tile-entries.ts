import type pg from 'pg';
import { translated } from '../errors.js';

/** Neighbouring entries of the tiles of a level. An entry of level L is the hash over 256^L records. */
export interface EntryRange {
  readonly level: number;
  readonly first: number;
  readonly count: number;
}

// An entry of level 0 is a leaf's hash, one above it is the root of a full tile of the level below: so entries of tiles
// that are not full yet are found just the same.
const readEntriesSql = `
  select input.nth, entry.hash
  from unnest($1::integer[], $2::bigint[], $3::bigint[]) with ordinality as input (level, first, count, nth)
  cross join lateral (
    select e.leaf_hash as hash, e.position as place
    from keyfold.events e
    where input.level = 0
      and e.position > input.first
      and e.position <= input.first + input.count
    union all
    select t.root as hash, t.tile_index as place
    from keyfold.tiles t
    where input.level > 0
      and t.level = input.level - 1
      and t.tile_index >= input.first
      and t.tile_index < input.first + input.count
  ) entry
  order by input.nth, entry.place`;

/** Reads ranges of entries at once. What is missing is left out, so the caller compares the counts. */
export async function readEntries(pool: pg.Pool, ranges: readonly EntryRange[]): Promise<Buffer[][]> {
  const entries: Buffer[][] = ranges.map(() => []);
  if (ranges.length === 0) return entries;
  const values = [ranges.map(({ level }) => level), ranges.map(({ first }) => first), ranges.map(({ count }) => count)];
  const { rows } = await translated(pool.query<{ nth: string; hash: Buffer }>(readEntriesSql, values));
  for (const { nth, hash } of rows) entries[Number(nth) - 1]?.push(hash);
  return entries;
}

const readTileSql = `
  select hashes
  from keyfold.tiles
  where level = $1::smallint
    and tile_index = $2::bigint`;

/**
 * The hashes of a tile, concatenated, as C2SP tlog-tiles serves them.
 *
 * @param tile level from 0, index from 0, width 1 to 256: how many of its entries.
 * @returns undefined if the log does not have that many entries there yet.
 */
export async function readTile(
  pool: pg.Pool,
  { level, index, width }: { level: number; index: number; width: number },
): Promise<Buffer | undefined> {
  const { rows } = await translated(pool.query<{ hashes: Buffer }>(readTileSql, [level, index]));
  const full = rows[0]?.hashes;
  if (full !== undefined) return full.subarray(0, width * 32);
  const [entries = []] = await readEntries(pool, [{ level, first: index * 256, count: width }]);
  return entries.length === width ? Buffer.concat(entries) : undefined;
}
