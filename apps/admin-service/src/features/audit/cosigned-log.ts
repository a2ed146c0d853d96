import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { certifyCosigner, cosign } from '@keyfold/domain';
import {
  type CosignedCheckpoint,
  cosignedCheckpoints,
  keepCosignedCheckpoint,
  PostgresEventStore,
  pruneCosignedCheckpoints,
} from '@keyfold/event-store';
import { CheckpointSigner, LogForkedError } from '@keyfold/messaging';
import { AdminConfig } from '../../platform/admin-config.js';
import { byAge } from '../../platform/by-age.js';
import { Database } from '../../platform/database.js';
import { LogKeys } from '../../platform/log-keys.js';
import { PeriodicTask } from '../../platform/periodic-task.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { withTransaction } from '../../platform/with-transaction.js';

/** Looks in an interval. One kept at the last look before a limit leaves a third of the interval to the next. */
const LOOKS = 3;

/**
 * Checkpoints with the time at which they were the log's newest, cosigned by its second key. One is kept in each
 * interval while a replica runs, also while nothing is appended: whoever has two of the same size knows that nothing
 * was, and whoever has one knows what was not there yet.
 */
@Injectable()
export class CosignedLog implements OnApplicationBootstrap, OnApplicationShutdown {
  /** A note by the log's key that names the cosigner's key. */
  readonly certificate: string;
  private readonly task: PeriodicTask;
  private recordedSeconds = 0;

  // eslint-disable-next-line max-params -- Nest injects by constructor; the log, its keys and where they are kept.
  constructor(
    private readonly store: PostgresEventStore,
    private readonly signer: CheckpointSigner,
    private readonly keys: LogKeys,
    private readonly database: Database,
    private readonly config: AdminConfig,
    logger: ServiceLogger,
  ) {
    this.certificate = certifyCosigner(keys.cosigner, keys.signer);
    const { KEYFOLD_LOG_COSIGN_SECONDS: seconds } = config.settings;
    this.task = new PeriodicTask(
      () => this.keepOne(),
      (seconds * 1_000) / LOOKS,
      (error) => {
        // A fork has its own alarm; until it is over nothing is signed.
        if (!(error instanceof LogForkedError))
          logger.log.warn({ err: error }, 'no checkpoint could be cosigned; will retry');
      },
    );
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.task.stop();
  }

  /**
   * The newest checkpoint, cosigned with the log time at which it was read, in whole seconds, never later than that.
   */
  async current(): Promise<{ readonly checkpoint: string; readonly size: number; readonly atSeconds: number }> {
    const { checkpoint, logTime, size } = await this.signer.currentState();
    const atSeconds = Math.floor(Date.parse(logTime) / 1_000);
    await this.recordTime(atSeconds);
    return { checkpoint: cosign(checkpoint, this.keys.cosigner, atSeconds), size, atSeconds };
  }

  /**
   * A checkpoint cosigned with the time of its last record, in whole seconds, never later than that: by the log's time
   * it was the newest one then, whatever has been appended since.
   *
   * @param recordedAt of the checkpoint's last record, RFC 3339
   */
  asOfItsLastRecord(checkpoint: string, recordedAt: string): string {
    return cosign(checkpoint, this.keys.cosigner, Math.floor(Date.parse(recordedAt) / 1_000));
  }

  /** The kept ones, oldest first, with times between two instants (seconds since 1970, both excluded). */
  kept(range: {
    readonly after: number;
    readonly before: number;
    readonly limit: number;
  }): Promise<CosignedCheckpoint[]> {
    return cosignedCheckpoints(this.database.pool, { origin: this.keys.signer.name, ...range });
  }

  /** As with a head: no process that starts later may say an earlier time. */
  private async recordTime(atSeconds: number): Promise<void> {
    if (atSeconds <= this.recordedSeconds) return;
    await withTransaction(this.database.pool, (tx) => this.store.recordSignedTime(tx, atSeconds * 1_000_000));
    this.recordedSeconds = Math.max(this.recordedSeconds, atSeconds);
  }

  private async keepOne(): Promise<void> {
    const { KEYFOLD_LOG_COSIGN_SECONDS: seconds, KEYFOLD_LOG_COSIGNED_DAYS: days } = this.config.settings;
    const { atSeconds, checkpoint: note, size } = await this.current();
    const one = { origin: this.keys.signer.name, size, atSeconds, note };
    await keepCosignedCheckpoint(this.database.pool, one, Math.floor(seconds / LOOKS));
    await byAge(this.database, (tx) => pruneCosignedCheckpoints(tx, days));
  }
}
