import type pg from 'pg';
import type { ReadLeaseRow } from '@keyfold/domain';
import { prepared } from '@keyfold/event-store';

/** All lease rows, in one snapshot that begins when this is called. */
export async function readLeaseRows(pool: pg.Pool): Promise<ReadonlyMap<string, ReadLeaseRow>> {
  const { rows } = await pool.query<Row>(selectRows([]));
  return new Map(rows.map((row) => [row.id, leaseRowOf(row)]));
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

const selectRows = prepared(
  'keyfold_read_lease_rows',
  `
  select l.id, l.gateway_id, l.slot, l.longest_seconds, case when l.ended is not null then coalesce(l.ended_at, l.logged_at) end as ended_at,
    l.applied_position, l.cosigned_size, l.cosignature, l.enrolled_position,
    coalesce(l.ended_at, l.logged_at + make_interval(secs => l.longest_seconds)) as lease_until
  from keyfold.gateway_leases l
  order by l.gateway_id, l.slot, l.id`,
);
