import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AdminConfig } from '../../platform/admin-config.js';
import { PeriodicTask } from '../../platform/periodic-task.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { type ClaimedDelivery, DeliveryRows, type Settlement } from './delivery-rows.js';
import { TEST_TYPE } from './webhook.js';
import { WebhookRows } from './webhook-rows.js';
import { type SendResult, sendWebhook } from './webhook-sender.js';
import { signedHeaders } from './webhook-signature.js';

const POLL_MS = 1_000;
const MAX_RUNNING = 16;
/** So that one slow receiver does not take all places. */
const MAX_RUNNING_EACH = 4;
/** After each failed attempt; after the one that follows the last of these the delivery is dead. */
const RETRY_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];

/** Sends what is due. Every replica does: the claims keep them apart. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly running = new Map<Promise<void>, string>();
  private readonly poll: PeriodicTask;

  constructor(
    private readonly deliveries: DeliveryRows,
    private readonly webhooks: WebhookRows,
    private readonly config: AdminConfig,
    { log }: ServiceLogger,
  ) {
    this.poll = new PeriodicTask(
      () => this.fill(),
      POLL_MS,
      (error) => {
        log.warn({ err: error }, 'webhook deliveries could not be claimed; will retry');
      },
    );
  }

  onApplicationBootstrap(): void {
    this.poll.start();
  }

  /** Ends the attempts under way: each has a time limit. */
  async onApplicationShutdown(): Promise<void> {
    await this.poll.stop();
    await Promise.all(this.running.keys());
  }

  private async fill(): Promise<void> {
    const places = Math.min(MAX_RUNNING - this.running.size, MAX_RUNNING_EACH);
    if (places <= 0) return;
    const claimed = await this.deliveries.claim(places, this.busyWebhooks());
    for (const delivery of claimed) this.begin(delivery);
    if (claimed.length > 0) this.poll.now();
  }

  private begin(delivery: ClaimedDelivery): void {
    // An attempt that cannot be settled is due again when its claim has run out.
    const attempt = this.attempt(delivery).catch(() => undefined);
    this.running.set(attempt, delivery.webhook_id);
    void attempt.then(() => {
      this.running.delete(attempt);
      this.poll.now();
    });
  }

  private busyWebhooks(): string[] {
    const counts = new Map<string, number>();
    for (const webhookId of this.running.values()) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
    return [...counts].flatMap(([webhookId, count]) => (count >= MAX_RUNNING_EACH ? [webhookId] : []));
  }

  private async attempt(delivery: ClaimedDelivery): Promise<void> {
    const [secret, previous] = [delivery.secret, delivery.previous_secret].map(
      (sealed) => sealed && this.webhooks.openSecret(delivery.webhook_id, sealed),
    );
    if (!secret) {
      await this.deliveries.settle(delivery, dead(null, 'SECRET_UNREADABLE'));
      return;
    }
    const body = bodyOf(delivery);
    const atSeconds = Math.floor(Date.now() / 1_000);
    const headers = signedHeaders(previous ? [secret, previous] : [secret], {
      id: delivery.delivery_id,
      atSeconds,
      body,
    });
    const proxy = this.config.settings;
    const allowPrivate = proxy.KEYFOLD_WEBHOOKS_ALLOW_PRIVATE;
    const result = await sendWebhook(delivery.url, { body, headers }, { allowPrivate, proxy });
    await this.deliveries.settle(delivery, settlementOf(result, delivery.attempts));
  }
}

/** Contains only ids: a receiver with permission reads the rest over the API. A test message has no data. */
function bodyOf({ created_at, notice }: ClaimedDelivery): string {
  if (notice === null) return JSON.stringify({ type: TEST_TYPE, timestamp: created_at.toISOString(), data: {} });
  const { data, id, keyId, occurredAt, type, userId } = notice;
  return JSON.stringify({
    type,
    timestamp: new Date(occurredAt).toISOString(),
    data: { noticeId: id, userId, keyId, ...data },
  });
}

/** @param attempts how many there have been, this one included */
export function settlementOf({ error, status }: SendResult, attempts: number): Settlement {
  if (status !== null && status >= 200 && status < 300)
    return { status: 'delivered', lastStatus: status, lastError: null, delaySeconds: 0, disablesWebhook: false };
  const reason = error ?? (status !== null && status >= 300 && status < 400 ? 'REDIRECT' : 'REFUSED');
  if (status === 410) return { ...dead(status, 'GONE'), disablesWebhook: true };
  const delaySeconds = RETRY_SECONDS[attempts - 1];
  if (delaySeconds === undefined) return dead(status, reason);
  // Spread, so that those that failed together do not all come back together.
  const spread = delaySeconds * (1 + Math.random() / 10);
  return { status: 'pending', lastStatus: status, lastError: reason, delaySeconds: spread, disablesWebhook: false };
}

function dead(lastStatus: number | null, lastError: string): Settlement {
  return { status: 'dead', lastStatus, lastError, delaySeconds: 0, disablesWebhook: false };
}
