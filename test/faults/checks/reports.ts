import type { CommandRecord, Report } from '../history.js';
import type { SeenRecord } from '../log-copy.js';
import { LeastPosition, LOG_TIME_AHEAD_MS } from './decisions.js';

/** A timer, and the time between two readings of the clocks, in seconds. */
const SLACK_SECONDS = 0.05;
const ROUNDING_MS = 2;

/**
 * What gateways say of themselves that cannot be: ready, or with a lease, without what follows from that; ahead of the
 * log; numbers that do not fit each other.
 */
export function problemsOfReports(
  reports: readonly Report[],
  given: {
    readonly commands: readonly CommandRecord[];
    readonly records: readonly SeenRecord[];
    readonly leaseMs: number;
  },
): string[] {
  const least = new LeastPosition(given.commands, given.leaseMs);
  return reports
    .toSorted((one, other) => one.askedAt.ms - other.askedAt.ms)
    .flatMap((report) => {
      const { alone, gateway, life, metrics, ready } = report;
      const bound = least.at(report.askedAt.ms);
      if (metrics === null) return [];
      const behind = metrics.applied < bound.position ? [`at ${metrics.applied}, although ${bound.because}`] : [];
      return [
        ...(ready ? behind.map((where) => `ready ${where}`) : []),
        ...(metrics.leaseSeconds > 0 ? behind.map((where) => `a lease ${where}`) : []),
        ...problemsOfNumbers(metrics, alone, given),
      ].map((problem) => `${gateway} (life ${life}): ${problem}`);
    });
}

/** @param alone whether it is one process; several show of each number the one that is worst off */
function problemsOfNumbers(
  { answeredAt, applied, knownHead, lag, leaseSeconds }: NonNullable<Report['metrics']>,
  alone: boolean,
  { leaseMs, records }: { readonly records: readonly SeenRecord[]; readonly leaseMs: number },
): string[] {
  const problems: string[] = [];
  if (leaseSeconds > leaseMs / 1_000 + SLACK_SECONDS) problems.push(`a lease of ${leaseSeconds} s`);
  if (alone && lag !== Math.max(0, knownHead - applied)) problems.push(`${lag} behind ${knownHead} at ${applied}`);
  for (const position of [applied, knownHead].filter((each) => each > 0)) {
    const madeAtMs = Date.parse(records[position - 1]?.record.recordedAt ?? '');
    if (!(madeAtMs <= answeredAt.wallMs + LOG_TIME_AHEAD_MS + ROUNDING_MS))
      problems.push(`knows of ${position}, which was not there yet`);
  }
  return problems;
}
