import { Frontier } from '@keyfold/domain';
import type pg from 'pg';
import { StoreRefusedError, translated } from '../errors.js';
import { prepared } from '../prepared.js';

/** The log's head and Postgres's clock, read by one statement, so the time is never older than the head. */
export interface LogHead {
  readonly size: number;
  readonly root: Buffer;
  /** Time of the last record; null for an empty log. RFC 3339, UTC, milliseconds. */
  readonly recordedAt: string | null;
  readonly frontier: Frontier;
  readonly postgresTime: string;
  /** Identifies the cluster: a restored copy keeps it, a new `initdb` does not. */
  readonly systemId: string;
  /** Grows with each promotion of a standby and each point-in-time recovery. */
  readonly timeline: number;
}

interface HeadRow {
  readonly size: string;
  readonly root: Buffer;
  readonly frontier: Buffer;
  readonly recorded_at_ms: string | null;
  readonly postgres_ms: string;
  readonly system_id: string;
  readonly timeline: string;
}

// pg_control_checkpoint() gives the timeline of the last checkpoint, which lags after a promotion; a WAL file's name
// begins with the current one, in eight hexadecimal digits.
const readHeadSql = prepared(
  'keyfold_read_head',
  `
  select
    head.size,
    head.root,
    head.frontier,
    (extract(epoch from head.recorded_at) * 1000)::bigint as recorded_at_ms,
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint as postgres_ms,
    (select system_identifier::text from pg_control_system()) as system_id,
    case
      when pg_is_in_recovery() then (select timeline_id::text from pg_control_checkpoint())
      else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint::text
    end as timeline
  from keyfold.log_head head
  where head.id = 1`,
);

export async function readHead(db: pg.Pool | pg.ClientBase): Promise<LogHead> {
  const { rows } = await translated(db.query<HeadRow>(readHeadSql()));
  const row = rows[0];
  if (row === undefined) throw new StoreRefusedError('log_head has no row');
  const size = Number(row.size);
  return {
    size,
    root: row.root,
    recordedAt: row.recorded_at_ms === null ? null : new Date(Number(row.recorded_at_ms)).toISOString(),
    frontier: Frontier.from(size, row.frontier),
    postgresTime: new Date(Number(row.postgres_ms)).toISOString(),
    systemId: row.system_id,
    timeline: Number(row.timeline),
  };
}
