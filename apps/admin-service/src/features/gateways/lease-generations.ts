import { Injectable } from '@nestjs/common';
import { leaseOverAfterMs } from '@keyfold/domain';
import { HostClock } from '@keyfold/service-kit';
import { Database } from '../../platform/database.js';
import { type GenerationRow, SELECT_NEWEST_GENERATION } from '../../tables/lease-rows.js';

/** The newest generation of lease rows. */
export interface LeaseGeneration {
  readonly generation: number;
  /** Whether every lease has a row: nothing may be confirmed before. */
  readonly isComplete: boolean;
}

/**
 * Tells whether leases may be out that no row tells of. That is so after an upgrade from a version without rows, and on
 * a new timeline of Postgres, where a standby without the last rows may have taken over. They are over once the longest
 * of them has passed on a replica's own monotonic clock.
 */
@Injectable()
export class LeaseGenerations {
  private counted: { readonly generation: number; readonly firstReadMs: number } | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: HostClock,
  ) {}

  /** Reads the newest generation, and begins a new one where Postgres has another timeline than it was begun on. */
  async current(): Promise<LeaseGeneration> {
    return this.judge(await this.newest());
  }

  /** The same for a generation that was read with the rows, or behind them. */
  async judge(row: GenerationRow): Promise<LeaseGeneration> {
    if (row.timeline === row.current_timeline) return this.countDown(row);
    if (row.timeline === null) await this.database.pool.query(setTimeline, [row.generation, row.current_timeline]);
    else await this.database.pool.query(beginGeneration, [row.generation + 1, row.current_timeline]);
    // Another replica may have been faster.
    return this.countDown(await this.newest());
  }

  private async newest(): Promise<GenerationRow> {
    const { rows } = await this.database.pool.query<GenerationRow>(SELECT_NEWEST_GENERATION);
    const [row] = rows;
    if (row === undefined) throw new Error('lease_generations has no row');
    return row;
  }

  private async countDown(row: GenerationRow): Promise<LeaseGeneration> {
    const { generation } = row;
    if (row.timeline !== row.current_timeline) return { generation, isComplete: false };
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

const setTimeline = `
  update keyfold.lease_generations
  set timeline = $2::text
  where generation = $1::int
    and timeline is null`;

// Rows that the new timeline has lost are later than all that it knows, so they were written under the setting that it
// knows: a change of the setting among what is lost is a fork, on which nothing is signed or confirmed.
const beginGeneration = `
  insert into keyfold.lease_generations (generation, reason, timeline, unknown_seconds, is_over)
  select $1::int, 'timeline', $2::text,
    greatest(
      coalesce((select (s.state -> 'settings' ->> 'gatewayLeaseSeconds')::int from keyfold.settings s where s.id = 1), 60),
      (select max(l.longest_seconds) from keyfold.gateway_leases l where l.ended is null)
    ),
    false
  on conflict on constraint lease_generations_pkey do nothing`;

const markOver = `
  update keyfold.lease_generations
  set is_over = true
  where generation = $1::int
    and timeline = $2::text`;
