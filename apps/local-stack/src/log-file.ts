import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';

const largestBytes = 20 * 1024 * 1024;

/**
 * Appends a child's lines to a file of mode 0600; one that has grown is set aside at the next start, one such is kept.
 */
export class LogFile {
  private readonly stream: WriteStream;

  constructor(readonly path: string) {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largestBytes) renameSync(path, `${path}.1`);
    this.stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
    // A full disk must not end the system that runs on it.
    this.stream.on('error', () => undefined);
  }

  readonly write = (line: string): void => {
    this.stream.write(`${line}\n`);
  };

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.stream.end(() => {
        resolve();
      });
      this.stream.once('error', () => {
        resolve();
      });
    });
  }
}
