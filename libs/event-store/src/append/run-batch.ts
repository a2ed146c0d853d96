import { isPlainSqlError, StoreUnavailableError } from '../errors.js';
import type { AppendOutcome, InlineProjection, Tx } from './append-request.js';
import { Batch } from './batch.js';
import { runScript } from './run-script.js';
import { openTransaction } from './open-transaction.js';
import type { SealedAppend } from './sealed-append.js';
import type { LeafTail } from './tiles.js';

// As far as it is read here: pg-protocol, which declares it, is no dependency of ours.
interface Notice {
  readonly severity?: string | undefined;
  readonly message?: string | undefined;
}

export interface BatchDone {
  readonly outcomes: readonly AppendOutcome[];
  /** The size of the committed log as this transaction left it. */
  readonly size: number;
  readonly hasAppended: boolean;
  readonly tail: LeafTail;
}

/**
 * Runs appends in one transaction and commits it.
 *
 * If we crash before the commit is on the wire, nothing of it exists. After that, all of it may: only the answer tells.
 *
 * @throws StoreUnavailableError (indeterminate) if the commit was sent and its success not confirmed; any other error
 *   means that nothing was committed, and leaves the transaction for the caller to roll back.
 */
export async function runBatch(
  tx: Tx,
  appends: readonly SealedAppend[],
  projections: readonly InlineProjection[],
  tail: LeafTail,
): Promise<BatchDone> {
  const opened = await openTransaction(tx, appends);
  const batch = new Batch(tx, opened, projections, tail);
  const outcomes: AppendOutcome[] = [];
  for (const append of appends) outcomes.push(await batch.add(append));
  if (batch.hasPending && projections.length === 0) {
    const { statements } = await batch.takePending();
    await commit(tx, statements);
  } else {
    await batch.flush();
    // A batch of refusals and no-ops has nothing to make durable; the head was read under its lock, so it is committed.
    if (batch.hasWritten) await commit(tx, []);
    else await tx.query('rollback');
  }
  return { outcomes, size: batch.size, hasAppended: batch.size > opened.size, tail: batch.tail };
}

// The last rows go with the commit: if one fails, Postgres skips the commit and says why.
async function commit(tx: Tx, statements: readonly string[]): Promise<void> {
  const warnings: Notice[] = [];
  const collect = (notice: Notice): void => {
    if (notice.severity === 'WARNING') warnings.push(notice);
  };
  tx.on('notice', collect);
  try {
    const last = (await runScript(tx, [...statements, 'commit'])).at(-1);
    if (last?.command !== 'COMMIT') throw new Error(`the commit ended as ${last?.command ?? 'nothing'}`);
  } catch (err) {
    // An error that leaves the session alive was raised before the commit, or undid it. Behind any other is doubt.
    if (isPlainSqlError(err)) throw err;
    throw new StoreUnavailableError('the answer to a commit was lost', true, err);
  } finally {
    tx.off('notice', collect);
  }
  // Postgres ends a wait for its synchronous standby by a warning and a success: durable here, perhaps not after failover.
  if (warnings.length > 0)
    throw new StoreUnavailableError(`the commit gave a warning: ${warnings[0]?.message ?? ''}`, true);
}
