import { Injectable } from '@nestjs/common';
import type { ExportedPart, NewEvent, OpeningsDigest } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { CheckpointSigner } from '@keyfold/messaging';
import { type FieldProblem, fieldProblem, invalidRequest, ProblemError } from '@keyfold/service-kit';
import { CosignedLog } from './cosigned-log.js';

/** What an audit route writes with. */
export interface AuditAuthor {
  readonly actor: string;
  readonly correlationId: string;
}

/** The log as auditors use it: proofs under signed checkpoints, and records of what they were shown. */
@Injectable()
export class AuditLog {
  constructor(
    readonly store: PostgresEventStore,
    private readonly signer: CheckpointSigner,
    private readonly clock: CosignedLog,
  ) {}

  /**
   * Records that somebody is about to be shown something. Must have resolved before the first byte of it is sent: what
   * was shown is then in the log whatever happens afterwards, and at worst the log names a read that never arrived.
   *
   * @param event the first of a stream of its own
   * @returns its position
   */
  async record(event: NewEvent, author: AuditAuthor): Promise<number> {
    const expected = [{ stream: event.stream, version: 0 }];
    const outcome = await this.store.append({ ...author, expected, events: [event] });
    if (outcome.kind === 'appended') return outcome.lastPosition;
    throw new Error(`an audit event was not appended: ${outcome.kind}`);
  }

  /**
   * A checkpoint of the size asked for, or, cosigned with the time, of the log as it is; refused where the log is not
   * that large yet.
   */
  async checkpoint(treeSize: number | undefined): Promise<{ treeSize: number; checkpoint: string }> {
    if (treeSize !== undefined) {
      await this.requireSize(treeSize);
      return { treeSize, checkpoint: await this.signer.signCheckpointAt(treeSize) };
    }
    const { checkpoint, size } = await this.clock.current();
    return { treeSize: size, checkpoint };
  }

  /** The log's note of the openings that an export of these records holds. */
  signOpenings(digest: OpeningsDigest, part: ExportedPart): string {
    return digest.sign(part, this.signer.signer);
  }

  /** @throws ProblemError 400 if the log has never had this size */
  async requireSize(treeSize: number): Promise<void> {
    const { size } = await this.store.head();
    if (treeSize > size) throw invalidTreeSize(fieldProblem('/treeSize', 'PAST_HEAD', { max: size }));
  }
}

export function invalidTreeSize(problem: FieldProblem): ProblemError {
  return invalidRequest('The log cannot be shown at this tree size.', [problem]);
}
