import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { PeriodicTask } from '../platform/periodic-task.js';
import { ServiceLogger } from '../platform/service-logger.js';
import { withTransaction } from '../platform/with-transaction.js';
import { foldChanges } from './key-count-changes.js';

const INTERVAL_MS = 5_000;
/** So many are read with each count without being noticed. */
const FROM_CHANGES = 1_000;

/** Adds to the counts of keys what has come and gone, once that is much. Every replica does it, one at a time. */
@Injectable()
export class KeyCountKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly repeated: PeriodicTask;

  constructor(database: Database, { log }: ServiceLogger) {
    this.repeated = new PeriodicTask(
      () => withTransaction(database.pool, (tx) => foldChanges(tx, FROM_CHANGES)),
      INTERVAL_MS,
      (error) => {
        log.warn({ err: error }, 'counts of keys could not be added up; the next round tries again');
      },
    );
  }

  onApplicationBootstrap(): void {
    this.repeated.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.repeated.stop();
  }
}
