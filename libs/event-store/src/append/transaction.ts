import { DomainError, Frontier, leafHash } from '@keyfold/domain';
import { isUnavailability, StoreUnavailableError } from '../errors.js';
import type { HeldClaim } from '../idempotency.js';
import type { Tx } from '../prepared.js';
import type { StoredRecord } from '../read/records.js';
import { fillTiles, type LeafTail } from '../read/tiles.js';
import { formatLogTime, type LogTime } from '../time/log-time.js';
import {
  type AppendedEvents,
  type AppendGate,
  type AppendOutcome,
  type AppendRequest,
  type CommittedRecords,
  type GuardVerdict,
  type InlineProjection,
  type LogState,
  OUTDATED,
} from './append-request.js';
import type { AppendTx } from './append-tx.js';
import { encodeRecords, type SealedAppend, streamsNamed, streamsToKnow } from './sealed-append.js';
import {
  claimsStatement,
  type Completion,
  completionsStatement,
  type HeadRow,
  headStatement,
  LOCK_HEAD,
  openingsStatement,
  recordsStatement,
  tilesStatement,
  type VersionRow,
  versionsStatement,
} from './statements.js';

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
 * Runs appends in one transaction and commits it. The order:
 *
 * 1. `open`: the head row is locked, which serialises all appends. The same message reads the clock, the versions of
 *    all streams named, the claims, what the read models need, and the first append's guard.
 * 2. The gate looks at the head.
 * 3. `Batch.add`, for each append in turn: its versions, claim and guard are checked against what the appends before it
 *    have done; its events get positions and bytes and extend the tree.
 * 4. `Batch.flush`: full tiles, records, openings, head and claims are sent, and the read models follow. Last of all,
 *    or as soon as a guard has to see them.
 * 5. The commit goes with the last rows.
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
  if (batch.hasWritten) await tx.commit();
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

/**
 * Begins the transaction of an append whose batch has failed on a lock or a time limit. The head's lock goes in a
 * message of its own, so that it is known which of the two failed: the head, which concerns every append, or this one.
 * The limits are short: the failed batch has waited already, and this one waits while it holds the head lock.
 *
 * @throws StoreUnavailableError if the head cannot be locked
 */
async function beginBehindHead(tx: Tx): Promise<void> {
  tx.send('begin');
  await tx.query(LOCK_HEAD).catch((error: unknown) => {
    throw isUnavailability(error) ? new StoreUnavailableError('the head of the log stays locked', false, error) : error;
  });
  tx.send(`set local lock_timeout = '100ms'`);
  tx.send(`set local statement_timeout = '2s'`);
}

/** What the transaction knows once it holds the head lock. */
interface Opened {
  readonly size: number;
  readonly frontier: Buffer;
  /** The log time, read after the lock was obtained: no earlier than the last record. */
  readonly recordedAt: string;
  /** Postgres's clock at that moment, microseconds since 1970; null while suspect: nothing then counts from it. */
  readonly postgresUs: number | null;
  /** Current version of each stream that the appends name; 0 where it does not exist. */
  readonly versions: Map<string, number>;
  /** Claims of idempotency keys that are not answered, as {@link claimName} names them. */
  readonly openClaims: Set<string>;
}

/** Takes the lock. The first append's guard (`guarded`) and the read models ask behind it, in the same message. */
async function open(
  tx: AppendTx,
  appends: readonly SealedAppend[],
  { logTime, projections }: Pick<BatchSurroundings, 'logTime' | 'projections'>,
) {
  const opening = lockHeadAndRead(tx, appends, logTime);
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

async function lockHeadAndRead(tx: Tx, appends: readonly SealedAppend[], logTime: LogTime): Promise<Opened> {
  const claims = appends.flatMap(({ request }) => request.idempotency ?? []);
  const asked = logTime.moment();
  const [head, clock, unanswered] = await Promise.all([
    tx.query<HeadRow>(LOCK_HEAD),
    tx.query<VersionRow>(versionsStatement(streamsNamed(appends))),
    claims.length > 0 ? tx.query(claimsStatement(claims)) : undefined,
  ]);
  const headRow = head.rows[0];
  const clockRow = clock.rows[0];
  if (headRow === undefined || clockRow === undefined) throw new Error('log_head has no row: not migrated');
  const recordedAt = formatLogTime(logTime.observe({ ...headRow, ...clockRow }, asked));
  return {
    size: Number(headRow.size),
    frontier: headRow.frontier,
    recordedAt,
    postgresUs: logTime.suspicion === null ? Number(clockRow.postgres_us) : null,
    versions: new Map(clock.rows.map(({ stream, version }) => [stream, Number(version)])), // null is version 0
    openClaims: new Set(unanswered?.rows.map((row) => claimName(row as unknown as HeldClaim))), // three texts
  };
}

/** One string for a claim. Neither tokens nor actors hold blanks, so no two claims share one. */
function claimName({ actor, key, token }: HeldClaim): string {
  return `${token} ${actor} ${key}`;
}

/**
 * The appends of one transaction, under the head lock. Each is judged against what the earlier ones did; rows wait in
 * memory until a guard has to see them or the transaction ends.
 */
class Batch {
  /** Whether anything was sent that a commit would make last. */
  hasWritten = false;
  private readonly frontier: Frontier;
  private leafTail: Omit<LeafTail, 'frontier'>;
  private records: StoredRecord[] = [];
  private leafHashes: Buffer[] = [];
  private completions: Completion[] = [];

  constructor(
    private readonly tx: Tx,
    private readonly opened: Opened,
    private readonly project: (records: readonly StoredRecord[]) => Promise<void>,
    tail: LeafTail,
  ) {
    this.frontier = Frontier.from(opened.size, opened.frontier);
    const isSame = tail.size === opened.size && tail.frontier.equals(opened.frontier);
    this.leafTail = isSame ? tail : { size: opened.size, hashes: null };
  }

  /** The leaf hashes after the last full tile; of use only once the batch has committed. */
  get tail(): LeafTail {
    return { ...this.leafTail, frontier: this.frontier.toBytes() };
  }

  /** The log's state if this batch commits. */
  get head(): LogState {
    return { size: this.frontier.size, root: this.frontier.root() };
  }

  /**
   * Judges an append and takes in its rows. Throws only for what spoils the transaction.
   *
   * @param guarded what its guard says, if that has been asked already and nothing was added since
   */
  async add(append: SealedAppend, guarded?: Promise<GuardVerdict>): Promise<AppendOutcome> {
    const { request } = append;
    const refusal = this.versionConflict(request) ?? this.claimRefusal(request);
    if (refusal !== null) return refusal;
    if (request.guard !== undefined) {
      // It has to see what the appends before this one did.
      if (guarded === undefined) await this.flush();
      const verdict = await (guarded ?? request.guard(this.tx));
      if (verdict === OUTDATED) return { kind: 'outdated' };
      if (verdict !== null) return { kind: 'refused', error: verdict };
    }
    const { recordedAt, versions } = this.opened;
    const records = encodeRecords(append, { size: this.frontier.size, recordedAt, versions });
    if (records instanceof DomainError) return { kind: 'refused', error: records };
    return this.accept(request, records);
  }

  private versionConflict({ expected }: AppendRequest): AppendOutcome | null {
    for (const { stream, version } of expected) {
      const actualVersion = this.opened.versions.get(stream) ?? 0;
      if (actualVersion !== version) return { kind: 'version-conflict', stream, actualVersion };
    }
    return null;
  }

  // A claim that has expired may have been taken over: then its first holder must not append as well.
  private claimRefusal({ idempotency }: AppendRequest): AppendOutcome | null {
    if (idempotency === undefined) return null;
    if (this.opened.openClaims.has(claimName(idempotency))) return null;
    const error = new DomainError('IDEMPOTENCY_KEY_IN_USE', 'another request with this Idempotency-Key came first');
    return { kind: 'refused', error };
  }

  private accept(request: AppendRequest, records: StoredRecord[]): AppendOutcome {
    const firstPosition = this.frontier.size + 1;
    for (const { record, leaf } of records) {
      const hash = leafHash(leaf);
      this.frontier.append(hash);
      this.leafHashes.push(hash);
      this.opened.versions.set(record.stream, record.version);
    }
    this.records.push(...records);
    const lastPosition = this.frontier.size;
    const appended = { firstPosition, lastPosition, records };
    if (request.idempotency !== undefined) this.complete(request.idempotency, appended);
    return records.length === 0 ? { kind: 'unchanged', headPosition: lastPosition } : { kind: 'appended', ...appended };
  }

  private complete(completion: NonNullable<AppendRequest['idempotency']>, appended: AppendedEvents): void {
    const { actor, key } = completion;
    this.completions.push({ actor, key, ...completion.complete(appended) });
    this.opened.openClaims.delete(claimName(completion));
  }

  /** Hands the waiting rows to the transaction and runs the read models over them. They go with the next question. */
  async flush(): Promise<void> {
    const { records, leafHashes, completions } = this;
    if (records.length === 0 && completions.length === 0) return;
    this.records = [];
    this.leafHashes = [];
    this.completions = [];
    this.hasWritten = true;
    const { tiles, tail } = await fillTiles(this.tx, this.leafTail, leafHashes);
    this.leafTail = tail;
    if (records.length > 0) this.sendRecords(records, leafHashes);
    if (tiles.length > 0) this.tx.send(tilesStatement(tiles));
    if (completions.length > 0) this.tx.send(completionsStatement(completions));
    if (records.length > 0) await this.project(records);
  }

  private sendRecords(records: readonly StoredRecord[], leafHashes: readonly Buffer[]): void {
    const { frontier } = this;
    const { recordedAt, postgresUs } = this.opened;
    const openings = openingsStatement(records);
    this.tx.send(recordsStatement(records, leafHashes, recordedAt));
    if (openings !== null) this.tx.send(openings);
    const { size } = frontier;
    const head = { size, root: frontier.root(), frontier: frontier.toBytes(), recordedAt, postgresUs };
    this.tx.send(headStatement(head));
  }
}
