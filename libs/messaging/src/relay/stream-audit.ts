import { canonicalJson, openCheckpoint, type NoteVerifier, type Opening } from '@keyfold/domain';
import { LogForkedError } from '../errors.js';
import { failureText, type FeedLog } from '../feed-log.js';
import type { ForkAlarm } from '../fork-alarm.js';
import type { TreeState } from '../heads/checkpoint-signer.js';
import { decodeOpenings } from '../log-message.js';
import type { LogSource, SourceRecord } from '../log-source.js';
import { streamConfigProblems } from '../names.js';
import { requiredFields } from '../refill/erasure.js';
import { ErasedPositions } from './erased-positions.js';
import type { LogStream, StoredMessage, StreamState } from './log-stream.js';

/** How far back the newest checkpoint is looked for: several batches of which only the last message carries one. */
const CHECKPOINT_SEARCH = 2_000;
const WINDOW = 256;

/** The stream holds checkpoints of another log under this log's name: reported, never repaired. */
export class ForeignStreamError extends Error {}

/** What the audit needs. */
export interface StreamAuditOptions {
  readonly source: LogSource;
  readonly verifier: NoteVerifier;
  readonly alarm: ForkAlarm;
  readonly log: FeedLog;
}

/**
 * Looks whether the stream is what the relay would have made of the log, and makes it so again. The fork check comes
 * first: a stream that shows a fork is evidence, and is left as it is.
 */
export class StreamAudit {
  /** What the relay has to keep out of the stream, and may therefore be missing there. */
  readonly erased: ErasedPositions;

  constructor(private readonly options: StreamAuditOptions) {
    this.erased = new ErasedPositions(options.source);
  }

  /**
   * @returns the stream's last sequence, from which the relay goes on
   * @throws LogForkedError, ForeignStreamError; anything else means that the stream could not be looked at
   */
  async run(stream: LogStream): Promise<number> {
    const state = await stream.state();
    if (state === null) {
      await stream.create();
      return 0;
    }
    // Read after the stream's state: what has been relayed is in the log, so the head cannot be behind it.
    const head = await this.options.source.head();
    await this.requireNoFork(stream, state, head);
    const damage = await this.damageOf(stream, state, head.size);
    if (damage === null) return state.lastSequence;
    this.options.log.error({ damage, lastSequence: state.lastSequence }, 'the stream is damaged: it is fed again');
    // A crash between these leaves no stream, which the next audit makes.
    await stream.remove();
    await stream.create();
    return 0;
  }

  private async requireNoFork(stream: LogStream, state: StreamState, head: TreeState): Promise<void> {
    const newest = await this.newestCheckpoint(stream, state.lastSequence);
    if (newest === null) return;
    const isExtended = newest.size <= head.size && (await this.options.source.rootAt(newest.size)).equals(newest.root);
    if (isExtended) return;
    throw this.options.alarm.raise({
      noticedBy: 'stream',
      detail: `the stream holds a signed checkpoint of size ${newest.size} that the log at size ${head.size} does not extend`,
      firstDifferingPosition: await this.firstDifference(stream, newest.size, head.size),
    });
  }

  // Messages that somebody else has put on top may carry anything; they must not hide the checkpoint below them.
  private async newestCheckpoint(stream: LogStream, lastSequence: number): Promise<TreeState | null> {
    for (let sequence = lastSequence; sequence > Math.max(0, lastSequence - CHECKPOINT_SEARCH); sequence -= 1) {
      const message = await readable(stream, sequence);
      if (message?.checkpoint == null) continue;
      const checkpoint = this.open(message.checkpoint);
      if (checkpoint !== null) return checkpoint;
    }
    return null;
  }

  private open(note: string): TreeState | null {
    const { verifier } = this.options;
    try {
      return openCheckpoint(note, verifier);
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

  /** @returns what is wrong with the stream, in words for the operator, or null */
  private async damageOf(stream: LogStream, state: StreamState, headSize: number): Promise<string | null> {
    const configProblems = streamConfigProblems(state.config, this.options.verifier.keyId);
    if (configProblems.length > 0) return `its configuration differs: ${configProblems.join(', ')}`;
    if (state.lastSequence > headSize) return `it holds ${state.lastSequence} records, the log ${headSize}`;
    // The head is younger than the stream's state, so what was erased in the stream by then is known.
    if (state.missingCount > 0) await this.erased.readThrough(headSize);
    return this.unexplainedGap(state) ?? (await this.damagedWindow(stream, state));
  }

  private unexplainedGap({ missing, missingCount }: StreamState): string | null {
    if (missingCount === 0) return null;
    const { erased } = this;
    if (missing === null)
      return missingCount <= erased.size ? null : `${missingCount} records are missing, ${erased.size} were erased`;
    const position = missing.find((absent) => !erased.has(absent));
    return position === undefined ? null : `record ${position} is missing`;
  }

  private async isErased(position: number): Promise<boolean> {
    const own = await this.options.source.readAt(position);
    return own !== undefined && requiredFields(own.record).some((field) => !Object.hasOwn(own.openings, field));
  }

  private async damagedWindow(stream: LogStream, state: StreamState): Promise<string | null> {
    const { lastSequence } = state;
    const missing = state.missing ?? this.erased.all();
    const random = 1 + Math.floor(Math.random() * lastSequence);
    for (const first of new Set([Math.max(1, lastSequence - WINDOW + 1), 1, random])) {
      const last = Math.min(first + WINDOW - 1, lastSequence);
      const damage = await this.compareWindow(stream, { first, last, missing });
      if (damage !== null) return damage;
    }
    return null;
  }

  private async compareWindow(
    stream: LogStream,
    { first, last, missing }: { first: number; last: number; missing: readonly number[] },
  ): Promise<string | null> {
    const absent = new Set(missing.filter((position) => position >= first && position <= last));
    const expected = (await this.options.source.readAfter(first - 1, last - first + 1)).filter(
      ({ record }) => !absent.has(record.position),
    );
    if (expected.length === 0) return null;
    const found = new Map((await stream.window(first, expected.length)).map((message) => [message.sequence, message]));
    for (const own of expected) {
      const { position } = own.record;
      const message = found.get(position);
      if (message === undefined) {
        // Another replica may have erased it since the stream's state was read.
        if (await this.isErased(position)) continue;
        return `record ${position} is not delivered`;
      }
      const difference = differenceOf(message, own);
      if (difference === 'differs') return `record ${position} differs`;
      // The openings have been erased since they were published.
      if (difference === 'erased-since') await stream.erase(position);
    }
    return null;
  }
}

function differenceOf(message: StoredMessage, own: SourceRecord): 'same' | 'differs' | 'erased-since' {
  if (Buffer.compare(message.leaf, own.leaf) !== 0) return 'differs';
  const openings = message.openings === '' ? {} : decodeOpenings(message.openings);
  if (openings === null) return 'differs';
  const isErasedSince = ([field]: [string, Opening]): boolean =>
    Object.hasOwn(own.record.sealed, field) && !Object.hasOwn(own.openings, field);
  const entries = Object.entries(openings);
  const isFaithful = entries.every((entry) => isErasedSince(entry) || isKept(entry, own));
  if (!isFaithful) return 'differs';
  return entries.some(isErasedSince) ? 'erased-since' : 'same';
}

function isKept([field, { salt, value }]: [string, Opening], own: SourceRecord): boolean {
  const kept = Object.hasOwn(own.openings, field) ? own.openings[field] : undefined;
  return kept?.salt === salt && canonicalJson(kept.value) === canonicalJson(value);
}

// A message that the server cannot read is damage, and damage is for the later checks to find.
async function readable(stream: LogStream, sequence: number): Promise<StoredMessage | null> {
  try {
    return await stream.message(sequence);
  } catch (error) {
    if (error instanceof LogForkedError || !/message|malformed|corrupt/i.test(failureText(error))) throw error;
    return null;
  }
}
