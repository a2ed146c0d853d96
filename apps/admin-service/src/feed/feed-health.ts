import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { PostgresEventStore } from '@keyfold/event-store';
import { ForkAlarm, ForkCheck, type ForkReport, Relay } from '@keyfold/messaging';
import { Metrics } from '../platform/metrics.js';
import { ReadinessChecks } from '../platform/readiness-checks.js';

/** What `/readyz` and `/metrics` say about the feed. */
@Injectable()
export class FeedHealth {
  constructor(relay: Relay, alarm: ForkAlarm, metrics: Metrics, checks: ReadinessChecks) {
    // Without a broker gateways poll the internal port: slower, and no reason to take this service out of work.
    checks.add('feed', () => {
      const { lastError, state } = relay.status;
      const detail = lastError === null ? state : `${state}: ${lastError}`;
      const { fork } = alarm;
      return Promise.resolve(fork === null ? { ok: true, detail } : { ok: false, detail: forkedDetail(fork) });
    });
    registerRelay(relay, metrics);
    registerFork(alarm, metrics);
  }
}

/** Says how often the log was written to without the stream's word that it is the one that was published. */
@Injectable()
export class ForkCheckMetrics {
  constructor(forks: ForkCheck, { registry }: Metrics) {
    new Counter({
      name: 'keyfold_fork_checks_unconfirmed_total',
      help: 'How often writing and signing began before the log had been compared with the stream, since the broker did not answer for 10 s',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(forks.unconfirmed);
      },
    });
  }
}

/** Of its own, so that the constructor above stays one of four. */
@Injectable()
export class RelayLag {
  constructor(relay: Relay, store: PostgresEventStore, { registry }: Metrics) {
    new Gauge({
      name: 'keyfold_relay_lag_records',
      help: 'Records of the log that the stream has not acknowledged yet',
      registers: [registry],
      async collect() {
        const head = await store.head().catch(() => null);
        if (head !== null) this.set(Math.max(0, head.size - relay.status.position));
      },
    });
  }
}

/** `/readyz` is read by operators, who have to know what it waits for. */
function forkedDetail({ detail, position }: ForkReport): string {
  return `forked: ${detail}; nothing is written or signed until an administrator acknowledges it: keyfold fork acknowledge --position ${position}`;
}

function registerRelay(relay: Relay, { registry }: Metrics): void {
  new Gauge({
    name: 'keyfold_relay_position',
    help: 'Last position that the stream has acknowledged',
    registers: [registry],
    collect() {
      this.set(relay.status.position);
    },
  });
  new Gauge({
    name: 'keyfold_relay_up',
    help: '1 while the relay is relaying, 0 while it is not',
    registers: [registry],
    collect() {
      this.set(relay.status.state === 'relaying' ? 1 : 0);
    },
  });
}

function registerFork(alarm: ForkAlarm, { registry }: Metrics): void {
  new Gauge({
    name: 'keyfold_log_forked',
    help: '1 since a fork of the log was found: nothing is signed or written any more',
    registers: [registry],
    collect() {
      this.set(alarm.fork === null ? 0 : 1);
    },
  });
}
