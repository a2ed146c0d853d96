import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** A value of a row: a number goes into an integer column, a text into one of text or json. */
export type CopiedValue = string | number;

/**
 * Rows are handed over in pieces of about this size, so that the server has work while the next ones are written down.
 */
const PIECE_BYTES = 256 * 1024;

// The binary format of COPY: signature, flags and the length of an extension that is not there; after the rows, a row
// of -1 values.
const START = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const END = Buffer.from([0xff, 0xff]);
const COUNT_BYTES = 2;
const INTEGER_BYTES = 4;
/** A character of a string takes no more. */
const MAX_CHARACTER_BYTES = 3;

/**
 * Loads rows with COPY, the fastest way into a table. The caller holds the transaction and knows that none of the rows
 * exists. In the binary format neither side looks for characters to escape: each value is written once, where it is
 * sent from. Both sides together take a quarter less processor time for a row than with the text format (bench part
 * `hand-written`: 1.35 times the rows).
 *
 * @param columns `table (column, ...)`
 * @param rows one value per column and row
 */
export async function copyRows(tx: PoolClient, columns: string, rows: Iterable<readonly CopiedValue[]>): Promise<void> {
  await pipeline(piecesOf(rows), tx.query(copyFrom(`copy ${columns} from stdin (format binary)`)));
}

function* piecesOf(rows: Iterable<readonly CopiedValue[]>): Generator<Buffer> {
  let piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let end = START.copy(piece);
  for (const row of rows) {
    const most = mostBytes(row);
    if (end + most > piece.byteLength) {
      yield piece.subarray(0, end);
      piece = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, most));
      end = 0;
    }
    end = writeRow(piece, row, end);
  }
  yield piece.subarray(0, end);
  yield END;
}

function mostBytes(row: readonly CopiedValue[]): number {
  let bytes = COUNT_BYTES;
  for (const value of row)
    bytes += INTEGER_BYTES + (typeof value === 'string' ? MAX_CHARACTER_BYTES * value.length : INTEGER_BYTES);
  return bytes;
}

/** @returns where the row ends */
function writeRow(piece: Buffer, row: readonly CopiedValue[], start: number): number {
  let at = piece.writeInt16BE(row.length, start);
  for (const value of row) {
    const from = at + INTEGER_BYTES;
    const end = typeof value === 'string' ? from + piece.write(value, from) : piece.writeInt32BE(value, from);
    piece.writeInt32BE(end - from, at);
    at = end;
  }
  return at;
}
