import type { FeedLog } from '../ports/feed-log.js';
import { type ForkReport, LogForkedError } from '../protocol/errors.js';

/**
 * Whether a fork has been noticed. Once raised it stays so until the process ends: after a restart the same evidence
 * (signed checkpoints, the stream, the gateways) raises it again. Whoever signs or writes asks it first.
 */
export class ForkAlarm {
  private report: ForkReport | null = null;
  private readonly listeners = new Set<(report: ForkReport) => void>();

  constructor(private readonly log: FeedLog) {}

  get fork(): ForkReport | null {
    return this.report;
  }

  /** Raises the alarm; the first report stays. */
  raise(report: ForkReport): LogForkedError {
    if (this.report === null) {
      this.report = report;
      this.log.error({ ...report }, 'THE LOG HAS FORKED: nothing is signed or written any more');
      for (const listener of this.listeners) listener(report);
    }
    return new LogForkedError(this.report);
  }

  /** @throws LogForkedError once the alarm has been raised */
  assertNone(): void {
    if (this.report !== null) throw new LogForkedError(this.report);
  }

  /** @returns the function that ends the subscription */
  onFork(listener: (report: ForkReport) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
