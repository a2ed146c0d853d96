/** Entries of a full tile (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
/**
 * Hashes of a log of at most 2^53 leaves lie on these levels, each 256 times as far apart as those of the level below.
 */
const MAX_LEVEL = 63;
const MAX_INDEX = 2 ** 53 / TILE_WIDTH;
const PATH = /^(entries|\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** A tile of hashes of a level, or a bundle of entries. `width` is 1 to 256: how many of its entries. */
export interface TileName {
  readonly level: number | 'entries';
  /** From 0. */
  readonly index: number;
  readonly width: number;
}

/**
 * Reads what follows `/tile/` in the path of a tile (C2SP tlog-tiles): `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`,
 * `<N>` in groups of three digits, all but the last with an `x` before them.
 *
 * @returns null for anything else, other spellings of the same tile included.
 */
export function parseTilePath(path: string): TileName | null {
  const [matched, levelText, indexText, widthText = String(TILE_WIDTH)] = PATH.exec(path) ?? [];
  if (matched === undefined) return null;
  const level: TileName['level'] = levelText === 'entries' ? levelText : Number(levelText);
  const tile = { level, index: Number(indexText?.replaceAll(/[x/]/g, '')), width: Number(widthText) };
  return isPossible(tile) && tilePath(tile) === path ? tile : null;
}

function isPossible({ index, level }: TileName): boolean {
  return index < MAX_INDEX && (level === 'entries' || level <= MAX_LEVEL);
}

/** The path of a tile, as {@link parseTilePath} reads it. */
export function tilePath({ index, level, width }: TileName): string {
  const groups = [];
  for (let rest = index; rest > 0 || groups.length === 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`${groups.length === 0 ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`);
  }
  return `${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}
