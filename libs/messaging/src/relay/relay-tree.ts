import { leafHash, type Frontier } from '@keyfold/domain';
import type { TreeState } from '../heads/checkpoint-signer.js';
import type { CommittedSource, LogSource, SourceRecord } from '../log-source.js';
import { isErasure } from '../refill/erasure.js';

const BATCH_RECORDS = 500;
/** A relay that is further behind than this reads what it is behind with. */
const MAX_HANDED_RECORDS = 1_000;

/** What is published at once. */
export interface RelayBatch {
  readonly records: readonly SourceRecord[];
  /** The log's own tree after the last record. */
  readonly state: TreeState;
  /** What `state` has been computed from by appending exactly these records; undefined if it was not. */
  readonly extended: TreeState | undefined;
  /** Whether these were the last records there were. */
  readonly isLast: boolean;
}

/**
 * Gives batch after batch, with the log's root after each. Keeps its own tree once it has caught up with the head; from then on
 * what this process commits is not read again.
 */
export class RelayTree {
  private frontier: Frontier | undefined;
  private handed: CommittedSource[] = [];

  constructor(
    private readonly source: LogSource,
    private size: number,
  ) {}

  /** Takes in what has just been committed here. It spares a read and changes nothing else: what is missing is read. */
  hand(committed: CommittedSource): void {
    // An erasure takes openings along, also of records that were committed with it.
    const isErasing = committed.records.some(({ record }) => isErasure(record));
    const waiting = this.handed.reduce((sum, { records }) => sum + records.length, committed.records.length);
    if (isErasing || waiting > MAX_HANDED_RECORDS) this.handed = [];
    else this.handed.push(committed);
  }

  /** @returns null if the log has nothing more */
  async next(): Promise<RelayBatch | null> {
    return this.takeHanded() ?? this.read();
  }

  private async read(): Promise<RelayBatch | null> {
    const { size } = this;
    const [records, head] = await Promise.all([this.source.readAfter(size, BATCH_RECORDS), this.source.head()]);
    if (records.length === 0) {
      if (head.size === size) this.frontier ??= head.frontier.clone();
      return null;
    }
    const before = this.frontier === undefined ? undefined : { size, root: this.frontier.root() };
    this.append(records);
    const root = head.size === this.size ? head.root : await this.source.rootAt(this.size);
    // The own tree only saves the signer a proof. Where the database's tree is another one (it lost its tail and has grown
    // again, say), that is what would be signed, and the signer must find out that it may not be.
    const isSame = this.frontier?.root().equals(root) === true;
    const isLast = head.size === this.size;
    if (!isSame) this.frontier = isLast ? head.frontier.clone() : undefined;
    return { records, state: { size: this.size, root }, extended: isSame ? before : undefined, isLast };
  }

  /** What was handed over and continues this very tree: the database had no other one when that was appended. */
  private takeHanded(): RelayBatch | null {
    const { frontier, size } = this;
    if (frontier === undefined) return null;
    const extended = { size, root: frontier.root() };
    const records: SourceRecord[] = [];
    this.handed = this.handed.filter(({ before }) => before.size >= this.size);
    for (let next = this.handed[0]; next !== undefined; next = this.handed[0]) {
      if (next.before.size !== this.size || !next.before.frontier.equals(frontier.toBytes())) break;
      if (records.length > 0 && records.length + next.records.length > BATCH_RECORDS) break;
      this.handed.shift();
      this.append(next.records);
      records.push(...next.records);
    }
    if (records.length === 0) return null;
    const state = { size: this.size, root: frontier.root() };
    return { records, state, extended, isLast: this.handed.length === 0 };
  }

  private append(records: readonly SourceRecord[]): void {
    for (const { leaf, record } of records) {
      this.size += 1;
      if (record.position !== this.size) throw new Error(`the log gave record ${record.position} for ${this.size}`);
      this.frontier?.append(leafHash(leaf));
    }
  }
}
