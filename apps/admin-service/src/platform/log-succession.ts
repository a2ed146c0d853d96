import type pg from 'pg';
import type { PostgresEventStore } from '@keyfold/event-store';
import type { Logger } from '@keyfold/service-kit';
import { PeriodicTask } from './periodic-task.js';

const INTERVAL_MS = 1_000;

/**
 * Tells when the log has gone on under another origin: a fork was acknowledged, here or by another replica. This
 * process was made for the origin before. What it knows of the tree, its stream and its subjects are of that one, so it
 * signs nothing more, and has to end and start again.
 */
export class LogSuccession {
  /** Resolves once the log has another origin than this process works for. */
  readonly superseded: Promise<void>;
  private resolve: () => void = () => undefined;
  private readonly watch: PeriodicTask;

  constructor(
    private readonly pool: pg.Pool,
    private readonly origin: string,
    /** The log without what keeps it from being written to: for the one record that acknowledges a fork. */
    readonly openUngated: () => PostgresEventStore,
    log: Pick<Logger, 'debug'>,
  ) {
    this.superseded = new Promise((resolve) => {
      this.resolve = resolve;
    });
    // Postgres is away: its readiness check says so.
    this.watch = new PeriodicTask(
      () => this.look(),
      INTERVAL_MS,
      (error) => {
        log.debug({ err: error }, 'the origin of the log could not be read');
      },
    );
  }

  start(): void {
    this.watch.start();
  }

  /** Looks at once. */
  now(): void {
    this.watch.now();
  }

  stop(): Promise<void> {
    return this.watch.stop();
  }

  private async look(): Promise<void> {
    const { rowCount } = await this.pool.query('select from keyfold.log_origins where previous_origin = $1::text', [
      this.origin,
    ]);
    if (rowCount !== 0) this.resolve();
  }
}
