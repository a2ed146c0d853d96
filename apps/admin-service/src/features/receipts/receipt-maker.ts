import { Injectable } from '@nestjs/common';
import {
  buildReceipt,
  type Cosigned,
  type LeaseStanding,
  type ReadLeaseRow,
  type ReceiptInclusion,
  type StatementLine,
  verifyReceipt,
} from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { CheckpointSigner } from '@keyfold/messaging';
import { LogKeys } from '../../platform/log-keys.js';

/** A lease row and why it can no longer miss the write. */
export interface SettledRow {
  readonly row: ReadLeaseRow;
  readonly standing: LeaseStanding;
  /** Log time at which this replica counted it, or of the lease's end. RFC 3339. */
  readonly at: string;
}

/** A slot of a process of an older version, which says none. */
const NO_SLOT = '-';
/** The proofs of more keys than these are read when they are needed, not before: many writes may be waited for. */
const MAX_PREPARED = 32;

/** What proves records in trees of the log. */
export interface ReceiptProofs {
  /** By position. */
  readonly leaves: ReadonlyMap<number, Buffer>;
  /** Signed checkpoints, by their size. */
  readonly notes: ReadonlyMap<number, string>;
  /** By size of the tree, then by position. */
  readonly paths: ReadonlyMap<number, ReadonlyMap<number, ReceiptInclusion>>;
}

/** Builds the receipt of a confirmed write: reads what proves it, signs, and checks the file as a stranger would. */
@Injectable()
export class ReceiptMaker {
  /** Positions of the enrolments that the last receipt has proven: the next one is by the same processes, as a rule. */
  private enrolledLately: readonly number[] = [];

  constructor(
    private readonly store: PostgresEventStore,
    private readonly signer: CheckpointSigner,
    private readonly keys: LogKeys,
  ) {}

  /**
   * Reads what a receipt needs if all processes cosign the tree of the record's own size, as they do while nothing else
   * is written. Gateways take longer to apply the record, so that this costs the caller no time.
   *
   * @param position of a record that has been committed
   * @returns null if that cannot be read: then it is read when the receipt is made
   */
  async prepare(position: number): Promise<ReceiptProofs | null> {
    const enrolled = this.enrolledLately.filter((at) => at < position);
    if (enrolled.length > MAX_PREPARED) return null;
    try {
      // By itself: the relay signs this checkpoint first, and gateways wait for that.
      const note = await this.signer.signCheckpointAt(position);
      return await this.read({
        positions: [position, ...enrolled],
        sizes: [position],
        notes: new Map([[position, note]]),
      });
    } catch {
      // Whatever it is, the making of the receipt meets it too, and that one reports it.
      return null;
    }
  }

  /**
   * @param position of a record that has been committed
   * @param prepared what {@link prepare} has read for this position
   * @returns the receipt file
   * @throws LogForkedError on a fork: then nothing is confirmed
   */
  async make(position: number, settled: readonly SettledRow[], prepared: ReceiptProofs | null): Promise<string> {
    const applied = settled.flatMap(({ row, standing }) =>
      standing.by === 'applied' && row.slot !== null ? [standing.cosigned] : [],
    );
    const enrolled = [...new Set(applied.map(({ enrolledPosition }) => enrolledPosition))];
    const largest = Math.max(position, ...enrolled, ...applied.map(({ size }) => size));
    const sizes = [...new Set([largest, ...applied.map(({ size }) => size)])];
    const needed = { positions: [position, ...enrolled], sizes };
    const read = prepared !== null && hasAll(prepared, needed) ? prepared : await this.read(needed);
    const inclusionOf = (at: number, size: number): ReceiptInclusion => one(read.paths.get(size)?.get(at));
    const proofs = sizes.map((size) => ({
      checkpoint: `${one(read.notes.get(size))}${linesOf(applied, size)}`,
      inclusion: inclusionOf(position, size),
    }));
    const enrolments = enrolled.map((at) => ({ leaf: one(read.leaves.get(at)), inclusion: inclusionOf(at, largest) }));
    const leaf = one(read.leaves.get(position));
    const file = buildReceipt({ position, leaf, proofs, enrolments, lines: settled.map(lineOf) }, this.signer.signer);
    const { signatures, verifier } = this.keys;
    const verdict = verifyReceipt(file, { logKey: verifier, signatures });
    // What a stranger would refuse must never be stored as a receipt.
    if (!verdict.isGenuine) throw new Error(`the receipt of position ${position} is refused: ${verdict.reason}`);
    this.enrolledLately = enrolled;
    return file;
  }

  /**
   * All at once, since a caller waits: three queries side by side where all have cosigned one size.
   *
   * @param needed.positions the record's own, then those of enrolments, which the largest tree proves
   * @param needed.sizes the largest first
   * @param needed.notes if they are known
   */
  private async read({ notes, positions, sizes }: Needed & Partial<ReceiptProofs>): Promise<ReceiptProofs> {
    const [own] = positions;
    const [leaves, noteOf, paths] = await Promise.all([
      this.store.leavesAt(positions),
      notes ?? this.notesOf(sizes),
      Promise.all(sizes.map((size, at) => this.pathsOf(at === 0 ? positions : [one(own)], size))),
    ]);
    return {
      leaves: new Map(positions.map((position, at) => [position, one(leaves[at])])),
      notes: noteOf,
      paths: new Map(sizes.map((size, at) => [size, one(paths[at])])),
    };
  }

  private async notesOf(sizes: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return new Map(
      await Promise.all(sizes.map(async (size) => [size, await this.signer.signCheckpointAt(size)] as const)),
    );
  }

  private async pathsOf(positions: readonly number[], treeSize: number): Promise<Map<number, ReceiptInclusion>> {
    const leafIndexes = positions.map((position) => position - 1);
    const paths = await this.store.inclusionProofs(leafIndexes, treeSize);
    return new Map(
      paths.map((hashes, at) => [one(positions[at]), { leafIndex: one(leafIndexes[at]), treeSize, hashes }]),
    );
  }
}

interface Needed {
  readonly positions: readonly number[];
  readonly sizes: readonly number[];
}

/** The record's own path is there for each size, those of enrolments for the largest. */
function hasAll({ leaves, notes, paths }: ReceiptProofs, { positions, sizes }: Needed): boolean {
  const [largest = 0] = sizes;
  const inLargest = paths.get(largest);
  return sizes.every((size) => notes.has(size)) && positions.every((at) => leaves.has(at) && inLargest?.has(at));
}

/**
 * Cosignatures of the checkpoint of this size, one by each key: a process that was restarted at it has cosigned it
 * twice, at two times, and a receipt with both is refused.
 */
function linesOf(applied: readonly Cosigned[], treeSize: number): string {
  const ofSize = applied.filter(({ size }) => size === treeSize);
  return [...new Map(ofSize.map(({ enrolledPosition, line }) => [enrolledPosition, line])).values()].join('');
}

/** Of lists that have an entry for each entry of another. */
function one<Entry>(entry: Entry | undefined): Entry {
  if (entry === undefined) throw new Error('a list is too short');
  return entry;
}

function lineOf({ at, row, standing }: SettledRow): StatementLine {
  const { gatewayId } = row;
  const slot = row.slot ?? NO_SLOT;
  return standing.by === 'applied' && row.slot !== null
    ? { gatewayId, slot, by: 'applied', size: standing.cosigned.size, at }
    : { gatewayId, slot, by: 'lease-ended', at };
}
