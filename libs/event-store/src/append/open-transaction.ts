import pg from 'pg';
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
const readClockAndVersions = (streams: string): string => `
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
  left join unnest(array[${streams}]::text[]) as named (stream) on true`;

// Locked until commit, so that an expired claim cannot be taken over between this look and its completion.
const lockClaims = (claims: string): string => `
  select actor, key
  from keyfold.idempotency_keys
  where (actor, key) in (${claims})
    and status is null
  for update`;

/**
 * Begins a transaction, takes the head lock and reads what the appends need: one round trip. Read committed, whatever the
 * database's default, since each statement must see what was committed before the lock was granted.
 */
export async function openTransaction(tx: Tx, appends: readonly SealedAppend[]): Promise<OpenedTransaction> {
  const claims = appends.flatMap(({ request }) => request.idempotency ?? []);
  const statements = ['begin isolation level read committed', lockHead, readClockAndVersions(streamLiterals(appends))];
  if (claims.length > 0) statements.push(lockClaims(claims.map(claimLiteral).join(', ')));
  // pg answers several statements with an array, which its types do not say.
  const results = (await tx.query(statements.join(';\n'))) as unknown as pg.QueryResult<Record<string, unknown>>[];
  const [, head, clock, open] = results.map((result) => result.rows);
  const headRow = head?.[0];
  const firstClock = clock?.[0];
  if (headRow === undefined || firstClock === undefined) throw new Error('log_head has no row: not migrated');
  return {
    size: Number(headRow['size']),
    frontier: headRow['frontier'] as Buffer, // bytea
    recordedAtMs: Number(headRow['recorded_at_ms'] ?? 0),
    nowMs: Number(firstClock['now_ms']),
    versions: new Map((clock ?? []).map((row) => [String(row['stream']), Number(row['version'] ?? 0)])),
    openClaims: new Set((open ?? []).map((row) => claimName(String(row['actor']), String(row['key'])))),
  };
}

/** One string for an actor's idempotency key. Actors hold no blanks, so no two pairs share one. */
export function claimName(actor: string, key: string): string {
  return `${actor} ${key}`;
}

function streamLiterals(appends: readonly SealedAppend[]): string {
  const streams = new Set<string>();
  for (const { request } of appends) {
    for (const { stream } of request.expected) streams.add(stream);
    for (const { stream } of request.events) streams.add(stream);
  }
  return Array.from(streams, (stream) => pg.escapeLiteral(stream)).join(', ');
}

function claimLiteral({ actor, key }: { actor: string; key: string }): string {
  return `(${pg.escapeLiteral(actor)}, ${pg.escapeLiteral(key)})`;
}
