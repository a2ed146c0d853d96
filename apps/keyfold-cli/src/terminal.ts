import type { Readable, Writable } from 'node:stream';

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
