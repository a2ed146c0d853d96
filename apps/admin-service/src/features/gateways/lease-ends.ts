import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { leaseOverAfterMs } from '@keyfold/domain';
import { HostClock } from '@keyfold/service-kit';
import { Database } from '../../platform/database.js';
import { PeriodicTask } from '../../platform/periodic-task.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { MAX_LEASE_ROWS } from './lease-book.js';
import { LeaseGenerations } from './lease-generations.js';

const INTERVAL_MS = 2_000;
/** Ended rows of a slot stay so long, by a replica's own clock: receipts that are still being made name them. */
const KEPT_MS = 3_600_000;
/** At most so many of them, where a process starts again and again. */
const KEPT_ENDED_ROWS = 16;
/** Looks at the rows between two deletions. */
const LOOKS_A_DELETION = 60;
/** Above it, rows without a lease go early, so that there is room for new ones. */
const CROWDED_ROWS = MAX_LEASE_ROWS * 0.9;

interface WatchedRow {
  /** Names row and reply: another one once the row has changed. */
  readonly renewal: string;
  readonly longestSeconds: number;
  /** Of the host's clock, taken behind the first read that showed this renewal. */
  readonly firstReadMs: number;
}

/**
 * Marks leases that have run out. A lease is over once its row has stood unchanged for its length and a margin on this
 * replica's own monotonic clock: no clock of Postgres and no time in a row says so. Rows that have ended go later, and
 * only if their gateway keeps another one.
 */
@Injectable()
export class LeaseEnds implements OnApplicationBootstrap, OnApplicationShutdown {
  private running = new Map<string, WatchedRow>();
  private ended = new Map<string, number>();
  private looks = 0;
  private readonly task: PeriodicTask;

  constructor(
    private readonly database: Database,
    private readonly clock: HostClock,
    private readonly generations: LeaseGenerations,
    { log }: ServiceLogger,
  ) {
    this.task = new PeriodicTask(
      () => this.sweep(),
      INTERVAL_MS,
      (error) => {
        log.warn({ err: error }, 'expired leases could not be determined; will retry');
      },
    );
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** One look at the rows. */
  async sweep(): Promise<void> {
    await this.generations.current();
    const { rows } = await this.database.pool.query<LeaseStateRow>(selectStates);
    // After the answer: the rows were read before.
    const nowMs = this.clock.nowMs();
    const running = rows.filter(({ is_ended, longest_seconds }) => !is_ended && longest_seconds > 0);
    this.running = new Map(running.map((row) => [row.id, watched(row, this.running.get(row.id), nowMs)]));
    this.ended = new Map(rows.filter(({ is_ended }) => is_ended).map(({ id }) => [id, this.ended.get(id) ?? nowMs]));
    const over = [...this.running].filter(([, row]) => isOver(row, nowMs));
    if (over.length > 0) await this.markOver(over);
    this.looks += 1;
    if (rows.length > CROWDED_ROWS) await this.database.pool.query(makeRoom, [rows.length - CROWDED_ROWS]);
    else if (this.looks % LOOKS_A_DELETION === 0) await this.deleteEnded(nowMs);
  }

  private async markOver(over: readonly (readonly [string, WatchedRow])[]): Promise<void> {
    const ids = over.map(([id]) => id);
    const renewals = over.map(([, { renewal }]) => renewal);
    await this.database.pool.query(markOver, [ids, renewals, this.database.logTime.now()]);
  }

  private async deleteEnded(nowMs: number): Promise<void> {
    const old = [...this.ended].filter(([, sinceMs]) => nowMs - sinceMs >= KEPT_MS).map(([id]) => id);
    await this.database.pool.query(deleteEnded, [old, KEPT_ENDED_ROWS]);
  }
}

interface LeaseStateRow {
  readonly id: string;
  readonly renewal: string;
  readonly longest_seconds: number;
  readonly is_ended: boolean;
}

function watched(row: LeaseStateRow, before: WatchedRow | undefined, nowMs: number): WatchedRow {
  if (before?.renewal === row.renewal) return before;
  return { renewal: row.renewal, longestSeconds: row.longest_seconds, firstReadMs: nowMs };
}

function isOver({ firstReadMs, longestSeconds }: WatchedRow, nowMs: number): boolean {
  return nowMs - firstReadMs >= leaseOverAfterMs(longestSeconds);
}

const selectStates = `
  select l.id, l.renewal, l.longest_seconds, l.ended is not null as is_ended
  from keyfold.gateway_leases l`;

// Only as it was read: a reply that came since has a lease of its own.
const markOver = `
  update keyfold.gateway_leases l
  set ended = 'run-out', ended_at = $3::timestamptz
  from unnest($1::bigint[], $2::bigint[]) as over (id, renewal)
  where l.id = over.id
    and l.renewal = over.renewal
    and l.ended is null`;

// The last row of a gateway stays until the gateway is retired.
const deleteEnded = `
  delete from keyfold.gateway_leases l
  using (
    select e.id, row_number() over (partition by e.gateway_id, e.slot order by e.id desc) as nth
    from keyfold.gateway_leases e
    where e.ended is not null
  ) as old
  where l.id = old.id
    and (old.id = any ($1::bigint[]) or old.nth > $2::int)
    and l.ended is not null
    and exists (
      select 1
      from keyfold.gateway_leases other
      where other.gateway_id = l.gateway_id
        and other.id > l.id
    )`;

// The longest unseen go first, but none whose lease may run.
const makeRoom = `
  delete from keyfold.gateway_leases l
  using (
    select s.id
    from keyfold.gateway_leases s
    where s.ended is not null
      or s.longest_seconds = 0
    order by s.logged_at, s.id
    limit $1::int
  ) as surplus
  where l.id = surplus.id
    and (l.ended is not null or l.longest_seconds = 0)`;
