import type pg from 'pg';
import {
  type ClockReading,
  type ClockState,
  type ClockSuspicion,
  initialClockState,
  logTimeAt,
  type LogTimeMark,
  nextLogTime,
  observeClocks,
} from '@keyfold/domain';
import { StoreRefusedError, translated } from '../errors.js';
import { prepared } from '../prepared.js';

/** The clocks of a process. Milliseconds. */
export interface ProcessClock {
  /** Since some fixed moment; never goes back, and counts the time for which the host sleeps. */
  nowMs(): number;
  /** Since 1970. */
  wallMs(): number;
}

/** Both clocks of a process, read one after the other. */
export interface ProcessMoment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** What {@link LogTime.observe} takes, in microseconds since 1970: {@link clockColumns} of a row. */
export interface ClockRow {
  readonly recorded_at_us: string | null;
  readonly postgres_at_head_us: string | null;
  readonly postgres_us: string;
}

/** Of `log_head h`: what the log time is computed from beside Postgres's clock. */
export const HEAD_CLOCK_COLUMNS = `
    (extract(epoch from h.recorded_at) * 1000000)::bigint as recorded_at_us,
    case when h.postgres_time_size = h.size then (extract(epoch from h.postgres_time) * 1000000)::bigint end
      as postgres_at_head_us`;

/**
 * Columns of a {@link ClockRow}, of a query with `log_head h`.
 *
 * @param clock `now()` in a transaction whose other statements go by `now()`, so that what is judged is what they use
 */
export const clockColumns = (
  clock: 'clock_timestamp()' | 'now()' = 'clock_timestamp()',
): string => `${HEAD_CLOCK_COLUMNS},
    (extract(epoch from ${clock}) * 1000000)::bigint as postgres_us`;

/** Settings of a {@link LogTime}. */
export interface LogTimeOptions {
  readonly clock: ProcessClock;
  /**
   * Up to this instant of Postgres's clock the clocks are accepted as they are. Milliseconds since 1970; undefined:
   * never.
   */
  readonly trustUntilMs?: number | undefined;
}

/**
 * The log time of this process, and whether it believes Postgres's clock. One for all that a process does with a log:
 * what it has appended or signed is never later than what it appends or signs next.
 */
export class LogTime {
  private mark: LogTimeMark | null = null;
  private clocks: ClockState = initialClockState;
  private signedBoundUs: number | null = null;
  private isTrusted = false;

  constructor(private readonly options: LogTimeOptions) {}

  /** Why Postgres's clock was not believed at the last observation; null if it was. */
  get suspicion(): ClockSuspicion | null {
    return this.isTrusted ? null : (this.clocks.suspect?.reason ?? null);
  }

  /** The process's clocks; to be read before Postgres is asked for its own. */
  moment(): ProcessMoment {
    const { clock } = this.options;
    return { monotonicMs: clock.nowMs(), wallMs: clock.wallMs() };
  }

  /**
   * The log time, continued from the last observation: for rows that expire and are not part of the log. A wrong clock
   * moves it no further than the bounds of the log time, so a row that is written meanwhile neither expires at once nor
   * lives for ever.
   */
  now(): Date {
    if (this.mark === null) throw new Error('the log time has not been observed yet');
    return new Date(Math.floor(logTimeAt(this.mark, this.options.clock.nowMs()) / 1_000));
  }

  /**
   * No log time will be earlier than this one, which an earlier process may have signed. To be called before the first
   * observation.
   */
  beginAt(signedBoundUs: number | null): void {
    this.signedBoundUs = signedBoundUs;
  }

  /**
   * Takes in Postgres's clock, read with the head.
   *
   * @param asked the process's clocks before the question: see {@link moment}
   * @returns the log time of this moment, microseconds since 1970; no earlier than the head's last record
   */
  observe(row: ClockRow, asked: ProcessMoment): number {
    const answered = this.moment();
    const postgresUs = Number(row.postgres_us);
    this.clocks = observeClocks(this.clocks, readingOf(postgresUs / 1_000, asked, answered));
    const { trustUntilMs } = this.options;
    this.isTrusted = trustUntilMs !== undefined && postgresUs < trustUntilMs * 1_000;
    this.mark = nextLogTime(this.mark, {
      recordedAtUs: microseconds(row.recorded_at_us),
      postgresAtHeadUs: microseconds(row.postgres_at_head_us),
      signedBoundUs: this.signedBoundUs,
      postgresUs,
      wallUs: answered.wallMs * 1_000,
      monotonicMs: answered.monotonicMs,
      isSuspect: this.suspicion !== null,
    });
    return logTimeAt(this.mark, answered.monotonicMs);
  }
}

function readingOf(postgresMs: number, asked: ProcessMoment, answered: ProcessMoment): ClockReading {
  return {
    postgresMs,
    wallMs: { from: asked.wallMs, to: answered.wallMs },
    monotonicMs: { from: asked.monotonicMs, to: answered.monotonicMs },
  };
}

function microseconds(text: string | null): number | null {
  return text === null ? null : Number(text);
}

const readClockSql = prepared(
  'keyfold_read_clock',
  `
  select ${clockColumns()}
  from keyfold.log_head h
  where h.id = 1`,
);

/** Reads Postgres's clock for nothing but the log time. @returns microseconds since 1970 */
export async function readLogTime(db: pg.Pool | pg.ClientBase, logTime: LogTime): Promise<number> {
  const asked = logTime.moment();
  const { rows } = await translated(db.query<ClockRow>(readClockSql()));
  const [row] = rows;
  if (row === undefined) throw new StoreRefusedError('log_head has no row');
  return logTime.observe(row, asked);
}

/** RFC 3339 in UTC, milliseconds: how records and heads show a log time. What is finer is cut off. */
export function formatLogTime(timeUs: number): string {
  return new Date(Math.floor(timeUs / 1_000)).toISOString();
}
