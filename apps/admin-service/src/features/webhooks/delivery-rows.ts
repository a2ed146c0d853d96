import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { JsonObject } from '@keyfold/domain';
import { type Page, type PageRequest, toPage } from '../../http/cursor.js';
import { Database } from '../../platform/database.js';
import { Metrics } from '../../platform/metrics.js';
import type { NoticeType } from '../notices/notice.js';
import { type DeliveryResource, TEST_TYPE } from './webhook.js';

/** A delivery that this process has taken on. */
export interface ClaimedDelivery {
  readonly delivery_id: string;
  readonly webhook_id: string;
  readonly url: string;
  readonly secret: Buffer;
  /** Signs as well, while it counts. */
  readonly previous_secret: Buffer | null;
  readonly attempts: number;
  readonly created_at: Date;
  /** What the message tells of; null for a test. */
  readonly notice: {
    readonly id: string;
    readonly type: NoticeType;
    readonly occurredAt: string;
    readonly userId: string;
    readonly keyId: string;
    readonly data: JsonObject;
  } | null;
}

/** How an attempt ended. */
export interface Settlement {
  readonly status: 'delivered' | 'pending' | 'dead';
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  /** Until the next attempt, where there will be one. */
  readonly delaySeconds: number;
  /** The receiver wants no more of them. */
  readonly disablesWebhook: boolean;
}

/** What became of an attempt, in the metrics. */
const RESULTS: Readonly<Record<Settlement['status'], string>> = {
  delivered: 'delivered',
  pending: 'retried',
  dead: 'dead',
};
/** Longer than an attempt can take. */
const CLAIM_SECONDS = 60;

@Injectable()
export class DeliveryRows {
  private readonly attempts: Counter<'result'>;

  constructor(
    private readonly database: Database,
    { registry }: Metrics,
  ) {
    this.attempts = new Counter({
      name: 'keyfold_webhook_attempts_total',
      help: 'Attempts to deliver a webhook message, by what became of it: delivered, retried later, or dead',
      labelNames: ['result'],
      registers: [registry],
    });
    for (const result of Object.values(RESULTS)) this.attempts.inc({ result }, 0);
  }

  /**
   * Takes on deliveries that are due: what one replica has claimed no other finds. Should this process die, they are
   * due again after the claim, so a receiver may get a message twice (with the same id) but none is lost.
   */
  async claim(limit: number, busyWebhooks: readonly string[]): Promise<ClaimedDelivery[]> {
    const { rows } = await this.database.pool.query<ClaimedDelivery>(claimDue, [limit, busyWebhooks, CLAIM_SECONDS]);
    return rows;
  }

  /** An attempt whose claim has meanwhile been taken over, or whose delivery is being replayed, settles nothing. */
  async settle({ attempts, delivery_id, webhook_id }: ClaimedDelivery, settlement: Settlement): Promise<void> {
    const { delaySeconds, disablesWebhook, lastError, lastStatus, status } = settlement;
    const { pool } = this.database;
    await pool.query(settleAttempt, [delivery_id, attempts, status, lastStatus, lastError, delaySeconds]);
    this.attempts.inc({ result: RESULTS[status] });
    if (disablesWebhook) await pool.query(disableWebhook, [webhook_id]);
  }

  /** Queues a message that tells of nothing. */
  async addTest(webhookId: string): Promise<DeliveryResource> {
    const { rows } = await this.database.pool.query<{ delivery_id: string }>(insertTest, [webhookId]);
    const delivery = rows[0] && (await this.find(webhookId, rows[0].delivery_id));
    if (delivery === undefined) throw new Error('a test message was not stored');
    return delivery;
  }

  async find(webhookId: string, deliveryId: string): Promise<DeliveryResource | undefined> {
    const { rows } = await this.database.pool.query<DeliveryRow>(selectDelivery, [webhookId, deliveryId]);
    return rows[0] && toResource(rows[0]);
  }

  /** Newest first. */
  async list(webhookId: string, status: string | null, page: PageRequest): Promise<Page<DeliveryResource>> {
    const values = [webhookId, status, page.after, page.limit + 1];
    const { rows } = await this.database.pool.query<DeliveryRow>(selectPage, values);
    return toPage(rows, page, toResource, ({ sequence }) => sequence);
  }

  /** Makes a delivery that has ended due once more, with all its attempts; one that is under way stays as it is. */
  async replay(webhookId: string, deliveryId: string): Promise<void> {
    await this.database.pool.query(replayDelivery, [webhookId, deliveryId]);
  }
}

interface DeliveryRow {
  readonly delivery_id: string;
  readonly sequence: string;
  readonly notice_id: string | null;
  readonly type: NoticeType | null;
  readonly status: DeliveryResource['status'];
  readonly attempts: number;
  readonly created_at: Date;
  readonly next_attempt_at: Date;
  readonly last_attempt_at: Date | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
}

function toResource(row: DeliveryRow): DeliveryResource {
  return {
    id: row.delivery_id,
    noticeId: row.notice_id,
    type: row.type ?? TEST_TYPE,
    status: row.status,
    attempts: row.attempts,
    createdAt: row.created_at.toISOString(),
    nextAttemptAt: row.status === 'pending' ? row.next_attempt_at.toISOString() : null,
    lastAttemptAt: row.last_attempt_at?.toISOString() ?? null,
    lastStatus: row.last_status,
    lastError: row.last_error,
  };
}

const claimDue = `
  update keyfold.webhook_deliveries d
  set attempts = d.attempts + 1, last_attempt_at = clock_timestamp(),
    next_attempt_at = clock_timestamp() + make_interval(secs => $3::int)
  from (
    select q.delivery_id
    from keyfold.webhook_deliveries q
    join keyfold.webhooks w on w.webhook_id = q.webhook_id
    where q.status = 'pending'
      and q.next_attempt_at <= clock_timestamp()
      and w.is_enabled
      and q.webhook_id <> all ($2::uuid[])
    order by q.next_attempt_at
    limit $1::int
    for no key update of q skip locked
  ) due, keyfold.webhooks w
  where d.delivery_id = due.delivery_id
    and w.webhook_id = d.webhook_id
  returning d.delivery_id, d.webhook_id, w.url, w.secret, d.attempts, d.created_at,
    case when w.previous_secret_until > clock_timestamp() then w.previous_secret end as previous_secret,
    (
      select jsonb_build_object('id', n.notice_id, 'type', n.type, 'occurredAt', n.occurred_at, 'userId', n.user_id,
        'keyId', n.key_id, 'data', n.data)
      from keyfold.notices n
      where n.notice_id = d.notice_id
    ) as notice`;

const settleAttempt = `
  update keyfold.webhook_deliveries
  set status = $3::text, last_status = $4::int, last_error = $5::text,
    next_attempt_at = clock_timestamp() + make_interval(secs => $6::double precision)
  where delivery_id = $1::uuid
    and attempts = $2::int
    and status = 'pending'`;

const disableWebhook = `
  update keyfold.webhooks
  set is_enabled = false, version = version + 1
  where webhook_id = $1::uuid
    and is_enabled`;

const columns = `
  d.delivery_id, d.sequence, d.notice_id, n.type, d.status, d.attempts, d.created_at, d.next_attempt_at, d.last_attempt_at,
  d.last_status, d.last_error`;

const selectDelivery = `
  select ${columns}
  from keyfold.webhook_deliveries d
  left join keyfold.notices n on n.notice_id = d.notice_id
  where d.webhook_id = $1::uuid
    and d.delivery_id = $2::uuid`;

const insertTest = `
  insert into keyfold.webhook_deliveries (webhook_id)
  values ($1::uuid)
  returning delivery_id`;

const selectPage = `
  select ${columns}
  from keyfold.webhook_deliveries d
  left join keyfold.notices n on n.notice_id = d.notice_id
  where d.webhook_id = $1::uuid
    and ($2::text is null or d.status = $2::text)
    and ($3::bigint is null or d.sequence < $3::bigint)
  order by d.sequence desc
  limit $4::int`;

const replayDelivery = `
  update keyfold.webhook_deliveries
  set status = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), last_error = null, last_status = null
  where webhook_id = $1::uuid
    and delivery_id = $2::uuid
    and status <> 'pending'`;
