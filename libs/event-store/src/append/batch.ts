import type pg from 'pg';
import { DomainError, encodeLeaf, Frontier, leafHash, type LogRecord } from '@keyfold/domain';
import type {
  AppendedEvents,
  AppendOutcome,
  AppendRequest,
  InlineProjection,
  StoredRecord,
  Tx,
} from './append-request.js';
import { claimName, type OpenedTransaction } from './open-transaction.js';
import { refusalOf, type SealedAppend, type SealedEvent } from './sealed-append.js';
import { sqlState } from '../errors.js';
import { fillTiles, type LeafTail } from './tiles.js';
import { completionsQuery, recordsQuery, tilesQuery, type Completion } from './write-rows.js';

/**
 * The appends of one transaction, under the head lock. Each is judged against what the earlier ones did; rows wait in
 * memory until a guard has to see them or the transaction ends.
 */
export class Batch {
  /** Whether anything was sent that a commit would make last. */
  hasWritten = false;
  private readonly frontier: Frontier;
  private readonly recordedAt: string;
  private leafTail: LeafTail;
  private records: StoredRecord[] = [];
  private leafHashes: Buffer[] = [];
  private completions: Completion[] = [];

  constructor(
    private readonly tx: Tx,
    private readonly opened: OpenedTransaction,
    private readonly projections: readonly InlineProjection[],
    tail: LeafTail,
  ) {
    this.frontier = Frontier.from(opened.size, opened.frontier);
    // Postgres's clock may go back; a record's time never does, since expiry and leases are counted along the log.
    this.recordedAt = new Date(Math.max(opened.recordedAtMs, opened.nowMs)).toISOString();
    this.leafTail = tail.size === opened.size ? tail : { size: opened.size, hashes: null };
  }

  /** The log's size if this batch commits. */
  get size(): number {
    return this.frontier.size;
  }

  /** The leaf hashes after the last full tile; of use only once the batch has committed. */
  get tail(): LeafTail {
    return this.leafTail;
  }

  get hasPending(): boolean {
    return this.records.length > 0 || this.completions.length > 0;
  }

  /** Judges an append and takes in its rows. Throws only for what spoils the transaction. */
  async add(append: SealedAppend): Promise<AppendOutcome> {
    const { request } = append;
    const refusal = this.versionConflict(request) ?? this.claimRefusal(request);
    if (refusal !== null) return refusal;
    if (request.guard !== undefined) {
      await this.flush();
      const error = await request.guard(this.tx);
      if (error !== null) return { kind: 'refused', error };
    }
    const encoded = this.encode(append);
    if (encoded instanceof DomainError) return { kind: 'refused', error: encoded };
    return this.accept(request, encoded);
  }

  /** Sends the waiting rows, then runs the read models over them. */
  async flush(): Promise<void> {
    if (!this.hasPending) return;
    const { records, queries } = await this.takePending();
    firstFailure(await this.send(queries));
    if (records.length === 0) return;
    for (const projection of this.projections) await projection.apply(this.tx, records);
  }

  /**
   * Sends the waiting rows and, without waiting for their answer, the commit. If Postgres refuses the rows it answers that
   * commit by rolling back, so then the rows' error is the one to report: nothing was committed.
   */
  async flushAndCommit(commit: () => Promise<void>): Promise<void> {
    const { queries } = await this.takePending();
    const [rows, committed] = await Promise.allSettled([this.send(queries).then(firstFailure), commit()]);
    if (rows.status === 'rejected' && sqlState(rows.reason) !== null) throw rows.reason;
    if (committed.status === 'rejected') throw committed.reason;
    if (rows.status === 'rejected') throw rows.reason;
  }

  // Every value is built before anything is sent: a failure in between would let a commit take half of the rows.
  private async takePending(): Promise<{ records: StoredRecord[]; queries: pg.QueryConfig<unknown[]>[] }> {
    const { records, leafHashes, completions } = this;
    this.records = [];
    this.leafHashes = [];
    this.completions = [];
    const { tiles, tail } = await fillTiles(this.tx, this.leafTail, leafHashes);
    this.leafTail = tail;
    const queries: pg.QueryConfig<unknown[]>[] = [];
    if (records.length > 0) queries.push(recordsQuery(records, leafHashes, this.newHead()));
    if (tiles.length > 0) queries.push(tilesQuery(tiles));
    if (completions.length > 0) queries.push(completionsQuery(completions));
    return { records, queries };
  }

  // All on the wire at once; the connection answers in order, and a failure of one fails those after it.
  private send(queries: readonly pg.QueryConfig<unknown[]>[]): Promise<PromiseSettledResult<unknown>[]> {
    this.hasWritten = true;
    return Promise.allSettled(queries.map((query) => this.tx.query(query)));
  }

  private newHead(): { size: number; root: Buffer; frontier: Buffer; recordedAt: string } {
    const { frontier, recordedAt } = this;
    return { size: frontier.size, root: frontier.root(), frontier: frontier.toBytes(), recordedAt };
  }

  private versionConflict({ expected }: AppendRequest): AppendOutcome | null {
    for (const { stream, version } of expected) {
      const actualVersion = this.versionOf(stream);
      if (actualVersion !== version) return { kind: 'version-conflict', stream, actualVersion };
    }
    return null;
  }

  // A claim that has expired may have been taken over and answered: then its first request must not append as well.
  private claimRefusal({ idempotency }: AppendRequest): AppendOutcome | null {
    if (idempotency === undefined) return null;
    if (this.opened.openClaims.has(claimName(idempotency.actor, idempotency.key))) return null;
    const error = new DomainError('IDEMPOTENCY_KEY_IN_USE', 'another request with this Idempotency-Key came first');
    return { kind: 'refused', error };
  }

  private versionOf(stream: string): number {
    return this.opened.versions.get(stream) ?? 0;
  }

  // Nothing of the batch changes before every event of the append has its bytes, so a refusal leaves no trace.
  private encode({ request, events }: SealedAppend): StoredRecord[] | DomainError {
    const versions = new Map<string, number>();
    const records: StoredRecord[] = [];
    try {
      for (const sealed of events) {
        const { stream } = sealed.event;
        const version = (versions.get(stream) ?? this.versionOf(stream)) + 1;
        versions.set(stream, version);
        const record = this.recordOf(request, sealed, { position: this.size + records.length + 1, version });
        records.push({ record, leaf: encodeLeaf(record), openings: sealed.openings });
      }
    } catch (err) {
      return refusalOf(err);
    }
    return records;
  }

  private recordOf(
    { actor, correlationId }: AppendRequest,
    { event, sealed }: SealedEvent,
    { position, version }: { position: number; version: number },
  ): LogRecord {
    const { stream, type, schemaVersion, data } = event;
    return {
      position,
      stream,
      version,
      type,
      schemaVersion,
      recordedAt: this.recordedAt,
      actor,
      correlationId,
      data,
      sealed,
    };
  }

  private accept(request: AppendRequest, records: StoredRecord[]): AppendOutcome {
    const firstPosition = this.size + 1;
    for (const { record, leaf } of records) {
      const hash = leafHash(leaf);
      this.frontier.append(hash);
      this.leafHashes.push(hash);
      this.opened.versions.set(record.stream, record.version);
    }
    this.records.push(...records);
    const appended = { firstPosition, lastPosition: this.size, records };
    if (request.idempotency !== undefined) this.complete(request.idempotency, appended);
    return records.length === 0 ? { kind: 'unchanged', headPosition: this.size } : { kind: 'appended', ...appended };
  }

  private complete(
    { actor, key, complete }: NonNullable<AppendRequest['idempotency']>,
    appended: AppendedEvents,
  ): void {
    this.completions.push({ actor, key, ...complete(appended) });
    this.opened.openClaims.delete(claimName(actor, key));
  }
}

function firstFailure(results: readonly PromiseSettledResult<unknown>[]): void {
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
