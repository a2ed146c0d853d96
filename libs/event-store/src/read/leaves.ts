import type pg from 'pg';
import { StoreRefusedError, translated } from '../errors.js';
import { prepared } from '../prepared.js';

/** A record's bytes and the hash stored beside them, which an auditor compares. */
export interface Leaf {
  readonly position: number;
  readonly leaf: Buffer;
  readonly leafHash: Buffer;
}

const PAGE_BYTES = 4 * 1024 * 1024;
const FIRST_PAGE_ROWS = 256;
const MAX_PAGE_ROWS = 4096;

const readPage = `
  select position, leaf, leaf_hash
  from keyfold.events
  where position >= $1::bigint
    and position <= $2::bigint
  order by position
  limit $3::integer`;

const readAtPositions = prepared(
  'keyfold_leaves_at',
  `
  select e.leaf
  from unnest($1::bigint[]) with ordinality as input (position, nth)
  join keyfold.events e on e.position = input.position
  order by input.nth`,
);

/**
 * The leaf bytes of some records, in the order of the positions.
 *
 * @throws StoreRefusedError if the log does not have all of them.
 */
export async function leavesAt(pool: pg.Pool, positions: readonly number[]): Promise<Buffer[]> {
  const { rows } = await translated(pool.query<{ leaf: Buffer }>(readAtPositions([positions])));
  if (rows.length !== positions.length)
    throw new StoreRefusedError(`the log does not have all of the records ${positions.join(', ')}`);
  return rows.map(({ leaf }) => leaf);
}

/**
 * Streams leaves of any range in order. Memory is bounded by two pages of about 4 MiB however long the range is, and no
 * transaction stays open between pages: records never change, so pages agree with each other.
 *
 * @param options first and last position, both included.
 * @throws StoreRefusedError naming the first position that is missing.
 */
export async function* readLeaves(pool: pg.Pool, options: { from: number; to: number }): AsyncGenerator<Leaf> {
  let next = options.from;
  let rows = FIRST_PAGE_ROWS;
  while (next <= options.to) {
    const page = await readLeafPage(pool, next, { to: options.to, rows });
    let bytes = 0;
    for (const leaf of page) {
      if (leaf.position !== next) throw missing(next);
      bytes += leaf.leaf.byteLength;
      next += 1;
      yield leaf;
    }
    if (page.length === 0) throw missing(next);
    rows = Math.min(MAX_PAGE_ROWS, Math.max(1, Math.floor((PAGE_BYTES * page.length) / bytes)));
  }
}

async function readLeafPage(pool: pg.Pool, from: number, page: { to: number; rows: number }): Promise<Leaf[]> {
  const values = [from, page.to, page.rows];
  const { rows } = await translated(
    pool.query<{ position: string; leaf: Buffer; leaf_hash: Buffer }>(readPage, values),
  );
  return rows.map((row) => ({ position: Number(row.position), leaf: row.leaf, leafHash: row.leaf_hash }));
}

function missing(position: number): StoreRefusedError {
  return new StoreRefusedError(`the log has no record at position ${position}`);
}
