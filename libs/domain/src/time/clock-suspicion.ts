/** Further apart than this, or moved by more than this, one of two clocks is wrong. */
export const MAX_CLOCK_ERROR_MS = 5 * 60_000;
/**
 * Both clocks must have agreed for this long before they are believed again. A movement counts within the same time.
 */
export const CLOCK_AGREEMENT_MS = 10 * 60_000;

/** A span of time in which something was read. Milliseconds. */
export interface ReadWithin {
  readonly from: number;
  readonly to: number;
}

/** Postgres's clock and the service's own, of one moment as nearly as a question and its answer allow. */
export interface ClockReading {
  /** Milliseconds since 1970. */
  readonly postgresMs: number;
  /** The service's wall clock before the question and after the answer; milliseconds since 1970. */
  readonly wallMs: ReadWithin;
  /** The service's monotonic clock (sleep counted) before the question and after the answer. */
  readonly monotonicMs: ReadWithin;
}

/**
 * Why Postgres's clock is not believed: it differs from the service's wall clock, or has moved against its monotonic
 * clock.
 */
export type ClockSuspicion = 'differs' | 'moved';

/** What the readings so far say. Bounded: a handful of numbers for each of the last minutes. */
export interface ClockState {
  /** By minute of the monotonic clock, oldest first. */
  readonly offsets: readonly MinuteOffsets[];
  readonly suspect: {
    readonly reason: ClockSuspicion;
    /** On the monotonic clock; null while the wall clocks differ. */
    readonly agreedSinceMs: number | null;
  } | null;
}

/** Postgres's clock minus the monotonic clock, as far as one minute's readings prove it. */
interface MinuteOffsets {
  readonly minute: number;
  /** It was at most this at some moment of the minute. */
  readonly leastMs: number;
  /** It was at least this at some moment of the minute. */
  readonly mostMs: number;
}

/** Before the first reading. */
export const initialClockState: ClockState = { offsets: [], suspect: null };

const MINUTE_MS = 60_000;

/**
 * The state after a reading. Postgres's clock is suspect from the reading on that shows it more than 5 minutes from the
 * service's wall clock, or moved by that much against its monotonic clock within 10 minutes, until both wall clocks
 * have agreed for 10 minutes. A slow answer alone is not evidence: a difference counts only as far as no moment between
 * question and answer explains it.
 */
export function observeClocks(state: ClockState, reading: ClockReading): ClockState {
  const nowMs = reading.monotonicMs.to;
  const own = offsetsOf(reading);
  const offsets = withOffsets(state.offsets, own);
  const hasMoved = spread(offsets) > MAX_CLOCK_ERROR_MS;
  const differs = wallDifference(reading) > MAX_CLOCK_ERROR_MS;
  // A movement is an event: what comes after it is held against where the clock went.
  const kept = hasMoved ? [own] : offsets;
  if (differs) return { offsets: kept, suspect: { reason: 'differs', agreedSinceMs: null } };
  if (hasMoved) return { offsets: kept, suspect: { reason: 'moved', agreedSinceMs: nowMs } };
  if (state.suspect === null) return kept === state.offsets ? state : { offsets: kept, suspect: null };
  const agreedSinceMs = state.suspect.agreedSinceMs ?? nowMs;
  const isOver = nowMs - agreedSinceMs >= CLOCK_AGREEMENT_MS;
  return { offsets: kept, suspect: isOver ? null : { reason: state.suspect.reason, agreedSinceMs } };
}

/** The least difference between the two wall clocks that the reading allows. Milliseconds, never negative. */
export function wallDifference({ postgresMs, wallMs }: ClockReading): number {
  const { from, to } = wallMs;
  return Math.max(0, postgresMs - Math.max(from, to), Math.min(from, to) - postgresMs);
}

function offsetsOf({ monotonicMs, postgresMs }: ClockReading): MinuteOffsets {
  const minute = Math.floor(monotonicMs.to / MINUTE_MS);
  return { minute, leastMs: postgresMs - monotonicMs.from, mostMs: postgresMs - monotonicMs.to };
}

/** The least difference between the offsets that the readings allow. Milliseconds. */
function spread(offsets: readonly MinuteOffsets[]): number {
  const most = Math.max(...offsets.map(({ mostMs }) => mostMs));
  const least = Math.min(...offsets.map(({ leastMs }) => leastMs));
  return most - least;
}

/** @returns the same list if the reading adds nothing to it */
function withOffsets(offsets: readonly MinuteOffsets[], own: MinuteOffsets): readonly MinuteOffsets[] {
  const last = offsets.at(-1);
  if (last?.minute !== own.minute) {
    const oldest = own.minute - CLOCK_AGREEMENT_MS / MINUTE_MS;
    return [...offsets.filter(({ minute }) => minute >= oldest), own];
  }
  if (last.leastMs <= own.leastMs && last.mostMs >= own.mostMs) return offsets;
  const leastMs = Math.min(last.leastMs, own.leastMs);
  const mostMs = Math.max(last.mostMs, own.mostMs);
  return [...offsets.slice(0, -1), { minute: own.minute, leastMs, mostMs }];
}
