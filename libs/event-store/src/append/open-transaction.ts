import type { Tx } from './append-request.js';
import type { SealedAppend } from './sealed-append.js';

/** What an append's transaction knows once it holds the head lock. */
export interface OpenedTransaction {
  readonly size: number;
  readonly frontier: Buffer;
  /** The last record's time, 0 for an empty log. Milliseconds since the epoch. */
  readonly recordedAtMs: number;
  /** Postgres's clock, read after the lock was obtained. Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Current version of each stream that the appends name; 0 where it does not exist. */
  readonly versions: Map<string, number>;
  /** Claims of idempotency keys that nobody has answered yet, as {@link claimName} names them. */
  readonly openClaims: Set<string>;
}

// Serialises all appends: the head row is the first lock each takes, so no order of locks can deadlock.
const lockHead = `
  select size, frontier, (extract(epoch from recorded_at) * 1000)::bigint as recorded_at_ms
  from keyfold.log_head
  where id = 1
  for update`;

// A statement of its own: in the one above the clock would be read before the lock is granted, and without a snapshot
// taken after the lock the versions would miss what the previous holder wrote.
const readClockAndVersions = `
  select
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms,
    named.stream,
    (
      select e.version
      from keyfold.events e
      where e.stream = named.stream
      order by e.version desc
      limit 1
    ) as version
  from (select 1) as always
  left join unnest($1::text[]) as named (stream) on true`;

// Locked until commit, so that an expired claim cannot be taken over between this look and its completion.
const lockClaims = `
  select claim.actor, claim.key
  from unnest($1::text[], $2::text[]) as named (actor, key)
  join keyfold.idempotency_keys claim on claim.actor = named.actor and claim.key = named.key
  where claim.status is null
  for update of claim`;

interface HeadRow {
  readonly size: string;
  readonly frontier: Buffer;
  readonly recorded_at_ms: string | null;
}

interface ClockRow {
  readonly now_ms: string;
  readonly stream: string | null;
  readonly version: string | null;
}

/**
 * Begins a transaction, takes the head lock and reads what the appends need: one round trip on a connection that
 * pipelines, and nothing to plan. Read committed, whatever the database's default, since each statement must see what was
 * committed before the lock was granted.
 */
export async function openTransaction(tx: Tx, appends: readonly SealedAppend[]): Promise<OpenedTransaction> {
  // All are waited for, so that none is still running when the caller rolls back; the first failure is the cause.
  const [begun, locked, read, claimed] = await Promise.allSettled([
    tx.query('begin isolation level read committed'),
    tx.query<HeadRow>({ name: 'keyfold-lock-head', text: lockHead }),
    tx.query<ClockRow>({ name: 'keyfold-read-versions', text: readClockAndVersions, values: [streamsOf(appends)] }),
    openClaims(tx, appends),
  ]);
  valueOf(begun);
  const head = valueOf(locked).rows[0];
  const clock = valueOf(read).rows;
  const firstClock = clock[0];
  if (head === undefined || firstClock === undefined) throw new Error('log_head has no row: not migrated');
  return {
    size: Number(head.size),
    frontier: head.frontier,
    recordedAtMs: Number(head.recorded_at_ms ?? 0),
    nowMs: Number(firstClock.now_ms),
    versions: new Map(clock.map(({ stream, version }) => [String(stream), Number(version ?? 0)])),
    openClaims: valueOf(claimed),
  };
}

/** One string for an actor's idempotency key. Actors hold no blanks, so no two pairs share one. */
export function claimName(actor: string, key: string): string {
  return `${actor} ${key}`;
}

async function openClaims(tx: Tx, appends: readonly SealedAppend[]): Promise<Set<string>> {
  const claims = appends.flatMap(({ request }) => request.idempotency ?? []);
  if (claims.length === 0) return new Set();
  const { rows } = await tx.query<{ actor: string; key: string }>({
    name: 'keyfold-lock-claims',
    text: lockClaims,
    values: [claims.map(({ actor }) => actor), claims.map(({ key }) => key)],
  });
  return new Set(rows.map(({ actor, key }) => claimName(actor, key)));
}

function streamsOf(appends: readonly SealedAppend[]): string[] {
  const streams = new Set<string>();
  for (const { request } of appends) {
    for (const { stream } of request.expected) streams.add(stream);
    for (const { stream } of request.events) streams.add(stream);
  }
  return [...streams];
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
