import { checkpointText } from '@keyfold/domain';
import type { FeedLog } from '../ports/feed-log.js';
import type { TreeState } from '../ports/log-source.js';
import { type ForkReport, LogForkedError } from '../protocol/errors.js';

/** A state of the log that it does not extend any more. */
export interface LostState extends TreeState {
  readonly origin: string;
  /** The signed note; null if the log has not signed that state, or nobody here has the note. */
  readonly note: string | null;
}

/** What was seen, and by whom: see {@link ForkReport}. */
export interface SeenFork extends Pick<ForkReport, 'noticedBy' | 'detail' | 'firstDifferingPosition'> {
  readonly lost: LostState;
  /** Size of the log as this database has it. */
  readonly headSize: number;
}

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
  raise({ detail, firstDifferingPosition, headSize, lost, noticedBy }: SeenFork): LogForkedError {
    if (this.report === null) {
      // Where no records could be compared: two logs of one size with different roots differ in the last one at least.
      const mayBeShared = lost.size > headSize ? headSize : lost.size - 1;
      const report: ForkReport = {
        noticedBy,
        detail,
        firstDifferingPosition,
        position: firstDifferingPosition === null ? mayBeShared : firstDifferingPosition - 1,
        checkpoint: lost.note ?? checkpointText(lost),
      };
      this.report = report;
      this.log.error(
        { ...report },
        'THE LOG HAS FORKED: nothing is signed or written any more, until an administrator acknowledges it (keyfold fork)',
      );
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
