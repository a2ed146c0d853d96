import { leafHash, type Frontier } from '@keyfold/domain';
import type { TreeState } from '../heads/checkpoint-signer.js';
import type { LogSource, SourceRecord } from '../log-source.js';

const BATCH_RECORDS = 500;

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

/** Reads batch after batch, with the log's root after each. Keeps its own tree once it has caught up with the head. */
export class RelayTree {
  private frontier: Frontier | undefined;

  constructor(
    private readonly source: LogSource,
    private size: number,
  ) {}

  /** @returns null if the log has nothing more */
  async next(): Promise<RelayBatch | null> {
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

  private append(records: readonly SourceRecord[]): void {
    for (const { leaf, record } of records) {
      this.size += 1;
      if (record.position !== this.size) throw new Error(`the log gave record ${record.position} for ${this.size}`);
      this.frontier?.append(leafHash(leaf));
    }
  }
}
