import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { cleanIdempotencyKeys, pruneSignedCheckpoints } from '@keyfold/event-store';
import { SessionStore } from './features/sign-in/session-store.js';
import { SignInThrottle } from './features/sign-in/sign-in-throttle.js';
import { byAge } from './platform/by-age.js';
import { Database } from './platform/database.js';
import { ServiceLogger } from './platform/service-logger.js';
import { deleteOldReceipts } from './tables/receipt-rows.js';

const INTERVAL_MS = 60_000;
/** Some times what a minute of appends can add, so that an old table shrinks too. */
const PRUNED_AT_ONCE = 100_000;

/**
 * Removes rows that nothing looks at any more. Every replica does it; whatever one has removed, the others do not find.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly sessions: SessionStore,
    private readonly throttle: SignInThrottle,
    private readonly database: Database,
    private readonly logger: ServiceLogger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.sweep();
    }, INTERVAL_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /**
   * Once; what the timer does. One kind of rows that cannot be removed does not keep the others. What goes by age stays
   * while Postgres's clock is suspect.
   */
  async sweep(): Promise<void> {
    const { pool } = this.database;
    const chores = [
      () => byAge(this.database, (tx) => this.sessions.sweep(tx)),
      () => byAge(this.database, (tx) => this.throttle.sweep(tx)),
      () => byAge(this.database, (tx) => cleanIdempotencyKeys(tx)),
      () => deleteOldReceipts(this.database),
      () => pruneSignedCheckpoints(pool, PRUNED_AT_ONCE),
    ];
    for (const chore of chores)
      await chore().catch((error: unknown) => {
        this.logger.log.warn({ err: error }, 'old rows could not be deleted; will retry');
      });
  }
}
