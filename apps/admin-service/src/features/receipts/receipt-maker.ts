import { Injectable } from '@nestjs/common';
import {
  buildReceipt,
  type Cosigned,
  type LeaseStanding,
  parseVerifierKey,
  type ReadLeaseRow,
  type ReceiptEnrolment,
  type ReceiptInclusion,
  type ReceiptProof,
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
    const [leaf, proofs, enrolments] = await Promise.all([
      this.leafAt(position),
      Promise.all(sizes.map((size) => this.proof(position, size, applied))),
      this.enrolments(enrolled, largest),
    ]);
    const { signer } = this.signer;
    const file = buildReceipt({ position, leaf, proofs, enrolments, lines: settled.map(lineOf) }, signer);
    const verdict = verifyReceipt(file, { logKey: parseVerifierKey(signer.verifierKey) });
    // What a stranger would refuse must never be stored as a receipt.
    if (!verdict.isGenuine) throw new Error(`the receipt of position ${position} is refused: ${verdict.reason}`);
    return file;
  }

  private async proof(position: number, size: number, applied: readonly Cosigned[]): Promise<ReceiptProof> {
    const [checkpoint, hashes] = await Promise.all([
      this.signer.signCheckpointAt(size),
      this.store.inclusionProof(position - 1, size),
    ]);
    const lines = new Set(applied.filter((cosigned) => cosigned.size === size).map(({ line }) => line));
    return { checkpoint: checkpoint + [...lines].join(''), inclusion: inclusionOf(position, size, hashes) };
  }

  private async enrolments(positions: readonly number[], treeSize: number): Promise<readonly ReceiptEnrolment[]> {
    if (positions.length === 0) return [];
    const [leaves, paths] = await Promise.all([
      Promise.all(positions.map((position) => this.leafAt(position))),
      this.store.inclusionProofs(
        positions.map((position) => position - 1),
        treeSize,
      ),
    ]);
    return positions.map((position, at) => ({
      leaf: leaves[at] ?? Buffer.alloc(0),
      inclusion: inclusionOf(position, treeSize, paths[at] ?? []),
    }));
  }

  private async leafAt(position: number): Promise<Buffer> {
    const stored = await this.store.readAt(position);
    if (stored === undefined) throw new Error(`the log has no record at position ${position}`);
    return stored.leaf;
  }
}

function inclusionOf(position: number, treeSize: number, hashes: readonly Buffer[]): ReceiptInclusion {
  return { leafIndex: position - 1, treeSize, hashes };
}

function lineOf({ at, row, standing }: SettledRow): StatementLine {
  const { gatewayId } = row;
  const slot = row.slot ?? NO_SLOT;
  return standing.by === 'applied' && row.slot !== null
    ? { gatewayId, slot, by: 'applied', size: standing.cosigned.size, at }
    : { gatewayId, slot, by: 'lease-ended', at };
}
