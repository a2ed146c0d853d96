import { isUnavailability, StoreUnavailableError } from '../errors.js';
import { claimToken, type HeldClaim } from '../idempotency.js';
import type { Tx } from './append-request.js';
import { textArray } from './sql-literals.js';
import type { SealedAppend } from './sealed-append.js';
import { formatLogTime, HEAD_CLOCK_COLUMNS, type ClockRow, type LogTime } from '../time/log-time.js';

/** What an append's transaction knows once it holds the head lock. */
export interface OpenedTransaction {
  readonly size: number;
  readonly frontier: Buffer;
  /** The log time, read after the lock was obtained: no earlier than the last record. */
  readonly recordedAt: string;
  /** Postgres's clock at that moment, microseconds since 1970; null while it is suspect, since nothing may be counted from it then. */
  readonly postgresUs: number | null;
  /** Current version of each stream that the appends name; 0 where it does not exist. */
  readonly versions: Map<string, number>;
  /** Claims of idempotency keys that are not answered, as {@link claimName} names them. */
  readonly openClaims: Set<string>;
}

// Serialises all appends: the head row is the first lock each takes, so no order of locks can deadlock.
const lockHead = `
  prepare keyfold_lock_head as
  select h.size, h.frontier, ${HEAD_CLOCK_COLUMNS}
  from keyfold.log_head h
  where h.id = 1
  for update`;

// A statement of its own: in the one above the clock would be read before the lock is granted, and without a snapshot
// taken after the lock the versions would miss what the previous holder wrote.
const readClockAndVersions = `
  prepare keyfold_read_versions (text[]) as
  select
    (extract(epoch from clock_timestamp()) * 1000000)::bigint as postgres_us,
    named.stream,
    (
      select e.version
      from keyfold.events e
      where e.stream = named.stream
      order by e.version desc
      limit 1
    ) as version
  from (select 1) as always
  left join unnest($1) as named (stream) on true`;

// Locked until commit, so that an expired claim cannot be taken over between this look and its completion.
const lockClaims = `
  prepare keyfold_lock_claims (text[], text[]) as
  select claim.actor, claim.key, ${claimToken('claim')} as token
  from unnest($1, $2) as named (actor, key)
  join keyfold.idempotency_keys claim on claim.actor = named.actor and claim.key = named.key
  where claim.status is null
  for update of claim`;

/** What {@link openTransaction} executes; prepared once per connection. */
export const openingStatements: readonly string[] = [lockHead, readClockAndVersions, lockClaims];

/**
 * Begins the transaction of an append whose batch has failed on a lock or a time limit. The head's lock goes in a message of
 * its own, so that it is known which of the two failed: the head, which concerns every append, or this one. The limits
 * are short: the failed batch has waited already, and this one waits with the head lock in its hands.
 *
 * @throws StoreUnavailableError if the head cannot be locked
 */
export async function beginBehindHead(tx: Tx): Promise<void> {
  tx.send('begin');
  await tx.query('execute keyfold_lock_head').catch((err: unknown) => {
    throw isUnavailability(err) ? new StoreUnavailableError('the head of the log stays locked', false, err) : err;
  });
  tx.send(`set local lock_timeout = '100ms'`);
  tx.send(`set local statement_timeout = '2s'`);
}

/**
 * Takes the head lock in a transaction that has begun and reads what the appends need, in one message; what else is asked
 * of the transaction in this turn goes with it, behind the lock.
 */
export async function openTransaction(
  tx: Tx,
  appends: readonly SealedAppend[],
  logTime: LogTime,
): Promise<OpenedTransaction> {
  const claims = appends.flatMap(({ request }) => request.idempotency ?? []);
  const asked = logTime.moment();
  const [head, clock, open] = await Promise.all([
    tx.query<HeadRow>('execute keyfold_lock_head'),
    tx.query<VersionRow>(`execute keyfold_read_versions (${textArray(streamsOf(appends))})`),
    claims.length > 0 ? tx.query(claimsStatement(claims)) : undefined,
  ]);
  const named = clock.rows;
  const headRow = head.rows[0];
  const clockRow = named[0];
  if (headRow === undefined || clockRow === undefined) throw new Error('log_head has no row: not migrated');
  const recordedAt = formatLogTime(logTime.observe({ ...headRow, ...clockRow }, asked));
  return {
    size: Number(headRow.size),
    frontier: headRow.frontier,
    recordedAt,
    postgresUs: logTime.suspicion === null ? Number(clockRow.postgres_us) : null,
    versions: new Map(named.map(({ stream, version }) => [stream, Number(version)])), // null is version 0
    openClaims: new Set(open?.rows.map((row) => claimName(row as unknown as HeldClaim))), // three texts
  };
}

type HeadRow = Omit<ClockRow, 'postgres_us'> & { readonly size: string; readonly frontier: Buffer };
type VersionRow = Pick<ClockRow, 'postgres_us'> & { readonly stream: string; readonly version: string | null };

function claimsStatement(claims: readonly { actor: string; key: string }[]): string {
  const actors = textArray(claims.map(({ actor }) => actor));
  const keys = textArray(claims.map(({ key }) => key));
  return `execute keyfold_lock_claims (${actors}, ${keys})`;
}

/** One string for a claim. Neither tokens nor actors hold blanks, so no two claims share one. */
export function claimName({ actor, key, token }: HeldClaim): string {
  return `${token} ${actor} ${key}`;
}

function streamsOf(appends: readonly SealedAppend[]): string[] {
  const streams = new Set<string>();
  for (const { request } of appends) {
    for (const { stream } of request.expected) streams.add(stream);
    for (const { stream } of request.events) streams.add(stream);
  }
  return [...streams];
}
