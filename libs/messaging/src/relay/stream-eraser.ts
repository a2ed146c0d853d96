import type { LogStream, StreamState } from '../transport/log-stream.js';
import type { ErasedPositions } from './erased-positions.js';

const AT_ONCE = 16;

/**
 * Takes out of the stream what an erasure has taken out of the log. An erasure's own record stands behind all those
 * that it concerns, so once it is in the stream they all are, and nothing can put one of them there again: the stream
 * takes a record at its own position only. If the process dies between publishing the erasure and this, the relay's
 * next session does it, here or on another replica.
 */
export class StreamEraser {
  /** How many of the erased positions are known to be gone from the stream. */
  private done = 0;

  constructor(private readonly erased: ErasedPositions) {}

  /** Looks at every erasure again, next time: the stream may be another one, or an older copy of itself. */
  startOver(): void {
    this.done = 0;
  }

  /**
   * @param through the stream's last sequence, or one that it certainly holds
   * @throws whatever the broker answers; then it is to be done again, and what is done already costs nothing
   */
  async eraseThrough(stream: LogStream, through: number): Promise<void> {
    await this.erased.readThrough(through);
    const { done } = this;
    const positions = this.erased.behind(done, through);
    if (positions.length === 0) return;
    await eraseAll(stream, positions);
    this.done = Math.max(this.done, done + positions.length);
  }
}

async function eraseAll(stream: LogStream, positions: readonly number[]): Promise<void> {
  const state = await stream.state();
  if (state === null) throw new Error('the stream is gone');
  const present = stillThere(state, positions);
  for (let first = 0; first < present.length; first += AT_ONCE)
    await Promise.all(present.slice(first, first + AT_ONCE).map((position) => stream.erase(position)));
}

function stillThere({ missing, missingCount }: StreamState, positions: readonly number[]): readonly number[] {
  if (missing === null) return missingCount === positions.length ? [] : positions;
  const gone = new Set(missing);
  return positions.filter((position) => !gone.has(position));
}
