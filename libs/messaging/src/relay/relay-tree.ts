import { type Frontier, leafHash } from '@keyfold/domain';
import type { StateOrigin } from '../heads/known-tree.js';
import type { CommittedSource, LogSource, LogState, SourceRecord } from '../ports/log-source.js';
import { isErasure } from '../verify/erasure.js';

const BATCH_RECORDS = 500;
/** A relay that is further behind than this reads what it is behind with. */
const MAX_HANDED_RECORDS = 1_000;

/** What is published at once. */
export interface RelayBatch {
  readonly records: readonly SourceRecord[];
  /** The log's own tree after the last record. */
  readonly state: LogState;
  /** How `state` has come about, where that is known. */
  readonly origin: StateOrigin;
  /** Whether these were the last records there were. */
  readonly isLast: boolean;
}

type Head = Awaited<ReturnType<LogSource['head']>>;

/** The log is not what has been relayed of it any more: it has lost its end, or is another one. */
export class LogShrankError extends Error {}

/**
 * Gives batch after batch, with the log's root after each. Keeps its own tree once it has caught up with the head; from
 * then on what this process commits is not read again.
 */
export class RelayTree {
  private frontier: Frontier | undefined;
  private handed: CommittedSource[] = [];

  /** @param admit asked for each server that the log is read from: see `ForkCheck.admit` */
  constructor(
    private readonly source: LogSource,
    private size: number,
    private readonly admit: (server: string) => Promise<void>,
  ) {}

  /** Takes in what has just been committed here. It spares a read and changes nothing else: what is missing is read. */
  hand(committed: CommittedSource): void {
    // An erasure takes openings along, also of records that were committed with it.
    const isErasing = committed.records.some(({ record }) => isErasure(record));
    const waiting = this.handed.reduce((sum, { records }) => sum + records.length, committed.records.length);
    if (isErasing || waiting > MAX_HANDED_RECORDS) this.handed = [];
    else this.handed.push(committed);
  }

  /**
   * @returns null if the log has nothing more
   * @throws LogShrankError if it has less
   */
  async next(): Promise<RelayBatch | null> {
    return this.takeHanded() ?? this.read();
  }

  private async read(): Promise<RelayBatch | null> {
    const { size } = this;
    const [records, head] = await Promise.all([this.source.readAfter(size, BATCH_RECORDS), this.source.head()]);
    await this.admit(head.server);
    if (head.size < size) throw new LogShrankError(`the log has ${head.size} records, and ${size} have been relayed`);
    if (records.length === 0) {
      if (head.size === size) this.standStill(head);
      return null;
    }
    return this.taken(records, head);
  }

  private async taken(records: readonly SourceRecord[], head: Head): Promise<RelayBatch> {
    const { size } = this;
    const isKnown = this.frontier !== undefined;
    const leafHashes = this.append(records);
    const root = head.size === this.size ? head.root : await this.source.rootAt(this.size);
    // The own tree only saves the signer a proof. Where the database's tree is another one (it lost its tail and has
    // grown again, say), that is what would be signed, and the signer must find out that it may not be.
    const isSame = this.frontier?.root().equals(root) === true;
    const isLast = head.size === this.size;
    if (!isSame) this.frontier = isLast ? head.frontier.clone() : undefined;
    const grown = isKnown && isSame ? { from: size, leafHashes } : undefined;
    const origin = { grown, frontier: isLast ? head.frontier : undefined };
    return { records, state: { server: head.server, size: this.size, root }, origin, isLast };
  }

  private standStill({ frontier, root, size }: Head): void {
    this.frontier ??= frontier.clone();
    if (!this.frontier.root().equals(root))
      throw new LogShrankError(`the log has other records up to ${size} than were relayed`);
  }

  /** What was handed over and continues this very tree: the database had no other one when that was appended. */
  private takeHanded(): RelayBatch | null {
    const { frontier, size } = this;
    if (frontier === undefined) return null;
    const records: SourceRecord[] = [];
    const leafHashes: Buffer[] = [];
    let server = '';
    this.handed = this.handed.filter(({ before }) => before.size >= this.size);
    for (let next = this.handed[0]; next !== undefined; next = this.handed[0]) {
      if (next.before.size !== this.size || !next.before.frontier.equals(frontier.toBytes())) break;
      if (records.length > 0 && records.length + next.records.length > BATCH_RECORDS) break;
      this.handed.shift();
      leafHashes.push(...this.append(next.records));
      records.push(...next.records);
      ({ server } = next);
    }
    if (records.length === 0) return null;
    const state = { server, size: this.size, root: frontier.root() };
    return { records, state, origin: { grown: { from: size, leafHashes } }, isLast: this.handed.length === 0 };
  }

  private append(records: readonly SourceRecord[]): Buffer[] {
    return records.map(({ leaf, record }) => {
      this.size += 1;
      if (record.position !== this.size) throw new Error(`the log gave record ${record.position} for ${this.size}`);
      const hash = leafHash(leaf);
      this.frontier?.append(hash);
      return hash;
    });
  }
}
