import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { translated } from '../errors.js';
import type { LogTime } from './log-time.js';

/** How far ahead of what is signed the bound is put, so that it need not be moved for each head. Microseconds. */
const AHEAD_US = 1_000_000;

/**
 * A bound in Postgres that this replica does not sign a later time than. A replica that starts begins at the largest one, so as gateways see it
 * the log time does not go back when a replica crashes whose time was ahead.
 */
export class SignedBound {
  private readonly replica = randomUUID();
  private boundUs = 0;
  private moving: Promise<void> | null = null;
  private hasRow = false;

  constructor(
    private readonly pool: pg.Pool,
    private readonly logTime: LogTime,
  ) {}

  /** Reads what was signed before; to be called before the first log time of this process. */
  async read(): Promise<void> {
    const { rows } = await translated(this.pool.query<{ bound_us: string | null }>(selectLargest));
    const text = rows[0]?.bound_us ?? null;
    this.logTime.beginAt(text === null ? null : Number(text));
  }

  /** Resolves once it is on disk that nothing at or before this time (microseconds since 1970) may be said anew. */
  async cover(timeUs: number): Promise<void> {
    // Half of it used up: the next head need not wait.
    if (timeUs > this.boundUs - AHEAD_US / 2) this.moving ??= this.move(timeUs);
    if (timeUs <= this.boundUs) return void this.moving?.catch(() => undefined);
    await this.moving;
    return this.cover(timeUs);
  }

  private async move(timeUs: number): Promise<void> {
    const boundUs = Math.ceil(timeUs) + AHEAD_US;
    try {
      await translated(this.pool.query(upsertBound, [this.replica, boundUs]));
      // Only the largest bound says anything. A row of a replica that still runs is back with its next head.
      if (!this.hasRow) await translated(this.pool.query(deleteSmaller, [this.replica, boundUs]));
      this.hasRow = true;
      this.boundUs = boundUs;
    } finally {
      this.moving = null;
    }
  }
}

const instant = `timestamptz 'epoch' + $2::bigint * interval '1 microsecond'`;

const selectLargest = `
  select (extract(epoch from max(bound_at)) * 1000000)::bigint as bound_us
  from keyfold.log_time_bounds`;

const upsertBound = `
  insert into keyfold.log_time_bounds as b (replica, bound_at)
  values ($1::text, ${instant})
  on conflict on constraint log_time_bounds_replica_key do update
  set bound_at = greatest(b.bound_at, excluded.bound_at)`;

const deleteSmaller = `
  delete from keyfold.log_time_bounds
  where replica in (
    select replica
    from keyfold.log_time_bounds
    where replica <> $1::text
      and bound_at <= ${instant}
    for update skip locked
  )`;
