import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { type LogRecord, type Opening, SALT_BYTES } from '@keyfold/domain';
import type {
  AppendGate,
  AppendOutcome,
  AppendRequest,
  CommittedRecords,
  InlineProjection,
} from './append/append-request.js';
import { Appender } from './append/appender.js';
import { AppendAnnouncer } from './append-announcer.js';
import { AppendListener } from './append-listener.js';
import { type ErasedFilter, type ErasedPosition, erasedPositions } from './erasure.js';
import { type LogHead, readHead } from './read/head.js';
import { type Leaf, leavesAt, readLeaves } from './read/leaves.js';
import { type Moment, openingsAt, recordAsOf, streamsAsOf } from './read/past.js';
import { consistencyProof, inclusionProof, inclusionProofs, rootAt } from './read/proofs.js';
import type { StoredRecord } from './read/records.js';
import {
  queryRecords,
  readAfter,
  readAt,
  readStream,
  readStreamParts,
  readStreams,
  type RecordFilter,
  type StreamsRead,
  type StreamTail,
  streamVersions,
} from './read/records.js';
import { readTile } from './read/tile-entries.js';
import {
  type ComparedWith,
  largestSignedCheckpoint,
  type RecordedCheckpoint,
  recordSignedCheckpoint,
  type SignedCheckpoint,
} from './signed-checkpoints.js';
import { LogTime, type ProcessClock, readLogTime } from './time/log-time.js';
import { SignedTimes } from './time/signed-times.js';

export interface EventStoreOptions {
  /**
   * For reads. Appends and notifications use connections of their own, made with this pool's settings; all keep
   * prepared statements, one a LISTEN, so a pooler in between must keep a session's connection (PgBouncer: not
   * `transaction`).
   */
  readonly pool: pg.Pool;
  readonly projections?: readonly InlineProjection[];
  /** 32 random bytes for each sealed field. */
  readonly randomSalt?: () => Buffer;
  /** The process's clocks. Default: Node's, whose monotonic clock stops while the host sleeps. */
  readonly clock?: ProcessClock;
  /** Up to this instant Postgres's clock is believed whatever other clocks say. Milliseconds since 1970. */
  readonly trustClockUntilMs?: number | undefined;
  /** Default: none, the log is appended to as it is. */
  readonly gate?: AppendGate;
}

const nodeClock: ProcessClock = { nowMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * The log in Postgres. Any number of processes may append: the head row's lock orders them, and positions are
 * contiguous in the order of commits. An append that was answered is on disk. Every method rejects with
 * StoreUnavailableError when Postgres cannot be reached or does not answer in time.
 */
export class PostgresEventStore {
  private readonly pool: pg.Pool;
  private readonly listener: AppendListener;
  private readonly announcer: AppendAnnouncer;
  private readonly appender: Appender;
  private readonly signedTimes: SignedTimes;
  private begun: Promise<void> | null = null;
  /** What this process takes for the time; whoever reads the log's time by SQL of its own goes through it. */
  readonly logTime: LogTime;

  constructor(options: EventStoreOptions) {
    this.pool = options.pool;
    this.listener = new AppendListener(options.pool);
    this.announcer = new AppendAnnouncer(options.pool);
    this.logTime = new LogTime({ clock: options.clock ?? nodeClock, trustUntilMs: options.trustClockUntilMs });
    this.signedTimes = new SignedTimes(options.pool);
    this.appender = new Appender({
      pool: options.pool,
      projections: options.projections ?? [],
      logTime: this.logTime,
      begin: () => this.begin(),
      randomSalt: options.randomSalt ?? (() => randomBytes(SALT_BYTES)),
      gate: options.gate,
      onCommit: (committed) => {
        const size = committed.before.size + committed.records.length;
        this.listener.announce(size, committed);
        this.announcer.announce(size);
      },
    });
  }

  /**
   * Reads which log times earlier processes may have signed: the log time of this one begins there. What needs the log
   * time calls it by itself; again is harmless.
   */
  async begin(): Promise<void> {
    this.begun ??= this.signedTimes.latestUs().then((latestUs) => {
      this.logTime.beginAt(latestUs);
    });
    try {
      await this.begun;
    } catch (error) {
      this.begun = null;
      throw error;
    }
  }

  /**
   * Appends all of the request's events or none, in one transaction with the read models and the idempotency record.
   * Resolves once that is on disk; what is no fault of the store is an outcome.
   *
   * @throws StoreUnavailableError; if `indeterminate`, the events may have been appended.
   */
  append(request: AppendRequest): Promise<AppendOutcome> {
    return this.appender.append(request);
  }

  /** All records of a stream, oldest first; empty if it does not exist. */
  readStream(stream: string): Promise<StoredRecord[]> {
    return readStream(this.pool, stream);
  }

  /** The records of several streams, the log time and Postgres's clock, in one snapshot. */
  async readStreams(tails: readonly StreamTail[]): Promise<StreamsRead> {
    await this.begin();
    return readStreams(this.pool, tails, this.logTime);
  }

  /**
   * At most `limit` records of several streams, each from the version behind `after` on and up to the position
   * `through`, by stream and version.
   */
  readStreamParts(
    tails: readonly StreamTail[],
    bounds: { readonly through: number; readonly limit: number },
  ): Promise<StoredRecord[]> {
    return readStreamParts(this.pool, tails, bounds);
  }

  /** The version that each of these streams has among the records up to the position; nothing for one that has none. */
  streamVersions(streams: readonly string[], through: number): Promise<Map<string, number>> {
    return streamVersions(this.pool, streams, through);
  }

  /** At most `limit` records behind a position, in order and without gaps. */
  readAfter(position: number, limit: number): Promise<StoredRecord[]> {
    return readAfter(this.pool, position, limit);
  }

  readAt(position: number): Promise<StoredRecord | undefined> {
    return readAt(this.pool, position);
  }

  /** The leaf bytes of the records at these positions, in their order. @throws StoreRefusedError if one is not there */
  leavesAt(positions: readonly number[]): Promise<Buffer[]> {
    return leavesAt(this.pool, positions);
  }

  /** Records that meet every condition given, in order of position. */
  query(filter: RecordFilter): Promise<StoredRecord[]> {
    return queryRecords(this.pool, filter);
  }

  /** The record that a moment means; undefined if the log had none by then. */
  recordAsOf(moment: Moment): Promise<LogRecord | undefined> {
    return recordAsOf(this.pool, moment);
  }

  /** The records of several streams up to a position, in pages, each stream in order; no openings. */
  streamsAsOf(tails: readonly StreamTail[], position: number): AsyncIterable<LogRecord[]> {
    return streamsAsOf(this.pool, tails, position);
  }

  /** What opens these fields of the records at these positions; what was erased is absent. */
  openingsAt(positions: readonly number[], fields: readonly string[]): Promise<Map<number, Record<string, Opening>>> {
    return openingsAt(this.pool, positions, fields);
  }

  /** Streams leaves with bounded memory, `from` and `to` included. Throws StoreRefusedError at a hole. */
  leaves(options: { from: number; to: number }): AsyncIterable<Leaf> {
    return readLeaves(this.pool, options);
  }

  /** @param after a size: the head comes with the leaf hashes behind it, unless they are too many. */
  async head(after?: number): Promise<LogHead> {
    await this.begin();
    return readHead(this.pool, this.logTime, after);
  }

  /** Compares the clocks. @returns the log time, milliseconds since the epoch */
  async readLogTime(): Promise<number> {
    await this.begin();
    return (await readLogTime(this.pool, this.logTime)) / 1_000;
  }

  /**
   * Writes, in a caller's transaction, that something with this log time (microseconds since 1970) will be signed. It
   * must have committed before that leaves: then no process that starts later gives an earlier time.
   */
  recordSignedTime(tx: pg.ClientBase, timeUs: number): Promise<void> {
    return this.signedTimes.record(tx, timeUs);
  }

  /** Names this process where it writes which times it signs: see `recordSignedTimeSql`. */
  get replica(): string {
    return this.signedTimes.replica;
  }

  /**
   * To be called once such a time (microseconds since 1970) has been committed; what earlier starts have written goes
   * then.
   */
  signedTimeRecorded(timeUs: number): Promise<void> {
    return this.signedTimes.forgetEarlier(timeUs);
  }

  /** RFC 6962 audit path of a leaf (from 0) in the tree of any size that the log has had. */
  inclusionProof(leafIndex: number, treeSize: number): Promise<Buffer[]> {
    return inclusionProof(this.pool, leafIndex, treeSize);
  }

  /** {@link inclusionProof} for several leaves in the same tree, read at once. */
  inclusionProofs(leafIndexes: readonly number[], treeSize: number): Promise<Buffer[][]> {
    return inclusionProofs(this.pool, leafIndexes, treeSize);
  }

  /** RFC 6962 consistency proof between any two sizes that the log has had. */
  consistencyProof(from: number, to: number): Promise<Buffer[]> {
    return consistencyProof(this.pool, from, to);
  }

  /** Root over the first `size` records. */
  rootAt(size: number): Promise<Buffer> {
    return rootAt(this.pool, size);
  }

  /** Hashes of a C2SP tile of any width that the log has had, else undefined. */
  tile(level: number, index: number, width: number): Promise<Buffer | undefined> {
    return readTile(this.pool, { level, index, width });
  }

  /**
   * The records whose openings were erased, in the order of the erasures: what must be gone from every copy of the log.
   */
  erasedPositions(filter: ErasedFilter): Promise<ErasedPosition[]> {
    return erasedPositions(this.pool, filter);
  }

  largestSignedCheckpoint(origin: string): Promise<SignedCheckpoint | undefined> {
    return largestSignedCheckpoint(this.pool, origin);
  }

  /** Remembers a checkpoint before it leaves, if what it was compared with still stands. */
  recordSignedCheckpoint(checkpoint: SignedCheckpoint, compared: ComparedWith): Promise<RecordedCheckpoint> {
    return recordSignedCheckpoint(this.pool, checkpoint, compared);
  }

  /**
   * Calls the listener with the log's size after it has grown, in this process or another; of what this process has
   * committed also with the records. A hint: it may come late, or not at all while the connection is away.
   *
   * @returns a function that ends it.
   */
  onAppend(listener: (size: number, committed?: CommittedRecords) => void): () => void {
    return this.listener.add(listener);
  }

  /**
   * Finishes the appends taken in, refuses further ones, and closes the store's own connections; the pool stays open.
   */
  async close(): Promise<void> {
    await this.appender.close();
    await this.announcer.close();
    await this.listener.close();
  }
}
