import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PostgresEventStore } from '@keyfold/event-store';
import { ForkAlarm, NatsLink, Relay } from '@keyfold/messaging';
import { Gauge } from 'prom-client';
import { Metrics } from '../core/metrics.js';
import { ReadinessChecks } from '../core/readiness-checks.js';
import { InternalServer } from './internal-server.js';
import { NatsResponders } from './nats-responders.js';

/** Starts and stops the parts of the feed in order, and says how they are. */
@Injectable()
export class FeedLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly link: NatsLink,
    private readonly relay: Relay,
    private readonly responders: NatsResponders,
    private readonly internal: InternalServer,
    private readonly alarm: ForkAlarm,
    private readonly store: PostgresEventStore,
    metrics: Metrics,
    checks: ReadinessChecks,
  ) {
    // Without a broker gateways poll the internal port: slower, and no reason to take this service out of work.
    checks.add('feed', () => {
      const { lastError, state } = this.relay.status;
      const detail = lastError === null ? state : `${state}: ${lastError}`;
      return Promise.resolve({ ok: this.alarm.fork === null, detail });
    });
    this.register(metrics);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.internal.start();
    this.responders.start();
    this.relay.start();
    this.link.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.responders.stop(), this.relay.stop(), this.internal.stop()]);
    // Last: the answers that were still being made go out over it.
    await this.link.close();
  }

  private register({ registry }: Metrics): void {
    const { relay, store } = this;
    const registers = [registry];
    new Gauge({
      name: 'keyfold_relay_position',
      help: 'Last position that the stream has acknowledged',
      registers,
      collect() {
        this.set(relay.status.position);
      },
    });
    new Gauge({
      name: 'keyfold_relay_lag_records',
      help: 'Records of the log that the stream has not acknowledged yet',
      registers,
      async collect() {
        const head = await store.head().catch(() => null);
        if (head !== null) this.set(Math.max(0, head.size - relay.status.position));
      },
    });
    new Gauge({
      name: 'keyfold_relay_up',
      help: '1 while the relay is relaying, 0 while it is not',
      registers,
      collect() {
        this.set(relay.status.state === 'relaying' ? 1 : 0);
      },
    });
  }
}
