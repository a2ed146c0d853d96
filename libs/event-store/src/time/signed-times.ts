import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { translated } from '../errors.js';
import { prepared } from '../prepared.js';

/** The latest log times that replicas have signed, kept in Postgres: one that starts begins there, so as gateways see it the time does not go back. */
export class SignedTimes {
  private readonly replica = randomUUID();
  private hasRow = false;

  constructor(private readonly pool: pg.Pool) {}

  /** @returns the latest one, microseconds since 1970; null if nothing was signed */
  async latestUs(): Promise<number | null> {
    const { rows } = await translated(this.pool.query<{ signed_us: string | null }>(selectLatest));
    const text = rows[0]?.signed_us ?? null;
    return text === null ? null : Number(text);
  }

  /** Writes, in a caller's transaction, that a head with this time will be signed once that has committed. */
  async record(tx: pg.ClientBase, timeUs: number): Promise<void> {
    const signedUs = Math.ceil(timeUs);
    await translated(tx.query(upsertTime([this.replica, signedUs])));
    if (this.hasRow) return;
    // Only the latest says anything. A row of a replica that still runs is back with its next head.
    await translated(tx.query(deleteEarlier, [this.replica, signedUs]));
    this.hasRow = true;
  }
}

const instant = `timestamptz 'epoch' + $2::bigint * interval '1 microsecond'`;

const selectLatest = `
  select (extract(epoch from max(signed_at)) * 1000000)::bigint as signed_us
  from keyfold.signed_log_times`;

const upsertTime = prepared(
  'keyfold_record_signed_time',
  `
  insert into keyfold.signed_log_times as t (replica, signed_at)
  values ($1::text, ${instant})
  on conflict on constraint signed_log_times_replica_key do update
  set signed_at = greatest(t.signed_at, excluded.signed_at)`,
);

const deleteEarlier = `
  delete from keyfold.signed_log_times
  where replica in (
    select replica
    from keyfold.signed_log_times
    where replica <> $1::text
      and signed_at <= ${instant}
    for update skip locked
  )`;
