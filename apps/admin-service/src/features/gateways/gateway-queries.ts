import { Injectable } from '@nestjs/common';
import { ProblemError } from '@keyfold/service-kit';
import { z } from 'zod';
import { isClockSuspect } from '../../platform/by-age.js';
import { Database } from '../../platform/database.js';
import { withTransaction } from '../../platform/with-transaction.js';
import { Instant } from '../../http/fields.js';
import { toPage, type Page, type PageRequest } from '../../http/cursor.js';

export const GatewayResource = z
  .object({
    gatewayId: z.string(),
    processes: z.int().meta({ description: 'Those that have asked for a head within the last minute.' }),
    appliedPosition: z.int().meta({ description: 'Of the process that is furthest behind.' }),
    lagEvents: z.int(),
    leaseUntil: Instant.nullable().meta({ description: 'Not known yet.' }),
    lastSeenAt: Instant,
    version: z.string().nullable().meta({ description: 'Not known yet.' }),
  })
  .meta({ id: 'Gateway' });
export type GatewayResource = z.output<typeof GatewayResource>;

/** The gateways that have asked for heads. */
@Injectable()
export class GatewayQueries {
  constructor(private readonly database: Database) {}

  async list(page: PageRequest<string>): Promise<Page<GatewayResource>> {
    const { rows } = await this.database.pool.query<GatewayRow>(selectGateways, [
      page.after,
      page.limit + 1,
      this.database.logTime.now(),
    ]);
    return toPage(rows, page, toResource, ({ gateway_id }) => gateway_id);
  }

  /** @throws ProblemError 404; 409 while one of its processes may hold a lease */
  async retire(gatewayId: string): Promise<void> {
    await withTransaction(this.database.pool, async (tx) => {
      const { rows } = await tx.query<{ may_hold_lease: boolean }>(lockProcesses, [
        gatewayId,
        this.database.logTime.now(),
      ]);
      if (rows.length === 0) throw new ProblemError(404, 'NOT_FOUND', 'There is no such gateway.');
      // A clock that is ahead would call a lease over that still runs.
      const isClockWrong = await isClockSuspect(tx, this.database.logTime);
      if (isClockWrong || rows.some((row) => row.may_hold_lease))
        throw new ProblemError(
          409,
          'LEASE_RUNNING',
          'The gateway has asked for a head so lately that its lease may run.',
        );
      await tx.query(deleteProcesses, [gatewayId]);
    });
  }
}

interface GatewayRow {
  readonly gateway_id: string;
  readonly processes: number;
  readonly applied_position: string;
  readonly head_size: string;
  readonly last_seen_at: Date;
}

function toResource(row: GatewayRow): GatewayResource {
  const appliedPosition = Number(row.applied_position);
  return {
    gatewayId: row.gateway_id,
    processes: row.processes,
    appliedPosition,
    lagEvents: Math.max(0, Number(row.head_size) - appliedPosition),
    leaseUntil: null,
    lastSeenAt: row.last_seen_at.toISOString(),
    version: null,
  };
}

// Of a gateway without any process left, what its last one had applied.
const selectGateways = `
  select g.gateway_id, g.processes, coalesce(g.applied_position, g.last_position) as applied_position, g.last_seen_at,
    (select h.size from keyfold.log_head h where h.id = 1) as head_size
  from (
    select p.gateway_id, max(p.last_seen_at) as last_seen_at,
      (count(*) filter (where p.last_seen_at > $3::timestamptz - interval '1 minute'))::int as processes,
      min(p.applied_position) filter (where p.last_seen_at > $3::timestamptz - interval '1 minute') as applied_position,
      max(p.applied_position) as last_position
    from keyfold.gateway_processes p
    where $1::text is null
      or p.gateway_id > $1::text
    group by p.gateway_id
    order by p.gateway_id
    limit $2::int
  ) as g
  order by g.gateway_id`;

// A lease counts from when the request was sent, so from before it was seen; the second is for what has not been written down yet.
const lockProcesses = `
  select last_seen_at > $2::timestamptz - make_interval(secs => lease_seconds + 1) as may_hold_lease
  from keyfold.gateway_processes
  where gateway_id = $1::text
  order by incarnation
  for update`;

const deleteProcesses = `
  delete from keyfold.gateway_processes
  where gateway_id = $1::text`;
