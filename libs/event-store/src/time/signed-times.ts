import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { translated } from '../errors.js';

/**
 * The latest log times that replicas have signed, kept in Postgres: one that starts begins there, so as gateways see it
 * the time does not go back.
 */
export class SignedTimes {
  /** Names this replica in the table. */
  readonly replica = randomUUID();
  private isAlone = false;

  constructor(private readonly pool: pg.Pool) {}

  /** @returns the latest one, microseconds since 1970; null if nothing was signed */
  async latestUs(): Promise<number | null> {
    const { rows } = await translated(this.pool.query<{ signed_us: string | null }>(selectLatest));
    const text = rows[0]?.signed_us ?? null;
    return text === null ? null : Number(text);
  }

  /** Writes a time of this replica, in a caller's transaction: see {@link recordSignedTimeSql}. */
  async record(tx: pg.ClientBase, timeUs: number): Promise<void> {
    await translated(tx.query(recordSignedTimeSql('$1', '$2'), [this.replica, Math.ceil(timeUs)]));
  }

  /** To be called once a time of this replica is in the table: rows of earlier starts go. */
  async forgetEarlier(timeUs: number): Promise<void> {
    if (this.isAlone) return;
    // Only the latest says anything. A row of a replica that still runs is back with its next head.
    await translated(this.pool.query(deleteEarlier, [this.replica, Math.ceil(timeUs)]));
    this.isAlone = true;
  }
}

/**
 * SQL that writes that a head with this time will be signed once its transaction has committed: to be run with the
 * lease rows of that head, by the same statement (as a `with` clause) or transaction.
 *
 * @param replica placeholder of `PostgresEventStore.replica`
 * @param timeUs placeholder of the time, whole microseconds since 1970
 */
export const recordSignedTimeSql = (replica: string, timeUs: string): string => `
  insert into keyfold.signed_log_times as t (replica, signed_at)
  values (${replica}::text, timestamptz 'epoch' + ${timeUs}::bigint * interval '1 microsecond')
  on conflict on constraint signed_log_times_replica_key do update
  set signed_at = greatest(t.signed_at, excluded.signed_at)`;

const selectLatest = `
  select (extract(epoch from max(signed_at)) * 1000000)::bigint as signed_us
  from keyfold.signed_log_times`;

const deleteEarlier = `
  delete from keyfold.signed_log_times
  where replica in (
    select replica
    from keyfold.signed_log_times
    where replica <> $1::text
      and signed_at <= timestamptz 'epoch' + $2::bigint * interval '1 microsecond'
    for update skip locked
  )`;
