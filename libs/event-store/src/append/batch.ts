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
import { runScript } from './run-script.js';
import { refusalOf, type SealedAppend, type SealedEvent } from './sealed-append.js';
import { fillTiles, type LeafTail } from './tiles.js';
import {
  completionsStatement,
  headStatement,
  openingsStatement,
  recordsStatement,
  tilesStatement,
  type Completion,
} from './write-rows.js';

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
    const { records, statements } = await this.takePending();
    await runScript(this.tx, statements);
    if (records.length === 0) return;
    for (const projection of this.projections) await projection.apply(this.tx, records);
  }

  /**
   * Takes the waiting rows as statements, and the records among them. Whoever takes them sends them: everything after
   * them counts on it.
   */
  async takePending(): Promise<{ records: StoredRecord[]; statements: string[] }> {
    const { records, leafHashes, completions } = this;
    this.records = [];
    this.leafHashes = [];
    this.completions = [];
    this.hasWritten = true;
    const { tiles, tail } = await fillTiles(this.tx, this.leafTail, leafHashes);
    this.leafTail = tail;
    const statements: (string | null)[] = [];
    if (records.length > 0) {
      const head = this.newHead();
      statements.push(recordsStatement(records, leafHashes, head.recordedAt), openingsStatement(records));
      statements.push(headStatement(head));
    }
    if (tiles.length > 0) statements.push(tilesStatement(tiles));
    if (completions.length > 0) statements.push(completionsStatement(completions));
    return { records, statements: statements.filter((statement) => statement !== null) };
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
    const { recordedAt } = this;
    // In the order of canonical JSON, which saves encoding a sort.
    return { actor, correlationId, data, position, recordedAt, schemaVersion, sealed, stream, type, version };
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
