import type pg from 'pg';
import { Frontier } from '@keyfold/domain';
import { StoreRefusedError, translated } from '../errors.js';
import { prepared } from '../prepared.js';
import { clockColumns, type ClockRow, formatLogTime, type LogTime } from '../time/log-time.js';
import { SERVER_IDENTITY } from './server-identity.js';
import { splitHashes } from './tiles.js';

/** The log's head and the log time, read by one statement, so the time is never older than the head. */
export interface LogHead {
  readonly size: number;
  readonly root: Buffer;
  /** Time of the last record; null for an empty log. RFC 3339, UTC, milliseconds. */
  readonly recordedAt: string | null;
  readonly frontier: Frontier;
  /** The log time of this moment: see `nextLogTime` in libs/domain. RFC 3339, UTC, milliseconds. */
  readonly logTime: string;
  /** Names the server: another text after a failover, a restored backup or a restart. */
  readonly server: string;
  /**
   * The leaf hashes after the size that was asked for, in order; null if none was, or they are more than {@link
   * MAX_LEAF_HASHES}.
   */
  readonly leafHashes: readonly Buffer[] | null;
}

/** At most so many leaf hashes come with a head. */
const MAX_LEAF_HASHES = 4_096;

interface HeadRow extends ClockRow {
  readonly size: string;
  readonly root: Buffer;
  readonly frontier: Buffer;
  readonly server: string;
  readonly leaf_hashes: Buffer | null;
}

const readHeadSql = prepared(
  'keyfold_read_head',
  `
  select
    h.size,
    h.root,
    h.frontier,
    ${clockColumns()},
    ${SERVER_IDENTITY} as server,
    case
      when h.size - $1::bigint between 1 and ${MAX_LEAF_HASHES} then (
        select string_agg(event.leaf_hash, ''::bytea order by event.position)
        from keyfold.events event
        where event.position > $1::bigint
          and event.position <= h.size
      )
    end as leaf_hashes
  from keyfold.log_head h
  where h.id = 1`,
);

/** @param after a size: the leaf hashes behind it come along, of the same snapshot. */
export async function readHead(db: pg.Pool | pg.ClientBase, logTime: LogTime, after?: number): Promise<LogHead> {
  const asked = logTime.moment();
  const { clock, ...head } = await readTreeHead(db, after);
  return { ...head, logTime: formatLogTime(logTime.observe(clock, asked)) };
}

/** The head without the log time, and what that would be computed from. */
export async function readTreeHead(
  db: pg.Pool | pg.ClientBase,
  after?: number,
): Promise<Omit<LogHead, 'logTime'> & { readonly clock: ClockRow }> {
  const { rows } = await translated(db.query<HeadRow>(readHeadSql([after ?? null])));
  const row = rows[0];
  if (row === undefined) throw new StoreRefusedError('log_head has no row');
  const size = Number(row.size);
  return {
    size,
    root: row.root,
    recordedAt: row.recorded_at_us === null ? null : formatLogTime(Number(row.recorded_at_us)),
    frontier: Frontier.from(size, row.frontier),
    server: row.server,
    leafHashes: row.leaf_hashes === null ? (size === after ? [] : null) : splitHashes(row.leaf_hashes),
    clock: row,
  };
}
