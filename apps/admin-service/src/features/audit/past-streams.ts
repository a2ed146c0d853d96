import { Injectable } from '@nestjs/common';
import { basisOf, type LogRecord } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';

/** Records of a stream behind which a basis is kept: at most so many are read for a question. */
const RECORDS_A_BASIS = 250;

/** The start of a stream in the few records that decide what it says. */
interface Basis {
  readonly records: readonly LogRecord[];
  /** The last record that it stands for. */
  readonly last: LogRecord;
}

/**
 * Streams as they were at a position, without sealed values. Every question needs the settings and some roles, which
 * hold nothing personal: of these it is remembered what decides at every 250th record or so. A question then costs the
 * same however often they have changed. What is remembered rests on records of the log, and is dropped if the log has
 * another record in the place of the last of them (a failover that lost its tail).
 */
@Injectable()
export class PastStreams {
  private readonly remembered = new Map<string, Basis[]>();

  constructor(private readonly store: PostgresEventStore) {}

  /** All records of streams that may hold anything, up to a position; each stream's in order. */
  async whole(streams: readonly string[], position: number): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    const tails = streams.map((stream) => ({ stream, after: 0 }));
    for await (const page of this.store.streamsAsOf(tails, position)) records.push(...page);
    return records;
  }

  /** Records of the settings or of roles that fold into what these say at a position; each stream's in order. */
  async deciding(streams: readonly string[], position: number): Promise<LogRecord[]> {
    const found = new Map(streams.map((stream) => [stream, this.basisBefore(stream, position)]));
    // The last record of a basis is read again, to see that it is still there.
    const tails = [...found].map(([stream, basis]) => ({ stream, after: (basis?.last.version ?? 1) - 1 }));
    const readers = new Map([...found].map(([stream, basis]) => [stream, new StreamReading(basis)]));
    for await (const page of this.store.streamsAsOf(tails, position))
      for (const record of page) readers.get(record.stream)?.add(record);
    const lost = [...readers].filter(([, reading]) => !reading.isSound).map(([stream]) => stream);
    for (const stream of lost) this.remembered.delete(stream);
    if (lost.length > 0) return this.deciding(streams, position);
    for (const [stream, { made }] of readers) this.remember(stream, made);
    return [...readers.values()].flatMap(({ records }) => records);
  }

  private basisBefore(stream: string, position: number): Basis | undefined {
    return this.remembered.get(stream)?.findLast(({ last }) => last.position <= position);
  }

  /** Others may have made the same meanwhile. */
  private remember(stream: string, made: readonly Basis[]): void {
    if (made.length === 0) return;
    const bases = this.remembered.get(stream) ?? [];
    const known = bases.at(-1)?.last.version ?? 0;
    this.remembered.set(stream, [...bases, ...made.filter(({ last }) => last.version > known)]);
  }
}

/** What of a stream has been read: a basis and the records behind it. */
class StreamReading {
  readonly made: Basis[] = [];
  /** Whether the log still has what the basis rests on. */
  isSound: boolean;
  private basis: readonly LogRecord[];
  private tail: LogRecord[] = [];

  constructor(private readonly from: Basis | undefined) {
    this.basis = from?.records ?? [];
    this.isSound = from === undefined;
  }

  get records(): readonly LogRecord[] {
    return [...this.basis, ...this.tail];
  }

  add(record: LogRecord): void {
    if (record.version === this.from?.last.version) {
      this.isSound = isSame(record, this.from.last);
      return;
    }
    this.tail.push(record);
    // Where much still counts (bulk revocations of many users) a basis is dear, and is made less often.
    if (this.tail.length < Math.max(RECORDS_A_BASIS, this.basis.length)) return;
    this.basis = basisOf([...this.basis, ...this.tail]);
    this.tail = [];
    this.made.push({ records: this.basis, last: record });
  }
}

/** Two records that differ have different correlation ids, positions or times, whatever they say. */
function isSame(left: LogRecord, right: LogRecord): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
