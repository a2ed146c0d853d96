import { setTimeout as delay } from 'node:timers/promises';
import type { SharedKeys } from '@keyfold/domain';
import { type AdminRequester, askToTake, MAX_REPORTED_USES } from '@keyfold/messaging';
import type { Logger } from '@keyfold/service-kit';
import type { TakenUses, UseRecorder } from './use-recorder.js';

/** Settings of a {@link UseReporter}. */
export interface UseReporterOptions {
  readonly recorder: UseRecorder;
  readonly requester: Pick<AdminRequester, 'ask'>;
  readonly keys: SharedKeys;
  readonly gatewayId: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

const TICK_MS = 500;
/**
 * Between two reports, with few keys in use: an owner sees a use at most this long after it, and what two round trips
 * take.
 */
const MIN_PAUSE_TICKS = 4;
/**
 * Where many keys are in use, most of them are used again within any pause, and each report of each is a row that the
 * admin-service writes: the more keys there were, the longer the pause, and the fewer uses are told one by one.
 */
const KEYS_PER_PAUSE_TICK = 1_250;
const MAX_PAUSE_TICKS = 40;
const LAST_REPORT_WITHIN_MS = 2_000;

/** Tells the admin-service which keys were used. Nothing on the way of a request waits for it. */
export class UseReporter {
  private timer: NodeJS.Timeout | undefined;
  private ticksToFlush = MIN_PAUSE_TICKS;
  private flushing: Promise<void> | undefined;
  /** What was sent and not acknowledged: sent again as it is before anything else. */
  private unsent: TakenUses | null = null;
  private isFailing = false;

  constructor(private readonly options: UseReporterOptions) {}

  start(): void {
    this.timer = setInterval(() => {
      const { recorder } = this.options;
      recorder.tick();
      this.ticksToFlush--;
      if (this.ticksToFlush > 0 && !recorder.isFilling) return;
      this.ticksToFlush = pauseTicksAfter(recorder.waiting);
      void this.flush();
    }, TICK_MS);
    this.timer.unref();
  }

  /**
   * Reports everything that waits now, as long as that works; what is used meanwhile waits for the next time. Never
   * rejects.
   */
  flush(): Promise<void> {
    this.flushing ??= this.sendAll().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  /**
   * Reports once more what is left, for 2 s at most: uses are information, which may be lost with a gateway, and a stop
   * must not fail because the admin-service is unreachable.
   */
  async close(): Promise<void> {
    clearInterval(this.timer);
    const reported = (async () => {
      await this.flushing;
      await this.flush();
    })();
    await Promise.race([reported, delay(LAST_REPORT_WITHIN_MS, undefined, { ref: false })]);
  }

  private async sendAll(): Promise<void> {
    const { gatewayId, keys, log, recorder, requester } = this.options;
    // A key under traffic waits again as soon as it was taken out: a loop until nothing waits would not end before the
    // traffic does.
    let reports = Math.ceil(recorder.waiting / MAX_REPORTED_USES) + (this.unsent === null ? 0 : 1);
    try {
      for (; reports > 0; reports--) {
        this.unsent ??= recorder.take(MAX_REPORTED_USES);
        if (this.unsent === null) break;
        await requester.ask('use', askToTake({ gatewayId, ...this.unsent }, keys));
        this.unsent = null;
      }
      if (this.isFailing) log.info({}, 'use reports are accepted again');
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing)
        log.warn(
          { reason: error instanceof Error ? error.message : String(error) },
          'use reports are not accepted; will retry',
        );
      this.isFailing = true;
    }
  }
}

function pauseTicksAfter(keys: number): number {
  return Math.min(Math.max(MIN_PAUSE_TICKS, Math.ceil(keys / KEYS_PER_PAUSE_TICK)), MAX_PAUSE_TICKS);
}
