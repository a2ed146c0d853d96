import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import {
  type EnrolledWithinHour,
  enrolmentRoomAtMs,
  type EnrolmentVerdict,
  enrolmentVerdict,
  formatInstant,
  gatewayEnrolled,
  MAX_ENROLMENTS_AN_HOUR,
} from '@keyfold/domain';
import { OUTDATED, PostgresEventStore } from '@keyfold/event-store';
import type { LeaseAsk } from '@keyfold/messaging';
import { Database } from '../../platform/database.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { SYSTEM_ACTOR } from '../../write/until-appended.js';
import type { EnrolmentRefusal } from './lease-row.js';
import { SLOT_FACTS, SLOT_FACTS_COLUMNS, slotFactsOf, type SlotFactsRow } from './slot-facts.js';

/** Keys that were found enrolled: each asks once a second, and the lease rows' transaction asks again. */
const MAX_KNOWN = 8_192;

interface AskingProcess {
  readonly gatewayId: string;
  readonly slot: string;
  readonly verifierKey: string;
  readonly isProven: boolean;
}

/** Enrols the keys of processes as they ask, where the setting says that this is automatic. */
@Injectable()
export class GatewayEnrolments {
  private readonly known = new Set<string>();
  /** By the key; each of them asks once a second. */
  private readonly refused = new Map<string, EnrolmentRefusal>();
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly store: PostgresEventStore,
    private readonly logger: ServiceLogger,
  ) {}

  /**
   * Appends the record of a key that is to be enrolled. Whether it counts is decided with the lease row. Never fails.
   */
  async admit({ cosignature, request }: LeaseAsk): Promise<void> {
    const { gatewayId, process } = request;
    if (process === undefined || this.known.has(process.verifierKey)) return;
    const { slot, verifierKey } = process;
    const asking = { gatewayId, slot, verifierKey, isProven: cosignature !== null };
    // Requests of one process that overlap share the work; a record that is there twice would be no harm, and noise.
    const running = this.running.get(verifierKey) ?? this.enrol(asking).finally(() => this.running.delete(verifierKey));
    this.running.set(verifierKey, running);
    await running;
  }

  /** A process that got no lease is looked at again with its next request. */
  forget(ask: LeaseAsk | undefined): void {
    const process = ask?.request.process;
    if (process !== undefined) this.known.delete(process.verifierKey);
  }

  /** Why the key of a request was not enrolled when it was last looked at; null if that is not why. */
  refusalOf({ request }: LeaseAsk): EnrolmentRefusal | null {
    return this.refused.get(request.process?.verifierKey ?? '') ?? null;
  }

  private async enrol(asking: AskingProcess): Promise<void> {
    try {
      const now = new Date(await this.store.readLogTime());
      const verdict = await verdictOn(this.database.pool, asking, now);
      if (verdict.kind === 'none' && verdict.reason === 'TOO_MANY_ENROLMENTS') await this.refuse(asking, now);
      else this.refused.delete(asking.verifierKey);
      if (verdict.kind === 'to-enrol') await this.append(asking, now);
      if (verdict.kind !== 'none') this.remember(asking.verifierKey);
    } catch (error) {
      this.logger.log.warn({ err: error, gatewayId: asking.gatewayId }, 'a gateway process could not be enrolled');
    }
  }

  /** Under the head lock the same is asked again: another replica may have enrolled it, or another key. */
  private async append(asking: AskingProcess, now: Date): Promise<void> {
    const outcome = await this.store.append({
      expected: [],
      events: [gatewayEnrolled(asking.verifierKey)],
      actor: SYSTEM_ACTOR,
      correlationId: uuidv7(),
      guard: async (tx) => ((await verdictOn(tx, asking, now)).kind === 'to-enrol' ? null : OUTDATED),
    });
    if (outcome.kind !== 'appended') return;
    const { gatewayId, slot } = asking;
    this.logger.log.info({ gatewayId, slot, position: outcome.lastPosition }, 'a gateway process was enrolled');
  }

  private async refuse({ gatewayId, slot, verifierKey }: AskingProcess, now: Date): Promise<void> {
    const isNews = !this.refused.has(verifierKey);
    const retryAt = formatInstant(await roomAtMs(this.database.pool, { gatewayId, slot }, now));
    if (this.refused.size >= MAX_KNOWN) this.refused.clear();
    this.refused.set(verifierKey, { reason: 'TOO_MANY_ENROLMENTS', retryAt });
    if (isNews)
      this.logger.log.warn(
        { gatewayId, slot, retryAt },
        'a gateway process is not enrolled: too many keys were within an hour',
      );
  }

  private remember(verifierKey: string): void {
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.add(verifierKey);
  }
}

type FactsRow = SlotFactsRow & EnrolledWithinHour;

/** The pool, or a transaction under the head lock. */
interface Asked {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the signature that both have
  query<Row extends FactsRow>(text: string, values: unknown[]): Promise<{ readonly rows: Row[] }>;
}

async function verdictOn(db: Asked, asking: AskingProcess, now: Date): Promise<EnrolmentVerdict> {
  const { gatewayId, slot, verifierKey } = asking;
  const values = [gatewayId, slot, verifierKey, now];
  const { rows } = await db.query<FactsRow>(selectFacts, values);
  const [row] = rows;
  if (row === undefined) throw new Error('a query of one row has none');
  return enrolmentVerdict(asking, slotFactsOf(row, row));
}

/** @returns log time from which on there is room for a key of the slot, milliseconds */
async function roomAtMs(
  pool: pg.Pool,
  { gatewayId, slot }: { readonly gatewayId: string; readonly slot: string },
  now: Date,
): Promise<number> {
  const { rows } = await pool.query<{ slot: string | null; enrolled_at: Date }>(selectRecent, [gatewayId, now]);
  const recent = rows.flatMap(({ enrolled_at, slot: of }) => (of === null ? [] : [{ slot: of, atMs: +enrolled_at }]));
  const oldestOfAll = rows.find((row) => row.slot === null);
  return enrolmentRoomAtMs(slot, recent, oldestOfAll === undefined ? null : +oldestOfAll.enrolled_at, +now);
}

const selectRecent = `
  (
    select e.slot, e.enrolled_at
    from keyfold.gateway_enrolments e
    where e.gateway_id = $1::text
      and e.enrolled_at > $2::timestamptz - interval '1 hour'
    order by e.enrolled_at, e.position
  )
  union all
  (
    select null, oldest.enrolled_at
    from (
      select e.enrolled_at
      from keyfold.gateway_enrolments e
      order by e.position desc
      offset ${MAX_ENROLMENTS_AN_HOUR - 1}
      limit 1
    ) as oldest
    where oldest.enrolled_at > $2::timestamptz - interval '1 hour'
  )`;

// Of all gateways only as many are counted as the limit is, so that a long table costs no more than a short one.
const selectFacts = `
  select ${SLOT_FACTS_COLUMNS}, of_gateway.gateway, of_gateway.slot, of_gateway.slots, of_all."all"
  from (select $1::text as gateway_id, $2::text as slot, $3::text as verifier_key) as a
  ${SLOT_FACTS}
  cross join lateral (
    select
      count(*)::int as gateway,
      (count(*) filter (where e.slot = a.slot))::int as slot,
      count(distinct e.slot)::int as slots
    from keyfold.gateway_enrolments e
    where e.gateway_id = a.gateway_id
      and e.enrolled_at > $4::timestamptz - interval '1 hour'
  ) as of_gateway
  cross join lateral (
    select count(*)::int as "all"
    from (
      select e.enrolled_at
      from keyfold.gateway_enrolments e
      order by e.position desc
      limit ${MAX_ENROLMENTS_AN_HOUR}
    ) as newest
    where newest.enrolled_at > $4::timestamptz - interval '1 hour'
  ) as of_all`;
