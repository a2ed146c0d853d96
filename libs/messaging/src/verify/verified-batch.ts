import type { Frontier, LogRecord, Opening } from '@keyfold/domain';

/** Pattern of the handler that receives {@link VerifiedBatch}es: `@MessagePattern(FEED_BATCH_PATTERN)`. */
export const FEED_BATCH_PATTERN = 'keyfold.feed.batch';

/** How much of the log has been applied, and the tree over it. */
export interface FeedPosition {
  readonly size: number;
  readonly frontier: Frontier;
}

/** A record that the log's key has signed for, with every opening checked against its commitment. */
export interface VerifiedRecord {
  readonly record: LogRecord;
  readonly leaf: Uint8Array;
  readonly openings: Readonly<Record<string, Opening>>;
  /** Sealed fields without an opening, since the erasure of the person they concern is proven. */
  readonly erased: readonly string[];
}

/** Contiguous records right after what was delivered before. */
export interface VerifiedBatch {
  readonly records: readonly VerifiedRecord[];
  /** The tree after the last of them. */
  readonly frontier: Frontier;
  /** The signed note it was checked against; its size is the last record's position. */
  readonly checkpoint: string;
}

/** A log message as it came, nothing of it verified. */
export interface RawEntry {
  /** Where the sender says it belongs. */
  readonly position: number;
  readonly leaf: Uint8Array;
  /** The openings' header, or openings already parsed; '' for none. */
  readonly openings: string | Readonly<Record<string, Opening>>;
  /** A signed note of exactly this size, if the message carries one. */
  readonly checkpoint: string | null;
}

/** Batches that follow each other, as one; null if there are none. */
export function merged(parts: readonly VerifiedBatch[]): VerifiedBatch | null {
  const last = parts.at(-1);
  if (last === undefined || parts.length === 1) return last ?? null;
  return { ...last, records: parts.flatMap(({ records }) => records) };
}
