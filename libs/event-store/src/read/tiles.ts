import { Frontier } from '@keyfold/domain';
import type { Tx } from '../prepared.js';

/** Entries of a full tile. */
export const TILE_ENTRIES = 256;
const HASH_BYTES = 32;

/** A full tile: level L covers 256^(L + 1) records, each entry a perfect subtree of 256^L of them. */
export interface TileRow {
  readonly level: number;
  readonly index: number;
  readonly hashes: Buffer;
  readonly root: Buffer;
}

/**
 * The leaf hashes after the last full tile, for a log of `size` records; null where this process has not seen them.
 * Kept between appends so that a full tile costs no read while this process is the only writer. `frontier` says of
 * which tree: one that has lost its end and grown again may have the same size and other leaves.
 */
export interface LeafTail {
  readonly size: number;
  readonly frontier: Buffer;
  readonly hashes: readonly Buffer[] | null;
}

/** The root over the entries of a full tile. */
export function tileRoot(hashes: readonly Buffer[]): Buffer {
  const frontier = Frontier.empty();
  for (const hash of hashes) frontier.append(hash);
  return frontier.root();
}

/** Splits concatenated hashes. */
export function splitHashes(bytes: Buffer): Buffer[] {
  const hashes: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
  return hashes;
}

/**
 * The tiles that become full when leaves are added, parents included, and the tail after them. Reads what earlier
 * appends wrote only if a tile becomes full and the tail is not known, or a parent does.
 */
export async function fillTiles(
  tx: Tx,
  tail: Omit<LeafTail, 'frontier'>,
  leafHashes: readonly Buffer[],
): Promise<{ tiles: TileRow[]; tail: Omit<LeafTail, 'frontier'> }> {
  const inTail = tail.size % TILE_ENTRIES;
  const size = tail.size + leafHashes.length;
  if (inTail + leafHashes.length < TILE_ENTRIES) {
    const hashes = inTail === 0 ? leafHashes : tail.hashes && [...tail.hashes, ...leafHashes];
    return { tiles: [], tail: { size, hashes } };
  }
  const known = inTail === 0 ? [] : (tail.hashes ?? (await readLeafHashes(tx, tail.size - inTail, tail.size)));
  const all = [...known, ...leafHashes];
  const firstIndex = Math.floor(tail.size / TILE_ENTRIES);
  const full = Math.floor(all.length / TILE_ENTRIES);
  const tiles: TileRow[] = [];
  for (let i = 0; i < full; i += 1) {
    tiles.push(tileOf(0, firstIndex + i, all.slice(i * TILE_ENTRIES, (i + 1) * TILE_ENTRIES)));
  }
  tiles.push(...(await fillParents(tx, tiles)));
  return { tiles, tail: { size, hashes: all.slice(full * TILE_ENTRIES) } };
}

async function fillParents(tx: Tx, children: readonly TileRow[]): Promise<TileRow[]> {
  const parents: TileRow[] = [];
  for (const child of children.filter(({ index }) => index % TILE_ENTRIES === TILE_ENTRIES - 1)) {
    const first = child.index - (TILE_ENTRIES - 1);
    const fresh = children.filter(({ index }) => index >= first && index <= child.index);
    const older = await readTileRoots(tx, child.level, first, first + TILE_ENTRIES - fresh.length);
    const index = Math.floor(child.index / TILE_ENTRIES);
    parents.push(tileOf(child.level + 1, index, [...older, ...fresh.map(({ root }) => root)]));
  }
  return parents.length === 0 ? [] : [...parents, ...(await fillParents(tx, parents))];
}

function tileOf(level: number, index: number, hashes: readonly Buffer[]): TileRow {
  // A hole here would become a wrong tile for ever.
  if (hashes.length !== TILE_ENTRIES) throw new Error(`tile ${index} of level ${level} has ${hashes.length} entries`);
  return { level, index, hashes: Buffer.concat(hashes), root: tileRoot(hashes) };
}

const readLeafHashesSql = `
  select leaf_hash as hash
  from keyfold.events
  where position > $1::bigint
    and position <= $2::bigint
  order by position`;

async function readLeafHashes(tx: Tx, from: number, to: number): Promise<Buffer[]> {
  const { rows } = await tx.query<{ hash: Buffer }>(readLeafHashesSql, [from, to]);
  return rows.map(({ hash }) => hash);
}

const readTileRootsSql = `
  select root as hash
  from keyfold.tiles
  where level = $1::smallint
    and tile_index >= $2::bigint
    and tile_index < $3::bigint
  order by tile_index`;

async function readTileRoots(tx: Tx, level: number, from: number, to: number): Promise<Buffer[]> {
  if (from === to) return [];
  const { rows } = await tx.query<{ hash: Buffer }>(readTileRootsSql, [level, from, to]);
  return rows.map(({ hash }) => hash);
}
