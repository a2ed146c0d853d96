import { canonicalJson, type Opening } from '@keyfold/domain';
import { readable } from '../fork/stream-comparison.js';
import type { LogSource, SourceRecord } from '../ports/log-source.js';
import { decodeOpenings } from '../protocol/log-message.js';
import type { LogStream, StoredMessage, StreamState } from '../transport/log-stream.js';
import { requiredFields } from '../verify/erasure.js';
import type { ErasedPositions } from './erased-positions.js';

const WINDOW = 256;
/** An audit compares so many records at least, besides the newest ones. */
const LEAST_WALKED = 4 * WINDOW;
/** With an audit a minute every record is compared within a week, however many there are. */
const AUDITS_OF_A_WALK = 7 * 24 * 60;

interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads stretches of the stream and compares them with the log: the newest records each time, and all others in turn,
 * from a random place on, so that replicas which are restarted often do not all look at the beginning.
 */
export class StreamWindows {
  private next: number | null = null;

  constructor(private readonly source: LogSource) {}

  /**
   * The stretches that go before one with damage are not looked at again until the walk comes round.
   *
   * @param erased positions that the stream need not hold
   * @returns what is wrong, in words for the operator, or null
   * @throws if the stream could not be read
   */
  async damageIn(stream: LogStream, state: StreamState, erased: ErasedPositions): Promise<string | null> {
    const { lastSequence } = state;
    if (lastSequence === 0) return null;
    const absent = state.missing === null ? erased : new Set(state.missing);
    const newest = { first: Math.max(1, lastSequence - WINDOW + 1), last: lastSequence };
    const damage = await this.compare(stream, newest, absent);
    if (damage !== null) return damage;
    let toWalk = Math.min(lastSequence, Math.max(LEAST_WALKED, Math.ceil(lastSequence / AUDITS_OF_A_WALK)));
    while (toWalk > 0) {
      const range = this.rangeFrom(lastSequence);
      const found = await this.compare(stream, range, absent);
      // Not before it has been found whole: a second look is at the same place.
      if (found !== null) return found;
      this.next = range.last + 1;
      toWalk -= range.last - range.first + 1;
    }
    return null;
  }

  private rangeFrom(lastSequence: number): Range {
    const next = this.next ?? 1 + Math.floor(Math.random() * lastSequence);
    const first = next > lastSequence ? 1 : next;
    this.next = first;
    return { first, last: Math.min(first + WINDOW - 1, lastSequence) };
  }

  private async compare(
    stream: LogStream,
    { first, last }: Range,
    absent: Pick<ErasedPositions, 'has'>,
  ): Promise<string | null> {
    const expected = (await this.source.readAfter(first - 1, last - first + 1)).filter(
      ({ record }) => !absent.has(record.position),
    );
    if (expected.length === 0) return null;
    const found = new Map((await stream.window(first, expected.length)).map((message) => [message.sequence, message]));
    for (const own of expected) {
      const damage = await this.damageOf(stream, own, found.get(own.record.position));
      if (damage !== null) return damage;
    }
    return null;
  }

  private async damageOf(
    stream: LogStream,
    own: SourceRecord,
    delivered: StoredMessage | undefined,
  ): Promise<string | null> {
    const { position } = own.record;
    const message = delivered ?? (await readable(stream, position));
    // Another replica may have erased it since the stream's state was read.
    if (message === null) return (await this.isErased(position)) ? null : `record ${position} cannot be read`;
    const difference = differenceOf(message, own);
    if (difference === 'differs') return `record ${position} differs`;
    // The openings have been erased since they were published.
    if (difference === 'erased-since') await stream.erase(position);
    return delivered === undefined && difference === 'same' ? `record ${position} is not delivered` : null;
  }

  private async isErased(position: number): Promise<boolean> {
    const own = await this.source.readAt(position);
    return own !== undefined && requiredFields(own.record).some((field) => !Object.hasOwn(own.openings, field));
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
