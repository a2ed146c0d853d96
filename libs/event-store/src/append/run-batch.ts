import { Frontier } from '@keyfold/domain';
import type { PoolClient } from 'pg';
import { sqlState, StoreUnavailableError } from '../errors.js';
import type {
  AppendGate,
  AppendOutcome,
  CommittedRecords,
  GuardVerdict,
  InlineProjection,
  LogState,
  StoredRecord,
} from './append-request.js';
import type { AppendTx } from './append-tx.js';
import { Batch } from './batch.js';
import { beginBehindHead, openTransaction, type OpenedTransaction } from './open-transaction.js';
import type { SealedAppend } from './sealed-append.js';
import type { LeafTail } from './tiles.js';
import type { LogTime } from '../time/log-time.js';

// As far as it is read here: pg-protocol, which declares it, is no dependency of ours.
interface Notice {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** What all batches of a process share. */
export interface BatchSurroundings {
  readonly projections: readonly InlineProjection[];
  readonly logTime: LogTime;
  readonly gate: AppendGate | undefined;
}

export interface BatchOptions extends BatchSurroundings {
  /** That the transaction runs on. */
  readonly server: string;
  readonly tail: LeafTail;
  /** Of an append whose batch has failed: see {@link beginBehindHead}. */
  readonly isRetry: boolean;
}

export interface BatchDone {
  readonly outcomes: readonly AppendOutcome[];
  /** What the log is after it. */
  readonly head: LogState;
  /** Null if nothing was appended. */
  readonly committed: CommittedRecords | null;
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
  tx: AppendTx,
  appends: readonly SealedAppend[],
  { gate, logTime, projections, server, tail, isRetry }: BatchOptions,
): Promise<BatchDone> {
  if (isRetry) await beginBehindHead(tx);
  else tx.send('begin');
  const { opened, guarded, project } = await open(tx, appends, { logTime, projections });
  gate?.check({ size: opened.size, root: () => Frontier.from(opened.size, opened.frontier).root() });
  const batch = new Batch(tx, opened, project, tail);
  const outcomes: AppendOutcome[] = [];
  for (const [nth, append] of appends.entries())
    outcomes.push(await batch.add(append, nth === 0 ? guarded : undefined));
  await batch.flush();
  // A batch of refusals and no-ops has nothing to make durable; the head was read under its lock, so it is committed.
  if (batch.hasWritten) await commit(tx);
  else await tx.query('rollback');
  const records = outcomes.flatMap((outcome) => (outcome.kind === 'appended' ? outcome.records : []));
  const { frontier, size } = opened;
  return {
    outcomes,
    committed: records.length === 0 ? null : { server, before: { size, frontier }, records },
    head: batch.head,
    tail: batch.tail,
  };
}

interface Opened {
  readonly opened: OpenedTransaction;
  /** What the first append's guard says. */
  readonly guarded: Promise<GuardVerdict> | undefined;
  readonly project: (records: readonly StoredRecord[]) => Promise<void>;
}

/** Takes the lock. What the first guard and the read models need to know is asked for behind it, in the same message. */
async function open(
  tx: AppendTx,
  appends: readonly SealedAppend[],
  { logTime, projections }: Pick<BatchSurroundings, 'logTime' | 'projections'>,
): Promise<Opened> {
  const opening = openTransaction(tx, appends, logTime);
  const streams = streamsToKnow(appends);
  const reading = Promise.all(projections.map(async (projection) => projection.read?.(tx, streams)));
  const guard = appends[0]?.request.guard;
  const guarded = guard && (async () => guard(tx))();
  // Of no account if the append is refused before its guard counts.
  guarded?.catch(() => undefined);
  const [opened, known] = await Promise.all([opening, reading]);
  const project = async (records: readonly StoredRecord[]): Promise<void> => {
    for (const [nth, projection] of projections.entries()) await projection.apply(tx, records, known[nth]);
  };
  return { opened, guarded, project };
}

/** Streams that get records, without those that begin with them. */
function streamsToKnow(appends: readonly SealedAppend[]): string[] {
  const streams = new Set<string>();
  for (const { request } of appends) {
    const begun = new Set(request.expected.flatMap(({ stream, version }) => (version === 0 ? [stream] : [])));
    for (const { stream } of request.events) if (!begun.has(stream)) streams.add(stream);
  }
  return [...streams];
}

// The last rows go with the commit: if one fails, Postgres skips the commit and says why.
async function commit(tx: AppendTx): Promise<void> {
  const warnings: Notice[] = [];
  const collect = (notice: Notice): void => {
    if (isWarning(notice)) warnings.push(notice);
  };
  tx.client.on('notice', collect);
  try {
    const { command } = await tx.query('commit');
    if (command !== 'COMMIT') throw new Error(`the commit ended as ${command}`);
  } catch (err) {
    // An error that the session outlives was raised before the commit, or undid it: behind a commit record Postgres panics. Behind any other is doubt.
    if (sqlState(err) !== null && (await isAlive(tx.client))) throw err;
    throw new StoreUnavailableError('the answer to a commit was lost', true, err);
  } finally {
    tx.client.off('notice', collect);
  }
  // Postgres ends a wait for its synchronous standby by a warning and a success: durable here, perhaps not after failover.
  if (warnings.length > 0)
    throw new StoreUnavailableError(`the commit gave a warning: ${warnings[0]?.message ?? ''}`, true);
}

/** By SQLSTATE, since the severity is in the server's language: what only informs is of class 00, a warning of class 01 or says what is wrong. */
function isWarning({ code }: Notice): boolean {
  return code?.startsWith('00') !== true;
}

/** Whether the session still answers. A severity would say so too, but in the server's language. */
function isAlive(client: PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}
