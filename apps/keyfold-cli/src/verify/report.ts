import { printable } from '../terminal.js';

/** What kind of break a finding names; stable, for scripts that read `--json`. */
export type FindingCode =
  | 'NOT_CANONICAL'
  | 'POSITION'
  | 'STREAM_VERSION'
  | 'RECORDED_AT'
  | 'OPENINGS'
  | 'CONTENT'
  | 'ENDS_BEFORE_CHECKPOINT'
  | 'BEYOND_CHECKPOINT'
  | 'AFTER_CHECKPOINT'
  | 'CHECKPOINT'
  | 'KNOWN_CHECKPOINT'
  | 'NOT_BEFORE'
  | 'POLICY';

/**
 * One thing that is wrong. `from` and `to` are the same position where the evidence names one record, a range where it
 * only bounds the first bad one, and both null where no record is at fault (a checkpoint by another key, say).
 */
export interface Finding {
  readonly code: FindingCode;
  readonly from: number | null;
  readonly to: number | null;
  readonly reason: string;
}

export interface VerificationReport {
  readonly ok: boolean;
  /** The position that the export begins at. */
  readonly from: number;
  /** Records read in good order from there on. */
  readonly records: number;
  /** Of how many records the sealed values are there; null for an export without. */
  readonly openings: number | null;
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: string } | null;
  /** The position of the first bad record, where the evidence names exactly one. */
  readonly firstBadPosition: number | null;
  /** Worst first: the lowest position leads. Empty exactly when `ok`. */
  readonly findings: readonly Finding[];
}

export function orderFindings(findings: readonly Finding[]): Finding[] {
  const rank = (finding: Finding): number => finding.from ?? Number.POSITIVE_INFINITY;
  return [...findings].sort((left, right) => (rank(left) === rank(right) ? 0 : rank(left) - rank(right)));
}

/** The report as sentences for a person. */
export function describeReport(report: VerificationReport): string {
  const { checkpoint } = report;
  if (report.ok && checkpoint !== null) {
    const which = report.from === 1 ? '' : ` from position ${report.from} on`;
    const opened = report.openings === null ? '' : `, the sealed values of ${report.openings} among them`;
    return `OK: ${report.records} records${which}${opened}, all of them under the signed checkpoint of ${checkpoint.origin} (root ${checkpoint.root})`;
  }
  const [first, ...others] = report.findings.map(describeFinding);
  return [`FAILED ${first ?? 'for an unknown reason'}`, ...others.map((line) => `  also ${line}`)].join('\n');
}

function describeFinding(finding: Finding): string {
  // The reason may quote a file that nothing vouches for.
  return `${describePlace(finding)}: ${printable(finding.reason)} [${finding.code}]`;
}

function describePlace({ from, to }: Finding): string {
  if (from === null || to === null) return 'at the checkpoint';
  return from === to ? `at position ${from}` : `somewhere from position ${from} to ${to}`;
}
