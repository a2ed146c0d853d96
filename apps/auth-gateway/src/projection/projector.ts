import { Frontier } from '@keyfold/domain';
import { type FeedPosition, type VerifiedBatch, type VerifiedRecord } from '@keyfold/messaging';
import type { Logger } from '@keyfold/service-kit';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import { type BaseLookup, type FoldedBatch, ProjectionDamagedError, UnknownRecordError } from './batch-fold.js';
import { isErasure } from './erased-keys.js';
import { foldForTables } from './fold-for-tables.js';
import { foldWithRows } from './fold-with-rows.js';
import { foldForMemory, type ForMemory } from './memory-fold.js';
import type { ProjectionStore } from './projection-store.js';

/**
 * A larger batch is a gateway catching up: COPY and a commit that does not wait for the disk are worth their round
 * trips.
 */
const MAX_LIVE_RECORDS = 256;

/** The projector does not go on, and why. Without it the lease runs out and the gateway allows nothing. */
export interface ProjectorStop {
  readonly error: UnknownRecordError | ProjectionDamagedError;
}

/**
 * Applies verified batches: first the tables with frontier and position in one transaction, then memory in one
 * synchronous step, and only then is the batch applied. If the process crashes before the commit, nothing has happened.
 * After a crash behind the commit the batch is not sent again: the position is read from the tables, and memory is
 * rebuilt from them.
 */
export class Projector {
  private frontier = Frontier.empty();
  private _checkpoint: string | null = null;
  private stop: ProjectorStop | null = null;
  private _unusableRecords = 0;
  private readonly listeners = new Set<() => void>();
  private readonly damageListeners = new Set<(stream: string) => void>();

  constructor(
    private readonly store: ProjectionStore,
    private readonly facts: GatewayFacts,
    private readonly log: Logger,
  ) {}

  /** Why nothing is applied any more, or null. */
  get stopped(): ProjectorStop | null {
    return this.stop;
  }

  /** Records of known types that made what they concern unusable, since the start of the process. */
  get unusableRecords(): number {
    return this._unusableRecords;
  }

  /** What this process has applied, in the tables and in memory. */
  get applied(): { size: number; root: Buffer } {
    return { size: this.frontier.size, root: this.frontier.root() };
  }

  /** The signed note over what is applied. */
  get checkpoint(): string | null {
    return this._checkpoint;
  }

  /** Calls the listener after each batch. */
  onApplied(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Calls the listener with the stream of a row that does not fit the log, each time that it keeps a batch out. */
  onDamage(listener: (stream: string) => void): void {
    this.damageListeners.add(listener);
  }

  /** Makes memory from the tables. To be called once, before the first batch. */
  async start(): Promise<void> {
    await this.store.prepare();
    const stored = await this.store.read();
    this.frontier = stored.frontier;
    this._checkpoint = stored.checkpoint;
    this.facts.restore(stored);
  }

  /**
   * Where the feed continues, also after a batch that could not be applied: the position of the tables or that of
   * memory, whichever is lower. Another process of this gateway may have moved the tables on. Records that one of the
   * two already has are skipped for it.
   */
  async position(): Promise<FeedPosition> {
    const { appliedSize, frontier } = await this.store.read();
    return appliedSize < this.frontier.size
      ? { size: appliedSize, frontier }
      : { size: this.frontier.size, frontier: this.frontier.clone() };
  }

  /**
   * @throws UnknownRecordError or ProjectionDamagedError, each time the batch is tried, until somebody has upgraded or
   *   rebuilt this gateway; whatever Postgres throws. Nothing has been applied then.
   */
  async apply(batch: VerifiedBatch): Promise<void> {
    const size = batch.frontier.size;
    try {
      const { changes, unheld } =
        (await this.applyAtOnce(batch)) ?? (await this.takeOver(batch)) ?? (await this.applyInTransaction(batch));
      this.facts.apply(changes, Math.max(size, this.facts.appliedSize), unheld);
    } catch (error) {
      this.noteFailure(error);
      throw error;
    }
    if (size >= this.frontier.size) {
      this.frontier = batch.frontier;
      this._checkpoint = batch.checkpoint;
    }
    this.stop = null;
    for (const listener of this.listeners) listener();
  }

  /** @returns what memory has to take over, or null if it takes more than one statement; then nothing has happened */
  private async applyAtOnce(batch: VerifiedBatch): Promise<ForMemory | null> {
    const { checkpoint, frontier, records } = batch;
    const from = frontier.size - records.length;
    if (records.length > MAX_LIVE_RECORDS || from !== this.facts.appliedSize) return null;
    const folded = await this.foldUnlocked(records);
    if (folded === null || folded.changes.some(isErasure)) return null;
    if (!(await this.store.applyAtOnce({ from, changes: folded.changes, frontier, checkpoint }))) return null;
    this.report(folded);
    return { changes: folded.changes, unheld: [] };
  }

  /**
   * Where another process of this gateway has written the batch, memory follows without a lock on the tables.
   *
   * @returns what memory has to take over, or null if the tables do not have the batch
   */
  private async takeOver({ frontier, records }: VerifiedBatch): Promise<ForMemory | null> {
    if (frontier.size - records.length > this.facts.appliedSize) return null;
    if ((await this.store.appliedSize()) < frontier.size) return null;
    return this.foldInMemory(records);
  }

  private foldInMemory(records: readonly VerifiedRecord[]): ForMemory {
    const folded = foldForMemory(after(records, this.facts.appliedSize), this.inMemory);
    this.report(folded);
    return folded;
  }

  /** Rows read without a lock are those of the batch's beginning if the tables still stand there when it is written. */
  private async foldUnlocked(records: readonly VerifiedRecord[]): Promise<FoldedBatch | null> {
    try {
      return await foldWithRows(records, this.inMemory, this.store);
    } catch (error) {
      if (error instanceof ProjectionDamagedError) return null;
      throw error;
    }
  }

  /** @returns what memory has to take over once the transaction is committed */
  private async applyInTransaction(batch: VerifiedBatch): Promise<ForMemory> {
    const memorySize = this.facts.appliedSize;
    let forMemory: ForMemory = { changes: [], unheld: [] };
    await this.store.apply(async (tx) => {
      requireContiguous(batch, tx.appliedSize, memorySize);
      const forTables = after(batch.records, tx.appliedSize);
      const isInStep = tx.appliedSize === memorySize;
      // Facts in memory spare the look-up of their rows, but only if memory stands where the tables do.
      const folded = await foldForTables(tx, forTables, isInStep ? this.inMemory : undefined);
      if (isInStep) this.report(folded);
      forMemory = isInStep ? { changes: folded.changes, unheld: [] } : this.foldInMemory(batch.records);
      if (forTables.length === 0) return;
      await tx.write(folded.changes);
      const { frontier, checkpoint } = batch;
      await tx.setPosition({ appliedSize: frontier.size, frontier, checkpoint });
    });
    return forMemory;
  }

  private readonly inMemory: BaseLookup = (category, id) => this.facts.held(category, id);

  private report({ unusable }: Pick<FoldedBatch, 'unusable'>): void {
    for (const record of unusable) {
      this._unusableRecords++;
      this.log.error(
        { ...record, alarm: 'UNUSABLE_RECORD' },
        'a record has invalid data; what it concerns cannot be used',
      );
    }
  }

  private noteFailure(error: unknown): void {
    if (!(error instanceof UnknownRecordError || error instanceof ProjectionDamagedError)) return;
    if (this.stop === null) this.log.fatal({ err: error, alarm: 'PROJECTOR_STOPPED' }, 'the projector has stopped');
    this.stop = { error };
    if (error instanceof ProjectionDamagedError) for (const listener of this.damageListeners) listener(error.stream);
  }
}

/**
 * The tables may be ahead of memory (another process of this gateway) or behind it (their server lost a tail), but
 * never with a gap.
 */
function requireContiguous(batch: VerifiedBatch, tableSize: number, memorySize: number): void {
  const first = batch.frontier.size - batch.records.length + 1;
  if (first > Math.min(tableSize, memorySize) + 1)
    throw new Error(
      `records from ${first} on do not follow what is applied: ${tableSize} in the tables, ${memorySize} in memory`,
    );
}

function after(records: readonly VerifiedRecord[], size: number): readonly VerifiedRecord[] {
  return records[0] === undefined || records[0].record.position > size
    ? records
    : records.filter(({ record }) => record.position > size);
}
