import type pg from 'pg';
import { DomainError } from '@keyfold/domain';
import { isUnavailability, StoreUnavailableError } from '../errors.js';
import type { LeafTail } from '../read/tiles.js';
import { AppendConnection, ConnectionLostError } from './append-connection.js';
import type { AppendOutcome, AppendRequest, CommittedRecords } from './append-request.js';
import { sealAppend, type SealedAppend } from './sealed-append.js';
import { type BatchDone, type BatchSurroundings, runBatch } from './transaction.js';

const MAX_BATCH_APPENDS = 512;
const MAX_BATCH_EVENTS = 4096;
// Above this the database is behind by seconds; queueing further would only turn refusals into time-outs.
const MAX_QUEUED = 10_000;
// Of a failed batch. Each blocked append holds the head lock while it waits, and everything behind it waits as well.
const MAX_BLOCKED = 8;

export interface AppenderOptions extends BatchSurroundings {
  readonly pool: pg.Pool;
  /** Must have resolved before the first log time. */
  readonly begin: () => Promise<void>;
  readonly randomSalt: () => Buffer;
  /** Called after a commit with what it has added. */
  readonly onCommit: (committed: CommittedRecords) => void;
}

interface Waiting {
  readonly append: SealedAppend;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (err: unknown) => void;
}

/**
 * The one writer of a process. Appends queue; while a transaction runs the next batch gathers, so under load many
 * appends share the cost of one commit and none waits for more than the batch before its own.
 */
export class Appender {
  private readonly connection: AppendConnection;
  private readonly queue: Waiting[] = [];
  private running: Promise<void> | null = null;
  private isClosed = false;
  private tail: LeafTail = { size: 0, frontier: Buffer.alloc(0), hashes: [] };

  constructor(private readonly options: AppenderOptions) {
    this.connection = new AppendConnection(options.pool);
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    if (this.isClosed) throw new StoreUnavailableError('the event store is closed', false);
    if (this.queue.length >= MAX_QUEUED) throw new StoreUnavailableError('too many appends are waiting', false);
    const sealed = sealAppend(request, this.options.randomSalt);
    if (sealed instanceof DomainError) return { kind: 'refused', error: sealed };
    return new Promise((resolve, reject) => {
      this.queue.push({ append: sealed, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Finishes what was taken in, then lets go of the connection. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.running;
    await this.connection.close();
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      // Callers answered by the last batch, and all that append in the same turn, join the next one.
      await nextTick();
      await this.settle(this.nextBatch());
    }
    this.running = null;
  }

  private nextBatch(): Waiting[] {
    let events = 0;
    let count = 0;
    for (const { append } of this.queue) {
      events += append.events.length;
      if (count > 0 && (count >= MAX_BATCH_APPENDS || events > MAX_BATCH_EVENTS)) break;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  // Never throws: every append of the batch is answered.
  private async settle(batch: readonly Waiting[]): Promise<void> {
    const result = await this.run(batch, false).catch((error: unknown) => ({ error }));
    if (!('error' in result)) this.finish(batch, result);
    else if (batch.length === 1 || concernsAll(result.error)) rejectAll(batch, reasonOf(result.error));
    else await this.settleOneByOne(batch);
  }

  // Nothing was committed and the session lives. Each alone, so that a lock or a value fails only the append that meets
  // it.
  private async settleOneByOne(batch: readonly Waiting[]): Promise<void> {
    let blocked = 0;
    for (const [nth, waiting] of batch.entries()) {
      const result = await this.run([waiting], true).catch((error: unknown) => ({ error }));
      if (!('error' in result)) {
        this.finish([waiting], result);
        continue;
      }
      const { error } = result;
      waiting.reject(reasonOf(error));
      blocked += isUnavailable(error) ? 1 : 0;
      if (!concernsAll(error) && blocked < MAX_BLOCKED) continue;
      // These were not tried again, so none of them is in doubt, whatever became of this one.
      rejectAll(batch.slice(nth + 1), new StoreUnavailableError('Postgres did not take the append', false, error));
      return;
    }
  }

  private async run(batch: readonly Waiting[], isRetry: boolean): Promise<BatchDone> {
    const appends = batch.map(({ append }) => append);
    const { gate, logTime, projections } = this.options;
    const attempt = (): Promise<BatchDone> =>
      this.connection.use(async (tx, server) => {
        await gate?.admit(server);
        return runBatch(tx, appends, { gate, projections, logTime, server, tail: this.tail, isRetry });
      });
    await this.options.begin();
    try {
      return await attempt();
    } catch (error) {
      // Postgres restarted or ended the idle session. The commit was not sent, so nothing can be there twice.
      if (error instanceof ConnectionLostError) return attempt();
      throw error;
    }
  }

  private finish(batch: readonly Waiting[], done: BatchDone): void {
    this.tail = done.tail;
    batch.forEach(({ resolve, reject }, nth) => {
      const outcome = done.outcomes[nth];
      if (outcome === undefined) reject(new Error('an append of the batch has no outcome'));
      else resolve(outcome);
    });
    if (done.committed === null) return;
    this.options.gate?.committed(done.head);
    this.options.onCommit(done.committed);
  }
}

/**
 * Whether the failure would meet every other append as well: the head, the connection or the server is not to be had.
 */
function concernsAll(err: unknown): boolean {
  return err instanceof StoreUnavailableError || err instanceof ConnectionLostError;
}

function isUnavailable(err: unknown): boolean {
  return concernsAll(err) || isUnavailability(err);
}

function reasonOf(err: unknown): unknown {
  if (err instanceof StoreUnavailableError || !isUnavailable(err)) return err;
  return new StoreUnavailableError('Postgres did not take the append', false, err);
}

function rejectAll(batch: readonly Waiting[], reason: unknown): void {
  for (const { reject } of batch) reject(reason);
}

// Behind every continuation that is due, and before any further input or output.
function nextTick(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
