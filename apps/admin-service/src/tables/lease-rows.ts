import type pg from 'pg';
import type { ReadLeaseRow } from '@keyfold/domain';
import { prepared, SERVER_TIMELINE } from '@keyfold/event-store';

/** The newest generation of lease rows, and the timeline of the server that told it. */
export interface GenerationRow {
  readonly generation: number;
  readonly timeline: string | null;
  readonly origin: string | null;
  readonly current_timeline: string;
  readonly unknown_seconds: number;
  readonly is_over: boolean;
}

/** Gives one row. */
export const SELECT_NEWEST_GENERATION = `
  select g.generation, g.timeline, g.origin, g.unknown_seconds, g.is_over, ${SERVER_TIMELINE} as current_timeline
  from keyfold.lease_generations g
  order by g.generation desc
  limit 1`;

/**
 * All lease rows and the newest generation, by one statement and so of one server and one snapshot, which begins when
 * this is called: rows of a server that has lost some come with its new timeline.
 *
 * @param origin of the log that asks: cosignatures from under another one are left out
 */
export async function readLeaseRows(
  pool: pg.Pool,
  origin: string,
): Promise<{ readonly rows: ReadonlyMap<string, ReadLeaseRow>; readonly generation: GenerationRow }> {
  const { rows } = await pool.query<GenerationRow & (Row | NoRow)>(selectRows([origin]));
  const [generation] = rows;
  if (generation === undefined) throw new Error('lease_generations has no row');
  return {
    rows: new Map(rows.flatMap((row) => (row.id === null ? [] : [[row.id, leaseRowOf(row)]]))),
    generation,
  };
}

interface Row {
  readonly id: string;
  readonly gateway_id: string;
  readonly slot: string | null;
  readonly longest_seconds: number;
  readonly ended_at: Date | null;
  readonly applied_position: string;
  readonly cosigned_size: string | null;
  readonly cosignature: string | null;
  readonly enrolled_position: string | null;
  readonly lease_until: Date;
}

/** The generation alone, where no process has ever asked. */
interface NoRow {
  readonly id: null;
}

function leaseRowOf(row: Row): ReadLeaseRow {
  const { cosignature, cosigned_size, enrolled_position } = row;
  const isCosigned = cosigned_size !== null && cosignature !== null && enrolled_position !== null;
  return {
    id: row.id,
    gatewayId: row.gateway_id,
    slot: row.slot,
    longestSeconds: row.longest_seconds,
    endedAt: row.ended_at?.toISOString() ?? null,
    appliedPosition: Number(row.applied_position),
    cosigned: isCosigned
      ? { size: Number(cosigned_size), line: cosignature, enrolledPosition: Number(enrolled_position) }
      : null,
    leaseUntil: row.lease_until.toISOString(),
  };
}

/**
 * The newest generation of lease rows that a fork of the log has begun, as `fork.generation`; 0 without one.
 * Cosignatures from before are of another origin: they prove nothing of this log, whose tree may be another one from
 * their size on.
 */
export const FORK_GENERATION = `lateral (
    select coalesce(max(g.generation), 0) as generation
    from keyfold.lease_generations g
    where g.reason = 'fork'
  ) as fork`;

/** Size of the newest checkpoint that the process of a row `l` has cosigned, beside {@link FORK_GENERATION}. */
export const COSIGNED_SIZE = 'case when l.generation >= fork.generation then l.cosigned_size end';

const selectRows = prepared(
  'keyfold_read_lease_rows',
  `
  select l.id, l.gateway_id, l.slot, l.longest_seconds,
    case when l.ended is not null then coalesce(l.ended_at, l.logged_at) end as ended_at,
    l.applied_position, case when coalesce(newest.origin, $1::text) = $1::text then ${COSIGNED_SIZE} end as cosigned_size,
    l.cosignature, l.enrolled_position,
    coalesce(l.ended_at, l.logged_at + make_interval(secs => l.longest_seconds)) as lease_until,
    newest.*
  from (${SELECT_NEWEST_GENERATION}) as newest
  cross join ${FORK_GENERATION}
  left join keyfold.gateway_leases l on true
  order by l.gateway_id, l.slot, l.id`,
);
