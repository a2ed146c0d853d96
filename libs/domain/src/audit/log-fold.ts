import type { LogRecord, Opening } from '../log/index.js';
import { emptyFacts, type FactsView, foldFacts, readEvent } from '../model/index.js';

/**
 * The facts that a log says, folded record by record as the gateways fold them. Memory is bounded by settings, roles,
 * users and keys, not by the number of records.
 */
export class LogFold {
  /** Changed in place by each record. */
  readonly facts: FactsView = emptyFacts();
  private last: Pick<LogRecord, 'position' | 'recordedAt'> | null = null;

  /** The last record that was folded; 0 for none. */
  get position(): number {
    return this.last?.position ?? 0;
  }

  /** Its time, RFC 3339; null for none. */
  get recordedAt(): string | null {
    return this.last?.recordedAt ?? null;
  }

  /**
   * @param record the next one in order of position
   * @param openings verified against its commitments; what is missing reads as erased
   * @throws UnknownEventError if the record decides access and is not known to this version
   */
  add(record: LogRecord, openings: Readonly<Record<string, Opening>> = {}): void {
    foldFacts(this.facts, readEvent(record, openings));
    this.last = record;
  }
}
