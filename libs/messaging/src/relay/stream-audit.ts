import type { StreamComparison } from '../fork/stream-comparison.js';
import type { FeedLog } from '../ports/feed-log.js';
import type { LogSource } from '../ports/log-source.js';
import { streamConfigProblems } from '../protocol/names.js';
import type { LogStream, StreamState } from '../transport/log-stream.js';
import { ErasedPositions } from './erased-positions.js';
import { StreamWindows } from './stream-windows.js';

/** What the audit needs. */
export interface StreamAuditOptions {
  readonly source: LogSource;
  readonly logKeyId: string;
  readonly comparison: StreamComparison;
  readonly log: FeedLog;
  /** The stream's size in bytes; without it there is no limit. All replicas must say the same. */
  readonly streamMaxBytes?: number | undefined;
}

/**
 * Looks whether the stream is what the relay would have made of the log, and makes it so again. The fork check comes
 * first: a stream that shows a fork is evidence, and is left as it is. Damage must be found twice, by two audits that
 * share nothing: feeding a stream again costs every follower a refill, so neither a slow broker nor a race may be taken
 * for it.
 */
export class StreamAudit {
  /** What the relay has to keep out of the stream, and may therefore be missing there. */
  readonly erased: ErasedPositions;
  private readonly windows: StreamWindows;

  constructor(private readonly options: StreamAuditOptions) {
    this.erased = new ErasedPositions(options.source);
    this.windows = new StreamWindows(options.source);
  }

  /**
   * @returns the stream's last sequence, from which the relay goes on
   * @throws LogForkedError, ForeignStreamError, StreamRefusedError; anything else means that the stream could not be
   *   looked at
   */
  async run(stream: LogStream): Promise<number> {
    const found = await this.look(stream);
    if (found.damage === null) return found.lastSequence;
    const again = await this.look(stream);
    if (again.damage === null) {
      this.options.log.warn({ damage: found.damage }, 'the stream seemed damaged, but the next audit found no damage');
      // What the second look did not cover comes with the next audit.
      return again.lastSequence;
    }
    const { damage, lastSequence } = again;
    this.options.log.error({ damage, lastSequence }, 'the stream is damaged: it is deleted and filled again');
    // A crash between these leaves no stream, which the next audit makes.
    await stream.remove();
    await stream.create(this.options.streamMaxBytes);
    return 0;
  }

  /**
   * The fork check alone, before anything is published.
   *
   * @throws like {@link run}
   */
  async requireNoFork(stream: LogStream, lastSequence: number): Promise<void> {
    await this.options.comparison.requireNoFork(stream, lastSequence);
  }

  private async look(stream: LogStream): Promise<{ damage: string | null; lastSequence: number }> {
    const state = await stream.state();
    if (state === null) {
      await stream.create(this.options.streamMaxBytes);
      return { damage: null, lastSequence: 0 };
    }
    await this.requireNoFork(stream, state.lastSequence);
    // Read after the stream's state: what has been relayed is in the log, so the head cannot be behind it.
    const head = await this.options.source.head();
    return { damage: await this.damageOf(stream, state, head.size), lastSequence: state.lastSequence };
  }

  /** @returns what is wrong with the stream, in words for the operator, or null */
  private async damageOf(stream: LogStream, state: StreamState, headSize: number): Promise<string | null> {
    const { logKeyId, streamMaxBytes } = this.options;
    const configProblems = streamConfigProblems(state.config, logKeyId, streamMaxBytes);
    if (configProblems.length > 0) return `its configuration differs: ${configProblems.join(', ')}`;
    if (state.lastSequence > headSize) return `it holds ${state.lastSequence} records, the log ${headSize}`;
    // The head is younger than the stream's state, so what was erased in the stream by then is known.
    if (state.missingCount > 0) await this.erased.readThrough(headSize);
    return unexplainedGap(state, this.erased) ?? (await this.windows.damageIn(stream, state, this.erased));
  }
}

function unexplainedGap({ missing, missingCount }: StreamState, erased: ErasedPositions): string | null {
  if (missingCount === 0) return null;
  if (missing === null)
    return missingCount <= erased.size ? null : `${missingCount} records are missing, ${erased.size} were erased`;
  const position = missing.find((absent) => !erased.has(absent));
  return position === undefined ? null : `record ${position} is missing`;
}
