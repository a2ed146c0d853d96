import { DomainError, encodeLeaf, Frontier, leafHash, type LogRecord } from '@keyfold/domain';
import {
  OUTDATED,
  type AppendedEvents,
  type AppendOutcome,
  type AppendRequest,
  type GuardVerdict,
  type LogState,
  type StoredRecord,
  type Tx,
} from './append-request.js';
import { claimName, type OpenedTransaction } from './open-transaction.js';
import { refusalOf, type SealedAppend, type SealedEvent } from './sealed-append.js';
import { fillTiles, type LeafTail } from './tiles.js';
import {
  completionsStatement,
  headStatement,
  openingsStatement,
  recordsStatement,
  tilesStatement,
  type Completion,
  type NewHead,
} from './write-rows.js';

/**
 * The appends of one transaction, under the head lock. Each is judged against what the earlier ones did; rows wait in
 * memory until a guard has to see them or the transaction ends.
 */
export class Batch {
  /** Whether anything was sent that a commit would make last. */
  hasWritten = false;
  private readonly frontier: Frontier;
  private leafTail: Omit<LeafTail, 'frontier'>;
  private records: StoredRecord[] = [];
  private leafHashes: Buffer[] = [];
  private completions: Completion[] = [];

  constructor(
    private readonly tx: Tx,
    private readonly opened: OpenedTransaction,
    private readonly project: (records: readonly StoredRecord[]) => Promise<void>,
    tail: LeafTail,
  ) {
    this.frontier = Frontier.from(opened.size, opened.frontier);
    const isSame = tail.size === opened.size && tail.frontier.equals(opened.frontier);
    this.leafTail = isSame ? tail : { size: opened.size, hashes: null };
  }

  /** The log's size if this batch commits. */
  get size(): number {
    return this.frontier.size;
  }

  /** The leaf hashes after the last full tile; of use only once the batch has committed. */
  get tail(): LeafTail {
    return { ...this.leafTail, frontier: this.frontier.toBytes() };
  }

  /** The log's state if this batch commits. */
  get head(): LogState {
    return { size: this.frontier.size, root: this.frontier.root() };
  }

  /**
   * Judges an append and takes in its rows. Throws only for what spoils the transaction.
   *
   * @param guarded what its guard says, if that has been asked already and nothing was added since
   */
  async add(append: SealedAppend, guarded?: Promise<GuardVerdict>): Promise<AppendOutcome> {
    const { request } = append;
    const refusal = this.versionConflict(request) ?? this.claimRefusal(request);
    if (refusal !== null) return refusal;
    if (request.guard !== undefined) {
      const verdict = await (guarded ?? this.askGuard(request.guard));
      if (verdict === OUTDATED) return { kind: 'outdated' };
      if (verdict !== null) return { kind: 'refused', error: verdict };
    }
    const encoded = this.encode(append);
    if (encoded instanceof DomainError) return { kind: 'refused', error: encoded };
    return this.accept(request, encoded);
  }

  /** Hands the waiting rows to the transaction and runs the read models over them. They go out with what is asked next. */
  async flush(): Promise<void> {
    const { records, leafHashes, completions } = this;
    if (records.length === 0 && completions.length === 0) return;
    this.records = [];
    this.leafHashes = [];
    this.completions = [];
    this.hasWritten = true;
    const { tiles, tail } = await fillTiles(this.tx, this.leafTail, leafHashes);
    this.leafTail = tail;
    if (records.length > 0) this.sendRecords(records, leafHashes);
    if (tiles.length > 0) this.tx.send(tilesStatement(tiles));
    if (completions.length > 0) this.tx.send(completionsStatement(completions));
    if (records.length > 0) await this.project(records);
  }

  private async askGuard(guard: NonNullable<AppendRequest['guard']>): Promise<GuardVerdict> {
    await this.flush();
    return guard(this.tx);
  }

  private sendRecords(records: readonly StoredRecord[], leafHashes: readonly Buffer[]): void {
    const head = this.newHead();
    const openings = openingsStatement(records);
    this.tx.send(recordsStatement(records, leafHashes, head.recordedAt));
    if (openings !== null) this.tx.send(openings);
    this.tx.send(headStatement(head));
  }

  private newHead(): NewHead {
    const { frontier } = this;
    const { recordedAt, postgresUs } = this.opened;
    return { size: frontier.size, root: frontier.root(), frontier: frontier.toBytes(), recordedAt, postgresUs };
  }

  private versionConflict({ expected }: AppendRequest): AppendOutcome | null {
    for (const { stream, version } of expected) {
      const actualVersion = this.versionOf(stream);
      if (actualVersion !== version) return { kind: 'version-conflict', stream, actualVersion };
    }
    return null;
  }

  // A claim that has expired may have been taken over: then its first holder must not append as well.
  private claimRefusal({ idempotency }: AppendRequest): AppendOutcome | null {
    if (idempotency === undefined) return null;
    if (this.opened.openClaims.has(claimName(idempotency))) return null;
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
    const { recordedAt } = this.opened;
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

  private complete(completion: NonNullable<AppendRequest['idempotency']>, appended: AppendedEvents): void {
    const { actor, key } = completion;
    this.completions.push({ actor, key, ...completion.complete(appended) });
    this.opened.openClaims.delete(claimName(completion));
  }
}
