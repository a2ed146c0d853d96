import { Readable } from 'node:stream';
import { encodeExportRange, encodeExportTrailer, type ExportRange, type Opening, SubtreeHashes } from '@keyfold/domain';

const NEWLINE = Buffer.from('\n');
const CHUNK_BYTES = 64 * 1024;

/** One record's bytes and the hash that the log has stored for it. */
export interface ExportedLeaf {
  readonly position: number;
  readonly leaf: Buffer;
  readonly leafHash: Buffer;
  /** What its sealed fields hold, if that is exported. */
  readonly openings?: Readonly<Record<string, Opening>>;
}

/** What an export is made under. */
export interface ExportFrame {
  /** Records that the checkpoint covers. */
  readonly size: number;
  readonly checkpoint: string;
  /** See `certifyCosigner`; where the checkpoint says the time. */
  readonly cosigner?: string;
  /** Where it does not begin at position 1. */
  readonly range?: ExportRange | null;
}

/**
 * The bytes of an export: a line per record with exactly the leaf bytes, then the line with the signed checkpoint.
 * Reads the records only as fast as the stream is read, and ends their iteration when the stream is destroyed, as it is
 * when the client goes away.
 *
 * The hashes in the last line are those stored when the records were appended, not derived again from the bytes sent:
 * so the verifier can name a record whose row was changed in the database since.
 *
 * @param leaves fewer or others than the frame says fail the stream, and no last line is sent
 */
export function exportStream(leaves: AsyncIterable<ExportedLeaf>, frame: ExportFrame): Readable {
  return Readable.from(inChunks(exportLines(leaves, frame)), {
    objectMode: false,
    highWaterMark: CHUNK_BYTES,
  });
}

async function* exportLines(leaves: AsyncIterable<ExportedLeaf>, frame: ExportFrame): AsyncGenerator<Buffer> {
  const { range = null, size } = frame;
  if (range !== null) yield Buffer.from(`${encodeExportRange(range)}\n`);
  const subtrees = new SubtreeHashes();
  let next = range?.from ?? 1;
  for await (const { leaf, leafHash, openings, position } of leaves) {
    requirePosition(position, next);
    next += 1;
    // Of a part the hashes are not those of the tree's own subtrees.
    if (range === null) subtrees.append(leafHash);
    yield leaf;
    yield NEWLINE;
    if (hasMembers(openings)) yield Buffer.from(`${JSON.stringify({ openings, position })}\n`);
  }
  if (next !== size + 1) throw new Error(`the log ended at position ${next - 1} instead of ${size}`);
  yield trailerLine(frame, range === null ? subtrees : null);
}

function requirePosition(position: number, expected: number): void {
  if (position !== expected) throw new Error(`the log has no record at position ${expected}`);
}

function trailerLine({ checkpoint, cosigner }: ExportFrame, subtrees: SubtreeHashes | null): Buffer {
  const trailer = { checkpoint, subtrees: subtrees?.list() ?? null, cosigner: cosigner ?? null };
  return Buffer.from(`${encodeExportTrailer(trailer)}\n`);
}

function hasMembers(openings: ExportedLeaf['openings']): boolean {
  return openings !== undefined && Object.keys(openings).length > 0;
}

/** Joins small pieces: a stream pays for each piece, not for each byte. */
async function* inChunks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}
