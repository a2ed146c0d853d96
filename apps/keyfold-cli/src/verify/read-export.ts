import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { CommandError, ioError } from '../exit-codes.js';
import { startProgress } from '../progress.js';
import { requestExport } from '../service.js';
import type { Terminal } from '../terminal.js';
import type { ExportVerifier } from './export-verifier.js';
import { readLines } from './line-reader.js';

const READ_BYTES = 1024 * 1024;
/** What compressed data begins with; no line of an export does. */
const FORMATS = [
  { magic: Buffer.from([0x1f, 0x8b]), decompressor: createGunzip },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), decompressor: createZstdDecompress },
] as const;

/**
 * Feeds an export to a verifier, line by line, in bounded memory: a file, standard input (`-`), or the live log
 * (undefined), of which an export is taken. What is compressed with gzip or zstd is read as what it holds.
 */
export async function readExport(
  terminal: Terminal,
  file: string | undefined,
  { verifier, wantsProgress }: { readonly verifier: ExportVerifier; readonly wantsProgress: boolean | undefined },
): Promise<void> {
  try {
    const isFile = file !== undefined && file !== '-';
    const progress = startProgress(terminal, isFile ? (await stat(file)).size : null, wantsProgress);
    const source = await sourceOf(terminal, file);
    const counted = counting(source, (bytes) => {
      progress.advance(bytes, verifier.recordCount);
    });
    await readLines(decompressed(counted), verifier.line.bind(verifier)).finally(() => {
      progress.stop();
    });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw ioError('cannot read the export', error);
  }
}

async function sourceOf(terminal: Terminal, file: string | undefined): Promise<Readable> {
  if (file === undefined) return requestExport(terminal, {});
  return file === '-' ? terminal.stdin : createReadStream(file, { highWaterMark: READ_BYTES });
}

async function* counting(source: Readable, onChunk: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    yield chunk;
    // Asked for the next one: what was in this one has been read.
    onChunk(chunk.length);
  }
}

async function* decompressed(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await chunks.next();
  if (first.done === true) return;
  const whole = startingWith(first.value, chunks);
  const format = FORMATS.find(({ magic }) => magic.equals(first.value.subarray(0, magic.length)));
  if (format === undefined) {
    yield* whole;
    return;
  }
  const plain = format.decompressor();
  // An error destroys the last stream, which is being read here and throws it.
  pipeline(Readable.from(whole), plain, () => undefined);
  yield* plain as AsyncIterable<Buffer>;
}

async function* startingWith(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
