import {
  encodeExportRange,
  encodeExportTrailer,
  Frontier,
  leafHash,
  type LogRecord,
  type NoteSigner,
  type Opening,
  OpeningsDigest,
  sealValue,
  signCheckpoint,
} from '@keyfold/domain';
import { lineOf, recordAt, signer, treeOf } from './sample-export.testing.js';

/** What an export is asked for. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly isOpened: boolean;
}

/** What each record's sealed fields hold; of every fourth there are none, and every sixth has lost one of two. */
export function openingsAt(position: number): Readonly<Record<string, Opening>> {
  const all = sealedAt(position);
  if (position % 6 !== 0) return all;
  const [, ...rest] = Object.entries(all);
  return Object.fromEntries(rest);
}

function sealedAt(position: number): Readonly<Record<string, Opening>> {
  if (position % 4 === 0) return {};
  const opening = (field: number): Opening =>
    sealValue(`value ${field} of ${position}`, Buffer.alloc(32, 8 * position + field)).opening;
  return { name: opening(1), note: opening(2) };
}

/** A record with commitments to what it seals. */
export function sealedRecordAt(position: number, change: Partial<LogRecord> = {}): LogRecord {
  const sealed = Object.entries(sealedAt(position)).map(
    ([field, { salt, value }]) => [field, sealValue(value, Buffer.from(salt, 'base64url')).commitment] as const,
  );
  return recordAt(position, { sealed: Object.fromEntries(sealed), ...change });
}

export const openingsLine = (position: number, openings = openingsAt(position)): string =>
  JSON.stringify({ openings, position });

/** The leaves of the log that the parts are of. */
export function leavesTo(size: number): string[] {
  return Array.from({ length: size }, (_, index) => lineOf(sealedRecordAt(index + 1)));
}

export function headerLine(from: number, leaves: readonly string[]): string {
  const frontier = Frontier.empty();
  for (const leaf of leaves.slice(0, from - 1)) frontier.append(leafHash(Buffer.from(leaf)));
  return encodeExportRange({ from, frontier });
}

/** The lines of records, each with its openings behind it where the part has them. */
export function recordLines({ from, isOpened, to }: Part, leaves: readonly string[]): string[] {
  return leaves.slice(from - 1, to).flatMap((leaf, nth) => {
    const position = from + nth;
    const hasOpenings = isOpened && Object.keys(openingsAt(position)).length > 0;
    return hasOpenings ? [leaf, openingsLine(position)] : [leaf];
  });
}

/** The last line that the log makes behind such lines. */
export function partTrailer(part: Part, leaves: readonly string[], by: NoteSigner = signer): string {
  const { from, isOpened, to } = part;
  const tree = treeOf(leaves.slice(0, to));
  const checkpoint = signCheckpoint({ origin: by.name, size: to, root: tree.root() }, by);
  const openings = isOpened ? { openings: openingsNote(part, recordLines(part, leaves), by) } : {};
  return encodeExportTrailer({ checkpoint, subtrees: from === 1 ? tree.list() : null, ...openings });
}

export function openingsNote({ from, to }: Part, lines: readonly string[], by: NoteSigner = signer): string {
  const digest = new OpeningsDigest();
  for (const line of lines) if (line.startsWith('{"openings"')) digest.add(Buffer.from(line));
  return digest.sign({ from, size: to }, by);
}

/** A whole honest export. */
export function partLines(part: Part, leaves: readonly string[]): string[] {
  const header = part.from === 1 ? [] : [headerLine(part.from, leaves)];
  return [...header, ...recordLines(part, leaves), partTrailer(part, leaves)];
}
