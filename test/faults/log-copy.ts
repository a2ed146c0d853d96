import { emptyFacts, type FactsView, foldFacts, type LogRecord, type Opening, readEvent } from '@keyfold/domain';
import { createPool, PostgresEventStore } from '@keyfold/event-store';

/** A record as it was first seen, with the openings that it had then. */
export interface SeenRecord {
  readonly record: LogRecord;
  readonly leaf: Buffer;
  readonly openings: Readonly<Record<string, Opening>>;
}

const PAGE = 1_000;

/** What the log has shown, read past every service. */
export class LogCopy {
  readonly records: SeenRecord[] = [];
  private readonly pool;
  private readonly store;

  constructor(url: string) {
    this.pool = createPool({ url, max: 2 });
    this.store = new PostgresEventStore({ pool: this.pool });
  }

  get size(): number {
    return this.records.length;
  }

  /** Takes over what has been appended. */
  async readOn(): Promise<void> {
    for (;;) {
      const page = await this.store.readAfter(this.size, PAGE);
      this.records.push(...page);
      if (page.length < PAGE) return;
    }
  }

  /** Everything once more, as it is now. */
  async readAgain(): Promise<SeenRecord[]> {
    const all: SeenRecord[] = [];
    for (;;) {
      const page = await this.store.readAfter(all.length, PAGE);
      all.push(...page);
      if (page.length < PAGE) return all;
    }
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.pool.end();
  }
}

/** The facts along a log; positions are asked for in order. */
export class FactsAlong {
  readonly view: FactsView = emptyFacts();
  private position = 0;

  /** @param fields whose openings are known; all without it */
  constructor(
    private readonly records: readonly SeenRecord[],
    private readonly fields?: ReadonlySet<string>,
  ) {}

  /** @throws RangeError for a position that the log does not have, or that is behind */
  at(position: number): FactsView {
    if (!(position >= this.position && position <= this.records.length))
      throw new RangeError(`position ${position} of ${this.records.length}`);
    for (; this.position < position; this.position++) {
      const seen = this.records[this.position];
      if (seen !== undefined) foldFacts(this.view, readEvent(seen.record, this.known(seen.openings)));
    }
    return this.view;
  }

  private known(openings: SeenRecord['openings']): SeenRecord['openings'] {
    const { fields } = this;
    if (fields === undefined) return openings;
    return Object.fromEntries(Object.entries(openings).filter(([field]) => fields.has(field)));
  }
}
