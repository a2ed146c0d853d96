import { Injectable } from '@nestjs/common';
import { leaseOverAfterMs, SETTINGS_BOUNDS } from '@keyfold/domain';
import { HostClock } from '@keyfold/service-kit';
import { Database } from '../../platform/database.js';
import { LogKeys } from '../../platform/log-keys.js';
import { type GenerationRow, SELECT_NEWEST_GENERATION } from '../../tables/lease-rows.js';

/** The newest generation of lease rows. */
export interface LeaseGeneration {
  readonly generation: number;
  /** Whether every lease has a row: nothing may be confirmed before. */
  readonly isComplete: boolean;
}

/**
 * Tells whether leases may be out that no row tells of. That is so after an upgrade from a version without rows, on a
 * new timeline of Postgres, where a standby without the last rows may have taken over, and under a new origin of the
 * log, which follows a fork. They are over once the longest of them has passed on a replica's own monotonic clock.
 */
@Injectable()
export class LeaseGenerations {
  private counted: { readonly generation: number; readonly firstReadMs: number } | null = null;
  private readonly origin: string;
  /**
   * Then another origin means that this replica has been replaced: it must not begin a generation against the replicas
   * of that one.
   */
  private wasNewest = false;

  constructor(
    private readonly database: Database,
    private readonly clock: HostClock,
    { signer }: LogKeys,
  ) {
    this.origin = signer.name;
  }

  /**
   * Reads the newest generation, and begins a new one where the log has another origin, or Postgres another timeline,
   * than it was begun with.
   */
  async current(): Promise<LeaseGeneration> {
    return this.judge(await this.newest());
  }

  /** The same for a generation that was read with the rows, or behind them. */
  async judge(read: GenerationRow): Promise<LeaseGeneration> {
    if (this.isOwn(read)) return this.countDown(read);
    await this.settle(read);
    // Another replica may have been faster.
    const row = await this.newest();
    return this.isOwn(row) ? this.countDown(row) : { generation: row.generation, isComplete: false };
  }

  private isOwn({ current_timeline, origin, timeline }: GenerationRow): boolean {
    if (origin === this.origin) this.wasNewest = true;
    return timeline === current_timeline && origin === this.origin;
  }

  private async settle({ current_timeline, generation, origin, timeline }: GenerationRow): Promise<void> {
    const { pool } = this.database;
    const next = [generation + 1, current_timeline, this.origin];
    if (origin !== null && origin !== this.origin) {
      if (!this.wasNewest) await pool.query(beginAfterFork, [...next, SETTINGS_BOUNDS.gatewayLeaseSeconds.max]);
    } else if (timeline !== null && timeline !== current_timeline) await pool.query(beginOnTimeline, next);
    else await pool.query(setFirst, [generation, current_timeline, this.origin]);
  }

  private async newest(): Promise<GenerationRow> {
    const { rows } = await this.database.pool.query<GenerationRow>(SELECT_NEWEST_GENERATION);
    const [row] = rows;
    if (row === undefined) throw new Error('lease_generations has no row');
    return row;
  }

  private async countDown(row: GenerationRow): Promise<LeaseGeneration> {
    const { generation } = row;
    if (row.is_over) return { generation, isComplete: true };
    // After the answer: what may be out was granted before.
    const nowMs = this.clock.nowMs();
    if (this.counted?.generation !== generation) this.counted = { generation, firstReadMs: nowMs };
    if (nowMs - this.counted.firstReadMs < leaseOverAfterMs(row.unknown_seconds))
      return { generation, isComplete: false };
    await this.database.pool.query(markOver, [generation, row.timeline]);
    return { generation, isComplete: true };
  }
}

const setFirst = `
  update keyfold.lease_generations
  set timeline = $2::text, origin = $3::text
  where generation = $1::int
    and coalesce(timeline, $2::text) = $2::text
    and coalesce(origin, $3::text) = $3::text`;

// Rows that the new timeline has lost are later than all that it knows, so they were written under the setting that it
// knows: a change of the setting among what is lost is a fork, on which nothing is signed or confirmed.
const beginOnTimeline = `
  insert into keyfold.lease_generations (generation, reason, timeline, origin, unknown_seconds, is_over)
  select $1::int, 'timeline', $2::text, $3::text,
    greatest(
      coalesce((select (s.state -> 'settings' ->> 'gatewayLeaseSeconds')::int from keyfold.settings s where s.id = 1), 60),
      (select max(l.longest_seconds) from keyfold.gateway_leases l where l.ended is null)
    ),
    false
  on conflict on constraint lease_generations_pkey do nothing`;

// What was lost may have made the lease as long as it can be, and nobody knows any more. A replica that was starting
// while the fork was acknowledged works for the origin before until it ends. Were it to begin a generation, the
// replicas of the new origin would take themselves for replaced and confirm nothing.
const beginAfterFork = `
  insert into keyfold.lease_generations (generation, reason, timeline, origin, unknown_seconds, is_over)
  select $1::int, 'fork', $2::text, $3::text, $4::int, false
  where not exists (
    select
    from keyfold.log_origins o
    where o.previous_origin = $3::text
  )
  on conflict on constraint lease_generations_pkey do nothing`;

const markOver = `
  update keyfold.lease_generations
  set is_over = true
  where generation = $1::int
    and timeline = $2::text`;
