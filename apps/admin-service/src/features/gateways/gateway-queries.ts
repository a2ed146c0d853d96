import { Injectable } from '@nestjs/common';
import { type Page, type PageRequest, toPage } from '../../http/cursor.js';
import { Database } from '../../platform/database.js';
import { type GatewayResource, gatewayResource, type ListedProcess } from './gateway-resource.js';

interface GatewayRow {
  readonly gateway_id: string;
  readonly head_size: string;
  readonly rows: readonly ListedProcess[];
}

/** The gateways that have asked for heads. */
@Injectable()
export class GatewayQueries {
  constructor(private readonly database: Database) {}

  async list(page: PageRequest<string>): Promise<Page<GatewayResource>> {
    const values = [page.after, page.limit + 1, this.database.logTime.now()];
    const { rows } = await this.database.pool.query<GatewayRow>(selectGateways, values);
    return toPage(
      rows,
      page,
      (row) => gatewayResource(row.gateway_id, row.rows, Number(row.head_size)),
      ({ gateway_id }) => gateway_id,
    );
  }
}

// When a process was seen and how long its lease lasts are for people: no decision rests on these times.
const selectGateways = `
  select g.gateway_id, (select h.size from keyfold.log_head h where h.id = 1) as head_size, p.rows
  from (
    select distinct l.gateway_id
    from keyfold.gateway_leases l
    where $1::text is null
      or l.gateway_id > $1::text
    order by l.gateway_id
    limit $2::int
  ) as g
  cross join lateral (
    select jsonb_agg(jsonb_build_object(
      'slot', l.slot, 'incarnation', l.incarnation, 'verifier_key', l.verifier_key, 'no_lease', l.no_lease,
      'is_enrolled', l.verifier_key is not distinct from (
        select e.verifier_key
        from keyfold.gateway_enrolments e
        where e.gateway_id = l.gateway_id
          and e.slot = l.slot
          and e.retired_position is null
        order by e.position desc
        limit 1
      ) and l.verifier_key is not null,
      'applied_position', l.applied_position,
      'lease_until',
        case when l.ended is null and l.longest_seconds > 0 then l.logged_at + make_interval(secs => l.longest_seconds) end,
      'seen_at', l.logged_at, 'version', l.version,
      'is_listed', l.ended is null and (l.longest_seconds > 0 or l.logged_at > $3::timestamptz - interval '1 minute')
    ) order by l.slot, l.id) as rows
    from keyfold.gateway_leases l
    where l.gateway_id = g.gateway_id
  ) as p
  order by g.gateway_id`;
