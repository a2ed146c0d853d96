/** More than the longest record (64 KiB) and the longest checkpoint line (a few MB); what is longer is cut off. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** @param isTerminated false for a last line without a newline */
export type OnLine = (line: Uint8Array, isTerminated: boolean) => void;

/**
 * Splits bytes at each newline, and at nothing else: a carriage return belongs to its line. A line is handed over as a
 * view that is valid during the call only. Memory stays bounded for any input: of a line that is longer than any line
 * of an export the first part is handed over, the rest dropped.
 */
export async function readLines(chunks: AsyncIterable<Uint8Array>, onLine: OnLine, onChunk?: (bytes: number) => void) {
  const splitter = new LineSplitter(onLine);
  for await (const chunk of chunks) {
    splitter.push(chunk);
    onChunk?.(chunk.length);
  }
  splitter.end();
}

class LineSplitter {
  private rest: Uint8Array[] = [];
  private restBytes = 0;

  constructor(private readonly onLine: OnLine) {}

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.onLine(this.joined(chunk.subarray(start, end)), true);
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
  }

  end(): void {
    if (this.restBytes > 0) this.onLine(this.joined(new Uint8Array()), false);
  }

  private keep(part: Uint8Array): void {
    if (part.length === 0 || this.restBytes > MAX_LINE_BYTES) return;
    // A stream may hand out the same memory again, so the part that outlives this call is copied.
    this.rest.push(Buffer.from(part));
    this.restBytes += part.length;
  }

  private joined(tail: Uint8Array): Uint8Array {
    if (this.restBytes === 0) return tail;
    const line = Buffer.concat([...this.rest, tail]);
    this.rest = [];
    this.restBytes = 0;
    return line;
  }
}
