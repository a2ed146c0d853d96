import type { NoteVerifier } from '@keyfold/domain';
import { ErasureProofs } from '../refill/erasure.js';
import { inOneTurn, segmentCheck } from './verify-segment.js';
import type { FeedPosition, RawEntry, VerifiedBatch } from './verified-batch.js';

/**
 * Gathers the stream's messages up to a checkpoint and verifies them. Holds raw messages only after its tip; whatever the
 * stream does (repeats, leaves out, reorders, forges), the tip moves by verified segments alone. Synchronous, no I/O.
 */
export class FeedAssembler {
  private verified: FeedPosition;
  // Contiguous by claimed position, from `first` on.
  private entries: RawEntry[] = [];
  private first: number;
  private checkpoints = 0;

  constructor(
    private readonly verifier: NoteVerifier,
    position: FeedPosition,
  ) {
    this.verified = position;
    this.first = position.size + 1;
  }

  /** The last state that has been verified. */
  get tip(): FeedPosition {
    return this.verified;
  }

  /** How many messages are held that are not verified yet. */
  get heldCount(): number {
    return this.entries.length;
  }

  /** Whether a segment waits to be verified. */
  get isReady(): boolean {
    return this.checkpoints > 0 && this.gapThrough === null;
  }

  /** The last position that is missing between the tip and what is held or comes next; null if nothing is. */
  get gapThrough(): number | null {
    return this.first > this.verified.size + 1 ? this.first - 1 : null;
  }

  /** Takes a message of the stream. What is verified or held already is ignored. */
  accept(entry: RawEntry): void {
    const next = this.first + this.entries.length;
    if (entry.position < next) return;
    // Something is missing in between. What is held before the hole comes again with the refill that closes it.
    if (entry.position > next) this.dropHeld(entry.position);
    this.entries.push(entry);
    if (entry.checkpoint !== null) this.checkpoints += 1;
  }

  /**
   * Verifies up to the last checkpoint within `maxRecords` (or up to the first one, if it is farther) and moves the tip.
   *
   * @returns null if no whole segment is there
   * @throws FeedProblem if it does not verify; then the segment is dropped, which leaves a gap, and the tip stays
   */
  next(maxRecords: number): VerifiedBatch | null {
    return inOneTurn(this.nextInTurns(maxRecords));
  }

  /** What {@link next} does, in turns; messages may be accepted between them, but the tip is not to be set. */
  *nextInTurns(maxRecords: number): Generator<undefined, VerifiedBatch | null> {
    if (!this.isReady) return null;
    const entries = this.take(this.lastCheckpointWithin(maxRecords) + 1);
    const note = entries.at(-1)?.checkpoint ?? '';
    const batch = yield* segmentCheck(
      { from: this.verified, entries, note, erasures: ErasureProofs.none },
      this.verifier,
    );
    this.verified = { size: this.verified.size + entries.length, frontier: batch.frontier };
    return batch;
  }

  /** Moves the tip to a state that was verified elsewhere (a refill); what is held after it stays. */
  moveTip(position: FeedPosition): void {
    this.verified = position;
    const stale = position.size + 1 - this.first;
    if (stale > this.entries.length) this.dropHeld();
    else if (stale > 0) this.take(stale);
  }

  /** Starts anew from a position, holding nothing. */
  reset(position: FeedPosition): void {
    this.verified = position;
    this.dropHeld(position.size + 1);
  }

  /** Forgets what is held and not verified. */
  dropHeld(first = this.verified.size + 1): void {
    this.entries = [];
    this.checkpoints = 0;
    this.first = first;
  }

  private take(count: number): RawEntry[] {
    const taken = this.entries.splice(0, count);
    for (const { checkpoint } of taken) if (checkpoint !== null) this.checkpoints -= 1;
    this.first += count;
    return taken;
  }

  private lastCheckpointWithin(maxRecords: number): number {
    const within = this.entries.slice(0, maxRecords).findLastIndex(({ checkpoint }) => checkpoint !== null);
    return within >= 0 ? within : this.entries.findIndex(({ checkpoint }) => checkpoint !== null);
  }
}
