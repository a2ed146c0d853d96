import { Frontier } from '@keyfold/domain';
import type pg from 'pg';
import { StoreRefusedError, translated } from '../errors.js';
import { prepared } from '../prepared.js';
import { clockColumns, formatLogTime, type ClockRow, type LogTime } from '../time/log-time.js';

/** The log's head and the log time, read by one statement, so the time is never older than the head. */
export interface LogHead {
  readonly size: number;
  readonly root: Buffer;
  /** Time of the last record; null for an empty log. RFC 3339, UTC, milliseconds. */
  readonly recordedAt: string | null;
  readonly frontier: Frontier;
  /** The log time of this moment: see `nextLogTime` in libs/domain. RFC 3339, UTC, milliseconds. */
  readonly logTime: string;
  /** Identifies the cluster: a restored copy keeps it, a new `initdb` does not. */
  readonly systemId: string;
  /** Grows with each promotion of a standby and each point-in-time recovery. */
  readonly timeline: number;
}

interface HeadRow extends ClockRow {
  readonly size: string;
  readonly root: Buffer;
  readonly frontier: Buffer;
  readonly system_id: string;
  readonly timeline: string;
}

// pg_control_checkpoint() gives the timeline of the last checkpoint, which lags after a promotion; a WAL file's name
// begins with the current one, in eight hexadecimal digits.
const readHeadSql = prepared(
  'keyfold_read_head',
  `
  select
    h.size,
    h.root,
    h.frontier,
    ${clockColumns()},
    (select system_identifier::text from pg_control_system()) as system_id,
    case
      when pg_is_in_recovery() then (select timeline_id::text from pg_control_checkpoint())
      else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint::text
    end as timeline
  from keyfold.log_head h
  where h.id = 1`,
);

export async function readHead(db: pg.Pool | pg.ClientBase, logTime: LogTime): Promise<LogHead> {
  const asked = logTime.moment();
  const { clock, ...head } = await readTreeHead(db);
  return { ...head, logTime: formatLogTime(logTime.observe(clock, asked)) };
}

/** The head without the log time, and what that would be computed from. */
export async function readTreeHead(
  db: pg.Pool | pg.ClientBase,
): Promise<Omit<LogHead, 'logTime'> & { readonly clock: ClockRow }> {
  const { rows } = await translated(db.query<HeadRow>(readHeadSql()));
  const row = rows[0];
  if (row === undefined) throw new StoreRefusedError('log_head has no row');
  const size = Number(row.size);
  return {
    size,
    root: row.root,
    recordedAt: row.recorded_at_us === null ? null : formatLogTime(Number(row.recorded_at_us)),
    frontier: Frontier.from(size, row.frontier),
    systemId: row.system_id,
    timeline: Number(row.timeline),
    clock: row,
  };
}
