import { type NoteVerifier, openCheckpoint } from '@keyfold/domain';
import { failureText } from '../ports/feed-log.js';
import type { LogSource } from '../ports/log-source.js';
import { LogForkedError } from '../protocol/errors.js';
import type { LogStream, StoredMessage } from '../transport/log-stream.js';
import type { ForkAlarm, LostState } from './fork-alarm.js';

/** How far back the newest checkpoint is looked for: several batches of which only the last message carries one. */
const CHECKPOINT_SEARCH = 2_000;

/** The stream holds checkpoints of another log under this log's name: reported, never repaired. */
export class ForeignStreamError extends Error {}

/** What a comparison needs. */
export interface StreamComparisonOptions {
  readonly source: LogSource;
  readonly verifier: NoteVerifier;
  readonly alarm: ForkAlarm;
}

/** Holds the log against the newest signed checkpoint on the stream, which outlives what Postgres loses. */
export class StreamComparison {
  constructor(private readonly options: StreamComparisonOptions) {}

  /**
   * @param lastSequence the stream's, read before this is called
   * @throws LogForkedError if the log does not extend that checkpoint; ForeignStreamError; anything else means that the
   *   stream could not be looked at
   */
  async requireNoFork(stream: LogStream, lastSequence: number): Promise<void> {
    const newest = await this.newestCheckpoint(stream, lastSequence);
    if (newest === null) return;
    const { alarm, source } = this.options;
    // Read after the stream: what has been relayed is in the log, so the head cannot be behind it.
    const { size } = await source.head();
    if (newest.size <= size && (await source.rootAt(newest.size)).equals(newest.root)) return;
    throw alarm.raise({
      noticedBy: 'stream',
      lost: newest,
      headSize: size,
      detail: `the stream holds a signed checkpoint of size ${newest.size} that the log at size ${size} does not extend`,
      firstDifferingPosition: await this.firstDifference(stream, newest.size, size),
    });
  }

  // Messages that somebody else has put on top may carry anything; they must not hide the checkpoint below them.
  private async newestCheckpoint(stream: LogStream, lastSequence: number): Promise<LostState | null> {
    for (let sequence = lastSequence; sequence > Math.max(0, lastSequence - CHECKPOINT_SEARCH); sequence -= 1) {
      const message = await readable(stream, sequence);
      if (message?.checkpoint == null) continue;
      const checkpoint = this.open(message.checkpoint);
      if (checkpoint !== null) return checkpoint;
    }
    return null;
  }

  private open(note: string): LostState | null {
    const { verifier } = this.options;
    try {
      return { ...openCheckpoint(note, verifier), note };
    } catch {
      const origin = note.slice(0, note.indexOf('\n'));
      if (/^\d+$/.test(note.split('\n')[1] ?? '') && origin !== verifier.name) {
        throw new ForeignStreamError(`the stream of this log's key holds checkpoints of ${JSON.stringify(origin)}`);
      }
      return null;
    }
  }

  private async firstDifference(stream: LogStream, streamSize: number, headSize: number): Promise<number> {
    let same = 0;
    let different = Math.min(streamSize, headSize) + 1;
    while (different - same > 1) {
      const middle = Math.floor((same + different) / 2);
      const [message, own] = await Promise.all([readable(stream, middle), this.options.source.readAt(middle)]);
      const isSame = message === null || (own !== undefined && Buffer.compare(message.leaf, own.leaf) === 0);
      if (isSame) same = middle;
      else different = middle;
    }
    return different;
  }
}

/**
 * A message; null where the stream holds none or the server cannot read it, which is damage and for the audit to find.
 */
export async function readable(stream: LogStream, sequence: number): Promise<StoredMessage | null> {
  try {
    return await stream.message(sequence);
  } catch (error) {
    if (error instanceof LogForkedError || !/message|malformed|corrupt/i.test(failureText(error))) throw error;
    return null;
  }
}
