import { Injectable } from '@nestjs/common';
import {
  buildReceipt,
  type Cosigned,
  type LeaseStanding,
  parseVerifierKey,
  type ReadLeaseRow,
  type ReceiptInclusion,
  type StatementLine,
  verifyReceipt,
} from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { CheckpointSigner } from '@keyfold/messaging';

/** A lease row and why it can no longer miss the write. */
export interface SettledRow {
  readonly row: ReadLeaseRow;
  readonly standing: LeaseStanding;
  /** Log time at which this replica counted it, or of the lease's end. RFC 3339. */
  readonly at: string;
}

/** A slot of a process of an older version, which says none. */
const NO_SLOT = '-';

/** Builds the receipt of a confirmed write: reads what proves it, signs, and checks the file as a stranger would. */
@Injectable()
export class ReceiptMaker {
  constructor(
    private readonly store: PostgresEventStore,
    private readonly signer: CheckpointSigner,
  ) {}

  /**
   * @param position of a record that has been committed
   * @returns the receipt file
   * @throws LogForkedError on a fork: then nothing is confirmed
   */
  async make(position: number, settled: readonly SettledRow[]): Promise<string> {
    const applied = settled.flatMap(({ row, standing }) =>
      standing.by === 'applied' && row.slot !== null ? [standing.cosigned] : [],
    );
    const enrolled = [...new Set(applied.map(({ enrolledPosition }) => enrolledPosition))];
    const largest = Math.max(position, ...enrolled, ...applied.map(({ size }) => size));
    const sizes = [...new Set([largest, ...applied.map(({ size }) => size)])];
    // The caller waits, so all of it is read at once: three queries side by side where all have cosigned one size.
    const [[leaf, ...enrolledLeaves], notes, paths] = await Promise.all([
      this.store.leavesAt([position, ...enrolled]),
      Promise.all(sizes.map((size) => this.signer.signCheckpointAt(size))),
      Promise.all(sizes.map((size) => this.pathsOf(size === largest ? [position, ...enrolled] : [position], size))),
    ]);
    const proofs = sizes.map((treeSize, at) => ({
      checkpoint: `${one(notes[at])}${linesOf(applied, treeSize)}`,
      inclusion: one(paths[at]?.[0]),
    }));
    const enrolments = enrolledLeaves.map((bytes, at) => ({ leaf: bytes, inclusion: one(paths[0]?.[at + 1]) }));
    const { signer } = this.signer;
    const file = buildReceipt({ position, leaf: one(leaf), proofs, enrolments, lines: settled.map(lineOf) }, signer);
    const verdict = verifyReceipt(file, { logKey: parseVerifierKey(signer.verifierKey) });
    // What a stranger would refuse must never be stored as a receipt.
    if (!verdict.isGenuine) throw new Error(`the receipt of position ${position} is refused: ${verdict.reason}`);
    return file;
  }

  /** Of the records at these positions, in their order. */
  private async pathsOf(positions: readonly number[], treeSize: number): Promise<ReceiptInclusion[]> {
    const leafIndexes = positions.map((position) => position - 1);
    const paths = await this.store.inclusionProofs(leafIndexes, treeSize);
    return paths.map((hashes, at) => ({ leafIndex: one(leafIndexes[at]), treeSize, hashes }));
  }
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
