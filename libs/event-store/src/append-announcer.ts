import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { prepared } from './prepared.js';

/** The notification channel; the payload is the log's new size. */
export const LOG_CHANNEL = 'keyfold_log';

// The process that commits also relays, at once; the others are told in case it cannot, so ten times a second is
// enough.
const PAUSE_MS = 100;

// A notification takes a transaction id, so its commit would be flushed, and the next append's flush would wait for
// that one.
const notifySql = prepared(
  'keyfold_notify',
  `select set_config('synchronous_commit', 'off', true), pg_notify($1::text, $2::text)`,
);

/**
 * Tells other processes that the log has grown. Behind the commit and not in it: a commit that notifies holds a lock of
 * the whole cluster while it is flushed. If we crash in between, listeners learn of the records from their polling.
 */
export class AppendAnnouncer {
  private size = 0;
  private announced = 0;
  private running: Promise<void> | null = null;

  constructor(private readonly pool: pg.Pool) {}

  /** The first at once, those that follow quickly as one. */
  announce(size: number): void {
    this.size = Math.max(this.size, size);
    this.running ??= this.run();
  }

  /** Resolves when what was announced has been sent. */
  async close(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.announced < this.size) {
      this.announced = this.size;
      // Only a hint is lost if this fails, and a later one says more.
      await this.pool.query(notifySql([LOG_CHANNEL, String(this.size)])).catch(() => undefined);
      await delay(PAUSE_MS);
    }
    this.running = null;
  }
}
