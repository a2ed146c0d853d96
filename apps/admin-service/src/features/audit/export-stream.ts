import { Readable } from 'node:stream';
import { encodeExportTrailer, SubtreeHashes } from '@keyfold/domain';

const NEWLINE = Buffer.from('\n');
const CHUNK_BYTES = 64 * 1024;

/** One record's bytes and the hash that the log has stored for it. */
export interface ExportedLeaf {
  readonly position: number;
  readonly leaf: Buffer;
  readonly leafHash: Buffer;
}

/**
 * The bytes of an export: a line per record with exactly the leaf bytes, then the line with the signed checkpoint. Reads the
 * records only as fast as the stream is read, and ends their iteration when the stream is destroyed, as it is when the
 * client goes away.
 *
 * The hashes in the last line are those stored when the records were appended, not derived again from the bytes sent: so
 * the verifier can name a record whose row was changed in the database since.
 *
 * @param size records that the checkpoint covers; fewer or others than 1 to `size` fail the stream, and no last line is sent
 */
export function exportStream(leaves: AsyncIterable<ExportedLeaf>, size: number, checkpoint: string): Readable {
  return Readable.from(inChunks(exportLines(leaves, size, checkpoint)), {
    objectMode: false,
    highWaterMark: CHUNK_BYTES,
  });
}

async function* exportLines(
  leaves: AsyncIterable<ExportedLeaf>,
  size: number,
  checkpoint: string,
): AsyncGenerator<Buffer> {
  const subtrees = new SubtreeHashes();
  for await (const { position, leaf, leafHash } of leaves) {
    if (position !== subtrees.size + 1) throw new Error(`the log has no record at position ${subtrees.size + 1}`);
    subtrees.append(leafHash);
    yield leaf;
    yield NEWLINE;
  }
  if (subtrees.size !== size) throw new Error(`the log ended at position ${subtrees.size} instead of ${size}`);
  yield Buffer.from(`${encodeExportTrailer({ checkpoint, subtrees: subtrees.list() })}\n`);
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
