import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { ClockSuspicion } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { HostClock } from '@keyfold/service-kit';
import { AdminConfig } from './admin-config.js';
import { Metrics } from './metrics.js';
import { ReadinessChecks } from './readiness-checks.js';
import { ServiceLogger } from './service-logger.js';

const INTERVAL_MS = 1_000;

const WHY: Readonly<Record<ClockSuspicion, string>> = {
  differs: "Postgres's clock and this host's are more than 5 minutes apart, or were within the last 10 minutes",
  moved: "Postgres's clock has moved by more than 5 minutes within 10 minutes",
};

/**
 * Compares Postgres's clock with this host's once a second, also while nobody writes, and raises the alarm while it is
 * suspect: a log line when it begins and ends, a metric, and a word in `/readyz`, which stays ready, since revoking
 * must go on.
 */
@Injectable()
export class ClockWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private known: ClockSuspicion | null = null;

  // eslint-disable-next-line max-params -- Nest injects by constructor
  constructor(
    private readonly store: PostgresEventStore,
    private readonly host: HostClock,
    private readonly logger: ServiceLogger,
    { registry }: Metrics,
    checks: ReadinessChecks,
    { settings }: AdminConfig,
  ) {
    const { logTime } = store;
    const { KEYFOLD_CLOCK_TRUST: trustUntilMs } = settings;
    if (trustUntilMs !== undefined)
      logger.log.warn(
        { until: new Date(trustUntilMs).toISOString() },
        'the clocks are trusted until then, even if they differ (KEYFOLD_CLOCK_TRUST)',
      );
    checks.add('clock', () => {
      const { suspicion } = logTime;
      return Promise.resolve(suspicion === null ? { ok: true } : { ok: true, detail: `suspect: ${WHY[suspicion]}` });
    });
    new Gauge({
      name: 'keyfold_clock_suspect',
      help: "1 while Postgres's clock is not believed: nothing is granted, deleted or announced by age",
      registers: [registry],
      collect() {
        this.set(logTime.suspicion === null ? 0 : 1);
      },
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.look();
    }, INTERVAL_MS);
    this.timer.unref();
    this.running = this.look();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    // Several short sleeps of the host would not be noticed otherwise.
    this.host.resync();
    // Postgres is away: its readiness check says so.
    await this.store.readLogTime().catch(() => undefined);
    this.announce(this.store.logTime.suspicion);
    this.running = undefined;
  }

  private announce(suspicion: ClockSuspicion | null): void {
    if (suspicion === this.known) return;
    this.known = suspicion;
    const { log } = this.logger;
    if (suspicion === null) log.warn("the clocks agree: Postgres's clock is trusted again");
    else
      log.error(
        { reason: suspicion },
        `a clock is suspect; no access is granted, and nothing is deleted or announced by age: ${WHY[suspicion]}`,
      );
  }
}
