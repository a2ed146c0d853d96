import type { LogSource } from '../ports/log-source.js';
import { FEED_FIELDS } from '../protocol/names.js';

const FIELDS = [...FEED_FIELDS];

/**
 * The records whose openings on the feed were erased. An erasure is never taken back, so each is read from the log once
 * in the life of the process, however often the stream is compared with them.
 */
export class ErasedPositions {
  private through = 0;
  /** In the order of the erasures. */
  private readonly positions: number[] = [];
  /** The record that erased each of them. */
  private readonly erasedBy: number[] = [];
  private readonly known = new Set<number>();

  constructor(private readonly source: Pick<LogSource, 'erasedPositions'>) {}

  get size(): number {
    return this.positions.length;
  }

  has(position: number): boolean {
    return this.known.has(position);
  }

  /** In no particular order. */
  all(): readonly number[] {
    return this.positions;
  }

  /** Of the erasures up to a record, those behind the first `count`. Reads no log: see {@link readThrough}. */
  behind(count: number, through: number): readonly number[] {
    let end = this.erasedBy.length;
    while (end > count && (this.erasedBy[end - 1] ?? 0) > through) end -= 1;
    return this.positions.slice(count, end);
  }

  /** Learns of every erasure up to a record that is certainly in the log. */
  async readThrough(through: number): Promise<void> {
    if (through <= this.through) return;
    const found = await this.source.erasedPositions({ fields: FIELDS, after: this.through, through });
    this.through = Math.max(this.through, through);
    for (const { erasedBy, position } of found) {
      // Two fields of a record may go by two erasures; the message goes with the first.
      if (this.known.has(position)) continue;
      this.known.add(position);
      this.positions.push(position);
      this.erasedBy.push(erasedBy);
    }
  }
}
