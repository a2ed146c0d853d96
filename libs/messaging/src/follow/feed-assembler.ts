import type { NoteVerifier } from '@keyfold/domain';
import { OpeningProblem } from '../protocol/errors.js';
import { ErasureProofs } from '../verify/erasure.js';
import type { FeedPosition, RawEntry, VerifiedBatch } from '../verify/verified-batch.js';
import { runAtOnce, segmentCheck } from '../verify/verify-segment.js';

/** Positions that the stream has not brought, or not as the log has them. */
export interface Gap {
  /** The last position before it that is verified or held. */
  readonly after: number;
  /** The last one that is to be had from elsewhere. */
  readonly through: number;
}

/** Where holes lie closer together than this, one refill of all between them costs less than several. */
const NEAR = 50;

/**
 * Gathers the stream's messages up to a checkpoint and verifies them. Holds raw messages only after its tip; whatever
 * the stream does (repeats, leaves out, reorders, forges), the tip moves by verified segments alone. Synchronous, no
 * I/O.
 *
 * A hole costs its own records and no others: what precedes it is verified up to its last checkpoint, the rest waits
 * for the refill to be verified together with it, and what follows is kept.
 */
export class FeedAssembler {
  private verified: FeedPosition;
  /** After the tip, by rising claimed position; there may be holes between them. */
  private entries: RawEntry[] = [];
  /** How many of them follow the tip without a hole, and how many of those carry a checkpoint. */
  private contiguous = 0;
  private checkpoints = 0;
  /** What the stream brings before this position is ignored: it is verified, held, or was refused. */
  private expected: number;

  constructor(
    private readonly verifier: NoteVerifier,
    position: FeedPosition,
  ) {
    this.verified = position;
    this.expected = position.size + 1;
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
    return this.checkpoints > 0;
  }

  /** The first hole after the tip; null if nothing is missing between the tip and what is held or comes next. */
  get gap(): Gap | null {
    if (!this.hasGap) return null;
    let through = this.positionAt(this.contiguous) - 1;
    for (let at = this.contiguous; at < this.entries.length && this.positionAt(at) <= through + NEAR; at++) {
      const following = this.positionAt(at + 1);
      if (following > this.positionAt(at) + 1) through = following - 1;
    }
    return { after: this.verified.size + this.contiguous, through };
  }

  /** Whether there is a {@link gap}; asked for each message. */
  get hasGap(): boolean {
    return this.positionAt(this.contiguous) > this.verified.size + this.contiguous + 1;
  }

  /** What is held between the tip and the first hole. */
  get heldBeforeGap(): readonly RawEntry[] {
    return this.entries.slice(0, this.contiguous);
  }

  /** Takes a message of the stream. What is verified, held or refused already is ignored. */
  accept(entry: RawEntry): void {
    if (entry.position < this.expected) return;
    this.entries.push(entry);
    this.expected = entry.position + 1;
    this.count();
  }

  /**
   * Verifies up to the last checkpoint within `maxRecords` (or up to the first one, if it is farther) and moves the
   * tip.
   *
   * @returns null if no whole segment is there
   * @throws FeedProblem if it does not verify; then what is at fault is dropped, which leaves a gap, and the tip stays
   */
  next(maxRecords: number): VerifiedBatch | null {
    return runAtOnce(this.nextInTurns(maxRecords));
  }

  /** What {@link next} does, in slices; messages may be accepted between them, but the tip must not be set. */
  *nextInTurns(maxRecords: number): Generator<undefined, VerifiedBatch | null> {
    if (!this.isReady) return null;
    const entries = this.entries.slice(0, this.lastCheckpointWithin(maxRecords) + 1);
    const note = entries.at(-1)?.checkpoint ?? '';
    let batch: VerifiedBatch;
    try {
      batch = yield* segmentCheck({ from: this.verified, entries, note, erasures: ErasureProofs.none }, this.verifier);
    } catch (error) {
      this.refuse(entries, error);
      throw error;
    }
    this.moveTip({ size: batch.frontier.size, frontier: batch.frontier });
    return batch;
  }

  /**
   * Drops those of the entries that a check has found at fault: all, unless it says which. They are taken from the
   * stream no more.
   */
  refuse(entries: readonly RawEntry[], problem: unknown): void {
    const refused = new Set(
      problem instanceof OpeningProblem ? problem.positions : entries.map(({ position }) => position),
    );
    this.hold(this.entries.filter(({ position }) => !refused.has(position)));
  }

  /** Moves the tip to a state that was verified; what is held after it stays. */
  moveTip(position: FeedPosition): void {
    this.verified = position;
    this.expected = Math.max(this.expected, position.size + 1);
    const firstAfter = this.entries.findIndex((entry) => entry.position > position.size);
    this.hold(firstAfter < 0 ? [] : this.entries.slice(firstAfter));
  }

  /** Starts anew from a position, holding nothing. */
  reset(position: FeedPosition): void {
    this.verified = position;
    this.dropHeld();
  }

  /** Forgets what is held and not verified; the stream may bring it again. */
  dropHeld(): void {
    this.expected = this.verified.size + 1;
    this.hold([]);
  }

  private hold(entries: RawEntry[]): void {
    this.entries = entries;
    this.contiguous = 0;
    this.checkpoints = 0;
    this.count();
  }

  /** Of what is held, and behind that the one that comes next. */
  private positionAt(index: number): number {
    return this.entries[index]?.position ?? this.expected;
  }

  private count(): void {
    for (;;) {
      const entry = this.entries[this.contiguous];
      if (entry?.position !== this.verified.size + this.contiguous + 1) return;
      if (entry.checkpoint !== null) this.checkpoints += 1;
      this.contiguous += 1;
    }
  }

  private lastCheckpointWithin(maxRecords: number): number {
    const contiguous = this.entries.slice(0, this.contiguous);
    const within = contiguous.slice(0, maxRecords).findLastIndex(({ checkpoint }) => checkpoint !== null);
    return within >= 0 ? within : contiguous.findIndex(({ checkpoint }) => checkpoint !== null);
  }
}
