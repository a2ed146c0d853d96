import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { cleanIdempotencyKeys } from '@keyfold/event-store';
import { SessionStore } from '../sessions/session-store.js';
import { SignInThrottle } from '../sessions/sign-in-throttle.js';
import { Database } from './database.js';
import { ServiceLogger } from './service-logger.js';

const INTERVAL_MS = 60_000;

/** Removes rows that nothing looks at any more. Every replica does it; whatever one has removed, the others do not find. */
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

  private async sweep(): Promise<void> {
    try {
      await this.sessions.sweep();
      await this.throttle.sweep();
      await cleanIdempotencyKeys(this.database.pool);
    } catch (error) {
      this.logger.log.warn({ err: error }, 'old rows could not be removed; the next round tries again');
    }
  }
}
