// C2SP tlog-proof: title, an optional line of extra data (we write none), index, one hash a line, an empty line, the
// checkpoint verbatim.
const TITLE = 'c2sp.org/tlog-proof@v1';

/** That an entry is in a log, in one text that can be checked offline. */
export interface TlogProof {
  /** From 0; a record's position - 1. */
  readonly index: number;
  /** The audit path (RFC 6962, 2.1.1), 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note of the tree that the path leads to. */
  readonly checkpoint: string;
}

/** The text of a proof, to be kept in a file `*.tlog-proof`. */
export function encodeTlogProof({ checkpoint, hashes, index }: TlogProof): string {
  const path = hashes.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
  return `${TITLE}\nindex ${index}\n${path}\n${checkpoint}`;
}
