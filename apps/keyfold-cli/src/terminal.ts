import type { Readable, Writable } from 'node:stream';

/** What a command may touch of the process, so that tests can hand in their own. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** `KEYFOLD_URL` */
  readonly serviceUrl: string | undefined;
  /** `KEYFOLD_TOKEN` */
  readonly token: string | undefined;
}
