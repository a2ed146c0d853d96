import { Frontier, HASH_BYTES } from '../log/index.js';

/**
 * The first line of an export that does not begin at position 1: where it begins, and the tree before it. Nothing
 * vouches for that tree but the signed root at the end, which no other tree before these records leads to.
 */
export interface ExportRange {
  readonly from: number;
  /** Of the records before `from`. */
  readonly frontier: Frontier;
}

/** The line's text, without the newline. */
export function encodeExportRange({ from, frontier }: ExportRange): string {
  return JSON.stringify({ range: { from, frontier: frontier.toBytes().toString('base64') } });
}

/** Reads a line as such; `null` unless it is just what {@link encodeExportRange} makes. */
export function parseExportRange(line: string): ExportRange | null {
  if (!line.startsWith('{"range":')) return null;
  try {
    const { from, frontier } = (JSON.parse(line) as { range: { from: unknown; frontier: unknown } }).range;
    if (typeof from !== 'number' || typeof frontier !== 'string' || from < 2) return null;
    const range = { from, frontier: Frontier.from(from - 1, Buffer.from(frontier, 'base64')) };
    return encodeExportRange(range) === line ? range : null;
  } catch {
    return null;
  }
}

/**
 * The frontier of the tree before a leaf, from that leaf's audit path in the tree that ends with it: its siblings are
 * the subtrees before it.
 */
export function frontierBefore(position: number, auditPath: readonly Uint8Array[]): Frontier {
  if (auditPath.some((hash) => hash.byteLength !== HASH_BYTES)) throw new RangeError(`a hash has ${HASH_BYTES} bytes`);
  return Frontier.from(position - 1, Buffer.concat(auditPath.toReversed()));
}
