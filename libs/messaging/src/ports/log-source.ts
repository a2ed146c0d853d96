import type { Frontier, LogRecord, Opening } from '@keyfold/domain';

/** A record as the log keeps it. `openings` has no entry for a field that was erased. */
export interface SourceRecord {
  readonly record: LogRecord;
  readonly leaf: Uint8Array;
  readonly openings: Readonly<Record<string, Opening>>;
}

/** A state of the tree: how many leaves, and their root. */
export interface TreeState {
  readonly size: number;
  readonly root: Buffer;
}

/** A state of the log's tree, and the server that it was read from or committed on (see {@link LogSource.head}). */
export interface LogState extends TreeState {
  readonly server: string;
}

/** Records that have just been committed, and the tree that they were appended to: see `Frontier.toBytes`. */
export interface CommittedSource {
  /** See {@link LogSource.head}. */
  readonly server: string;
  readonly before: { readonly size: number; readonly frontier: Buffer };
  readonly records: readonly SourceRecord[];
}

/** What the admin side of the feed needs of the log; `PostgresEventStore` is one. */
export interface LogSource {
  /**
   * The head in one snapshot, with the log time of that same statement.
   *
   * @param after a size: the leaf hashes behind it come along
   */
  head(after?: number): Promise<{
    readonly size: number;
    readonly root: Buffer;
    readonly recordedAt: string | null;
    readonly frontier: Frontier;
    /** RFC 3339, milliseconds. */
    readonly logTime: string;
    /** Names the Postgres server: another text after a failover, a restored backup or a restart. */
    readonly server: string;
    /** In order; null if none were asked for, or they are too many. */
    readonly leafHashes: readonly Buffer[] | null;
  }>;
  readAfter(position: number, limit: number): Promise<readonly SourceRecord[]>;
  readAt(position: number): Promise<SourceRecord | undefined>;
  /** Several streams, each from the version behind `after` on. */
  readStreams(
    tails: readonly { readonly stream: string; readonly after: number }[],
  ): Promise<{ readonly records: readonly SourceRecord[] }>;
  /**
   * At most `limit` records of several streams, each from the version behind `after` on and up to the position
   * `through`, by stream and version.
   */
  readStreamParts(
    tails: readonly { readonly stream: string; readonly after: number }[],
    bounds: { readonly through: number; readonly limit: number },
  ): Promise<readonly SourceRecord[]>;
  /** The version that each of these streams has among the records up to the position; nothing for one that has none. */
  streamVersions(streams: readonly string[], through: number): Promise<ReadonlyMap<string, number>>;
  rootAt(size: number): Promise<Buffer>;
  /** RFC 6962 audit paths of leaves, from 0, in one tree. */
  inclusionProofs(leafIndexes: readonly number[], treeSize: number): Promise<Buffer[][]>;
  consistencyProof(fromSize: number, toSize: number): Promise<Buffer[]>;
  /**
   * The records that have lost an opening of one of these fields by an erasure in `(after, through]`, in the order of
   * the erasures.
   */
  erasedPositions(filter: {
    readonly fields: readonly string[];
    readonly after: number;
    readonly through: number;
  }): Promise<readonly { readonly position: number; readonly erasedBy: number }[]>;
  /**
   * @param listener gets the records too where this process has committed them
   * @returns the function that ends the subscription
   */
  onAppend(listener: (size: number, committed?: CommittedSource) => void): () => void;
}

/** Remembers the largest checkpoint ever signed for an origin; `PostgresEventStore` is one. */
export interface SignedCheckpoints {
  largestSignedCheckpoint(
    origin: string,
  ): Promise<{ readonly size: number; readonly root: Buffer; readonly note: string } | undefined>;
  /**
   * Records nothing if another largest one stands there than the one compared with, if this is not the server any more
   * that the state was read from, or if the log has gone on under another origin.
   */
  recordSignedCheckpoint(
    checkpoint: { readonly origin: string; readonly size: number; readonly root: Buffer; readonly note: string },
    compared: { readonly largestSize: number | null; readonly server: string },
  ): Promise<'recorded' | 'overtaken' | 'other-server' | 'other-origin'>;
}
