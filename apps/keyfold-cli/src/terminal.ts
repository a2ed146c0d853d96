import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { ioError } from './exit-codes.js';

/** What a command may touch of the process, so that tests can hand in their own. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** `KEYFOLD_URL` */
  readonly serviceUrl: string | undefined;
  /** `KEYFOLD_TOKEN` */
  readonly token: string | undefined;
  /**
   * `KEYFOLD_TOKEN_FILE`: where the token is read from if `KEYFOLD_TOKEN` is not set. It is never an argument, which
   * every process could see.
   */
  readonly tokenFile?: string | undefined;
  /** For programs that a command runs. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What moves the cursor, begins a line or reorders what is shown. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * Text of a file or a service as a part of one line. Without it a name could steer the terminal, or look like a line of
 * our own.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/**
 * Writes lines no faster than they are read, so that any number takes bounded memory. Ends early, as if all had been
 * written, when the reader has gone (`| head`).
 *
 * @throws CommandError if they cannot be written
 */
export async function writeLines({ stdout }: Terminal, lines: Iterable<string>): Promise<void> {
  for (const line of lines) {
    if (stdout.destroyed) return;
    if (!stdout.write(`${line}\n`)) await drained(stdout);
  }
}

async function drained(stdout: Writable): Promise<void> {
  try {
    await once(stdout, 'drain');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw ioError('cannot write', error);
  }
}
