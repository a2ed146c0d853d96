import { Readable } from 'node:stream';
import {
  encodeExportRange,
  encodeExportTrailer,
  type ExportRange,
  type Opening,
  OpeningsDigest,
  SubtreeHashes,
} from '@keyfold/domain';

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
  /** Makes the note of all lines of openings; where the export has them. */
  readonly signOpenings?: (digest: OpeningsDigest) => string;
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
  // Of a part the hashes are not those of the tree's own subtrees.
  const subtrees = range === null ? new SubtreeHashes() : null;
  const digest = new OpeningsDigest();
  let next = range?.from ?? 1;
  for await (const one of leaves) {
    requirePosition(one.position, next);
    next += 1;
    subtrees?.append(one.leafHash);
    yield one.leaf;
    yield NEWLINE;
    const openings = openingsLine(one);
    if (openings === null) continue;
    digest.add(openings);
    yield openings;
    yield NEWLINE;
  }
  if (next !== size + 1) throw new Error(`the log ended at position ${next - 1} instead of ${size}`);
  yield trailerLine(frame, subtrees, digest);
}

function requirePosition(position: number, expected: number): void {
  if (position !== expected) throw new Error(`the log has no record at position ${expected}`);
}

function openingsLine({ openings = {}, position }: ExportedLeaf): Buffer | null {
  return Object.keys(openings).length === 0 ? null : Buffer.from(JSON.stringify({ openings, position }));
}

function trailerLine(frame: ExportFrame, subtrees: SubtreeHashes | null, digest: OpeningsDigest): Buffer {
  const { checkpoint, cosigner = null, signOpenings } = frame;
  const openings = signOpenings?.(digest) ?? null;
  return Buffer.from(
    `${encodeExportTrailer({ checkpoint, cosigner, openings, subtrees: subtrees?.list() ?? null })}\n`,
  );
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
