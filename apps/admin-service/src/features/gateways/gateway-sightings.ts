import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { HeadRequest } from '@keyfold/messaging';
import { byAge } from '../../platform/by-age.js';
import { Database } from '../../platform/database.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { PeriodicTask } from '../../platform/periodic-task.js';

const INTERVAL_MS = 1_000;
/** Only who knows the shared secret is counted at all; more processes than this are no gateways of one installation. */
const MAX_WAITING = 10_000;
/** Of processes, most of which are gone: gateways that come and go under new ids, and whatever a holder of the secret makes up. */
const MAX_ROWS = 5_000;
const GATEWAY_ID = /^[\x21-\x7e]{1,128}$/;

interface Sighting {
  readonly gatewayId: string;
  readonly incarnation: string;
  readonly appliedPosition: number;
  readonly leaseSeconds: number;
  readonly atMs: number;
}

/**
 * Keeps what the head requests say of the processes that send them. Written behind the answers, once for all that came within a second: a crash
 * loses at most that.
 */
@Injectable()
export class GatewaySightings implements OnApplicationBootstrap, OnApplicationShutdown {
  private waiting = new Map<string, Sighting>();
  private readonly repeated: PeriodicTask;

  constructor(
    private readonly database: Database,
    { log }: ServiceLogger,
  ) {
    this.repeated = new PeriodicTask(
      () => this.write(),
      INTERVAL_MS,
      (error) => {
        log.warn({ err: error }, 'which gateways asked for heads could not be written down');
      },
    );
  }

  onApplicationBootstrap(): void {
    this.repeated.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.repeated.stop();
  }

  /** @param request an authentic one */
  saw({ appliedSize, gatewayId, incarnation }: HeadRequest, leaseSeconds: number): void {
    if (this.waiting.size >= MAX_WAITING || !GATEWAY_ID.test(gatewayId)) return;
    const sighting = { gatewayId, incarnation, appliedPosition: appliedSize, leaseSeconds, atMs: performance.now() };
    this.waiting.set(`${gatewayId} ${incarnation}`, sighting);
  }

  private async write(): Promise<void> {
    if (this.waiting.size === 0) return;
    const nowMs = performance.now();
    const rows = [...this.waiting.values()].map(({ atMs, ...row }) => ({ ...row, agoSeconds: (nowMs - atMs) / 1000 }));
    this.waiting = new Map();
    const now = this.database.logTime.now();
    await byAge(this.database, async (tx) => {
      await tx.query(deleteReplaced, [now]);
      await tx.query(makeRoom, [MAX_ROWS, rows.length, now]);
    });
    await this.database.pool.query(upsertProcesses, [JSON.stringify(rows), MAX_ROWS, now]);
  }
}

// Not worth a flush: a request a second says it again.
const upsertProcesses = `
  with relaxed as materialized (
    select set_config('synchronous_commit', 'off', true)
  )
  insert into keyfold.gateway_processes as p (gateway_id, incarnation, applied_position, lease_seconds, last_seen_at)
  select r."gatewayId", r.incarnation, r."appliedPosition", r."leaseSeconds", $3::timestamptz - make_interval(secs => r."agoSeconds")
  from relaxed
  cross join (
    select r.*, known.gateway_id is not null as is_known,
      row_number() over (partition by known.gateway_id is null order by r."agoSeconds") as nth
    from jsonb_to_recordset($1::jsonb) as r (
      "gatewayId" text, incarnation text, "appliedPosition" bigint, "leaseSeconds" int, "agoSeconds" float8
    )
    left join keyfold.gateway_processes known
      on known.gateway_id = r."gatewayId"
      and known.incarnation = r.incarnation
  ) as r
  where r.is_known
    or r.nth <= $2::int - (select count(*) from keyfold.gateway_processes)
  order by r."gatewayId", r.incarnation
  on conflict on constraint gateway_processes_pkey do update
  set applied_position = greatest(p.applied_position, excluded.applied_position), lease_seconds = excluded.lease_seconds,
    last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at)`;

// Over the limit the longest unseen go first, but none whose lease may run. Where that leaves no room, new ones are not noted.
const makeRoom = `
  delete from keyfold.gateway_processes p
  using (
    select gateway_id, incarnation
    from keyfold.gateway_processes
    order by last_seen_at desc
    offset greatest(0, $1::int - $2::int)
  ) as surplus
  where p.gateway_id = surplus.gateway_id
    and p.incarnation = surplus.incarnation
    and p.last_seen_at < $3::timestamptz - make_interval(secs => p.lease_seconds + 1)`;

// A process that was started anew asks under another incarnation. The last one of a gateway stays until the gateway is retired, or until there are
// too many.
const deleteReplaced = `
  delete from keyfold.gateway_processes p
  where p.last_seen_at < $1::timestamptz - greatest(interval '10 minutes', make_interval(secs => p.lease_seconds))
    and exists (
      select 1
      from keyfold.gateway_processes other
      where other.gateway_id = p.gateway_id
        and other.last_seen_at > p.last_seen_at
    )`;
