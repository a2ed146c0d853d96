import type { ExportTrailer, NoteVerifier, TlogPolicy } from '@keyfold/domain';
import { cosignedAt, openByPolicy, openCosignerCertificate } from '@keyfold/domain';
import type { Finding } from './report.js';

/** What is asked of an export beyond that it holds by itself. */
export interface Demands {
  /** Seconds since 1970: the checkpoint must have been the log's newest then or later, by the log's cosigner. */
  readonly notBeforeSeconds?: number;
  readonly policy?: TlogPolicy;
  /** The log must have signed the openings as a whole, so that none of them can be missing. */
  readonly requiresOpenings?: boolean;
  /** Takes openings that no note of the log covers as a whole: some may then have been left out. */
  readonly takesUnsignedOpenings?: boolean;
}

/** What the last line of an export does not show of its checkpoint. */
export function unmetDemands(
  { checkpoint, cosigner = null }: ExportTrailer,
  key: NoteVerifier,
  { notBeforeSeconds, policy }: Demands,
): Finding[] {
  const problems = [
    [
      'NOT_BEFORE',
      notBeforeSeconds === undefined ? null : timeProblem(checkpoint, cosigner, { key, notBeforeSeconds }),
    ],
    ['POLICY', policy === undefined ? null : policyProblem(checkpoint, policy, key)],
  ] as const;
  return problems.flatMap(([code, reason]) => (reason === null ? [] : [{ code, from: null, to: null, reason }]));
}

function timeProblem(
  checkpoint: string,
  cosigner: string | null,
  { key, notBeforeSeconds }: { readonly key: NoteVerifier; readonly notBeforeSeconds: number },
): string | null {
  if (cosigner === null) return 'the export does not say when its checkpoint was the newest one';
  try {
    const seconds = cosignedAt(checkpoint, openCosignerCertificate(cosigner, key));
    if (seconds === null) return "the checkpoint has no valid time by the log's cosigner";
    const at = new Date(seconds * 1000).toISOString();
    return seconds < notBeforeSeconds
      ? `the checkpoint was the newest one at ${at}: the export is older than demanded`
      : null;
  } catch (error) {
    return `the log's cosigner cannot be told (${messageOf(error)})`;
  }
}

function policyProblem(checkpoint: string, policy: TlogPolicy, key: NoteVerifier): string | null {
  try {
    openByPolicy(checkpoint, policy, key);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
