/** The share of elapsed time that always counts. The rest is what an error of the log time fades by. */
export const LOG_TIME_RATE = 0.99;

/** A log time that a replica has used, and its monotonic clock (sleep counted) at that moment. */
export interface LogTimeMark {
  /** Microseconds since 1970. */
  readonly timeUs: number;
  readonly monotonicMs: number;
}

/** What the log time is computed from. Instants are microseconds since 1970. */
export interface LogTimeEvidence {
  /** Time of the log's last record; null for an empty log. */
  readonly recordedAtUs: number | null;
  /** Postgres's clock when that record was appended; null where it was suspect then, or nobody kept it. */
  readonly postgresAtHeadUs: number | null;
  /**
   * The largest time that an earlier start of some replica may have signed; null if there is none. Only a first time
   * looks at it.
   */
  readonly signedBoundUs: number | null;
  /** Postgres's clock now. */
  readonly postgresUs: number;
  /** The service's wall clock now. */
  readonly wallUs: number;
  readonly monotonicMs: number;
  /** Whether Postgres's clock is suspect: see `observeClocks`. */
  readonly isSuspect: boolean;
}

/**
 * The log time: the largest of the last record's time, Postgres's clock unless it is suspect, and what this replica's
 * own last time has become at 99 % of the monotonic time since. So it never goes back and never stands still, and an
 * error that was made once fades.
 *
 * @param own the mark that this function returned last; null for a replica that has used no log time yet
 * @returns the mark to pass next time; the same object where it still holds, so that rounding cannot add up
 */
export function nextLogTime(own: LogTimeMark | null, evidence: LogTimeEvidence): LogTimeMark {
  const { isSuspect, monotonicMs, postgresUs, recordedAtUs } = evidence;
  const ownUs = own === null ? firstTimeUs(evidence) : logTimeAt(own, monotonicMs);
  const timeUs = Math.max(ownUs, recordedAtUs ?? ownUs, isSuspect ? ownUs : postgresUs);
  return own !== null && timeUs === ownUs ? own : { timeUs, monotonicMs };
}

/** The log time that a mark has become, in microseconds since 1970. */
export function logTimeAt({ monotonicMs, timeUs }: LogTimeMark, nowMonotonicMs: number): number {
  return timeUs + LOG_TIME_RATE * 1_000 * Math.max(0, nowMonotonicMs - monotonicMs);
}

function firstTimeUs(evidence: LogTimeEvidence): number {
  const { isSuspect, postgresAtHeadUs, postgresUs, recordedAtUs, signedBoundUs, wallUs } = evidence;
  // If the two clocks differ, take the earlier one: a clock that is ahead by mistake would expire every key, and the
  // log time never goes back.
  const nowUs = isSuspect ? Math.min(postgresUs, wallUs) : postgresUs;
  if (recordedAtUs === null) return Math.max(nowUs, signedBoundUs ?? nowUs);
  const sinceHeadUs = postgresAtHeadUs === null ? 0 : Math.max(0, nowUs - postgresAtHeadUs);
  return Math.max(recordedAtUs + LOG_TIME_RATE * sinceHeadUs, signedBoundUs ?? 0);
}
