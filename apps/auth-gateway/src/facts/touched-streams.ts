/** Streams remembered one by one before the oldest knowledge is given up for a single number. */
const MAX_STREAMS = 10_000;

/**
 * Which streams were touched at which position, so that a row read before can be told from a current one. Bounded: what
 * is forgotten counts as touched, which costs a reader one more query and never a stale row.
 */
export class TouchedStreams {
  private readonly touchedAt = new Map<string, number>();
  private forgottenUpTo = 0;
  private latest = 0;

  constructor(private readonly maxStreams = MAX_STREAMS) {}

  /** A record of the stream at this position has been applied. */
  touch(stream: string, position: number): void {
    // The streams of a batch come in no order, so it is the latest of all that must count for those forgotten.
    if (this.touchedAt.size >= this.maxStreams) this.touchAllUpTo(this.latest);
    this.touchedAt.set(stream, position);
    if (position > this.latest) this.latest = position;
  }

  /** Everything up to this position counts as touched: for batches too large to be worth remembering. */
  touchAllUpTo(position: number): void {
    this.touchedAt.clear();
    this.forgottenUpTo = position;
    if (position > this.latest) this.latest = position;
  }

  /** Whether a row of the stream read when `position` was applied may be older than what is applied now. */
  isStale(stream: string, position: number): boolean {
    return position < this.forgottenUpTo || position < (this.touchedAt.get(stream) ?? 0);
  }
}
