import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PostgresEventStore } from '@keyfold/event-store';
import { Database } from '../../platform/database.js';
import { PeriodicTask } from '../../platform/periodic-task.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { deleteOldNotices } from './delete-old-notices.js';
import { ExpiryNotices } from './expiry-notices.js';
import { LogNotices, mayMakeNotices } from './log-notices.js';

/** Notices of commands that come close together are made by one transaction instead of one each. */
const LOG_SHARED_MS = 200;
const LOG_INTERVAL_MS = 5_000;
const EXPIRY_INTERVAL_MS = 60_000;
const SWEEP_INTERVAL_MS = 3_600_000;

/** Runs the makers of notices, in every replica: the locks on their rows say whose turn it is. */
@Injectable()
export class NoticeSchedule implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log: PeriodicTask;
  private readonly others: readonly PeriodicTask[];
  private unsubscribe: (() => void) | undefined;

  // eslint-disable-next-line max-params -- Nest injects by constructor
  constructor(
    private readonly store: PostgresEventStore,
    logNotices: LogNotices,
    expiryNotices: ExpiryNotices,
    database: Database,
    { log }: ServiceLogger,
  ) {
    const failed = (error: unknown): void => {
      log.warn({ err: error }, 'notices could not be created; will retry');
    };
    this.log = new PeriodicTask((signal) => logNotices.run(signal), LOG_INTERVAL_MS, failed);
    this.others = [
      new PeriodicTask((signal) => expiryNotices.run(signal), EXPIRY_INTERVAL_MS, failed),
      new PeriodicTask((signal) => deleteOldNotices(database, signal), SWEEP_INTERVAL_MS, failed),
    ];
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.store.onAppend((_size, committed) => {
      // What this process has committed need not be read to know that nobody is told of it.
      if (committed?.records.every(({ record }) => !mayMakeNotices(record))) return;
      this.log.soon(LOG_SHARED_MS);
    });
    for (const repeated of [this.log, ...this.others]) repeated.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.unsubscribe?.();
    await Promise.all([this.log, ...this.others].map((repeated) => repeated.stop()));
  }
}
