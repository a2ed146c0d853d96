import { leaseOverAfterMs } from '../lease/index.js';

/** A lease row, as one read of the rows has it. */
export interface ReadLeaseRow {
  /** Names the row for good. */
  readonly id: string;
  readonly gatewayId: string;
  /** Null for a process of an older version. */
  readonly slot: string | null;
  /** The longest lease that may be out, in seconds; 0: none. */
  readonly longestSeconds: number;
  /** Log time of the lease's end, RFC 3339; null while it may run. */
  readonly endedAt: string | null;
  /** The largest position that the process has claimed to have applied. */
  readonly appliedPosition: number;
  /** Its newest verified cosignature; null before the first. */
  readonly cosigned: Cosigned | null;
  /** For people: when the lease ends by the log's clock, or has ended. RFC 3339. */
  readonly leaseUntil: string;
}

/** What proves that a process has applied a tree. */
export interface Cosigned {
  readonly size: number;
  /** Line of the checkpoint's note, its newline included. */
  readonly line: string;
  /** Of the record that enrols its key. */
  readonly enrolledPosition: number;
}

/** Why a lease can no longer allow what a write has ended. */
export type LeaseStanding =
  | { readonly by: 'applied'; readonly cosigned: Cosigned }
  | { readonly by: 'lease-ended'; readonly endedAt: string | null };

/**
 * Whether a row stands against a write: a row whose process may answer, or has been able to. One that never got a lease
 * cannot allow anything.
 */
export function mayHaveLease({ endedAt, longestSeconds }: ReadLeaseRow): boolean {
  return endedAt !== null || longestSeconds > 0;
}

/**
 * Whether a lease can still miss a write.
 *
 * A lease that was granted after the first read counts only once its process has applied a head that has the write, so
 * it is the lease of the first read that has to end: whether the row has changed since does not matter.
 *
 * @param first the row in the first read that began after the write had committed
 * @param current the row in the newest read; undefined if it is not there any more: rows go only after their lease has
 *   ended
 * @param at.position of the write
 * @param at.sinceFirstReadMs what this replica's own monotonic clock has counted since the answer of the first read
 * @returns null while it can
 */
export function standingOf(
  first: ReadLeaseRow,
  current: ReadLeaseRow | undefined,
  at: { readonly position: number; readonly sinceFirstReadMs: number },
): LeaseStanding | null {
  const cosigned = (current ?? first).cosigned;
  if (cosigned !== null && cosigned.size >= at.position) return { by: 'applied', cosigned };
  if (first.endedAt !== null) return { by: 'lease-ended', endedAt: first.endedAt };
  if (current === undefined) return { by: 'lease-ended', endedAt: null };
  if (current.endedAt !== null) return { by: 'lease-ended', endedAt: current.endedAt };
  const isOver = at.sinceFirstReadMs >= leaseOverAfterMs(first.longestSeconds);
  return isOver ? { by: 'lease-ended', endedAt: null } : null;
}
