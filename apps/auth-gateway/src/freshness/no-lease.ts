import type { FeedProblem, VerifiedHead } from '@keyfold/messaging';
import type { ProcessKeyError } from './process-key.js';

/** Why a process holds no lease: a code for metrics, and a sentence for the operator. */
export interface NoLease {
  readonly code: string;
  readonly sentence: string;
}

export interface NoLeaseFacts {
  readonly keyProblem: Pick<ProcessKeyError, 'code' | 'message'> | null;
  /** Why the last request brought no head; null if it did. */
  readonly headProblem: Pick<FeedProblem, 'code' | 'message'> | null;
  /** The newest one. */
  readonly head: Pick<VerifiedHead, 'noLease' | 'retryAt' | 'size'> | null;
  readonly appliedSize: number;
}

const SENTENCES: Readonly<Record<NonNullable<VerifiedHead['noLease']>, string>> = {
  NOT_PROVEN: 'the log does not know the key of this process yet',
  NOT_APPROVED: 'the key of this process waits for an administrator to approve it (keyfold gateways approve)',
  TOO_MANY_ENROLMENTS: 'too many keys were enrolled within an hour; KEYFOLD_DATA_DIR must persist over restarts',
  SLOT_TAKEN:
    'another process with this gateway id and slot has a lease; each gateway needs a KEYFOLD_GATEWAY_ID of its own',
  RETIRED: 'an administrator has retired this gateway; its keys are not accepted any more',
  RELEASED: 'this process has given its lease back',
  OTHER_PROCESS: 'the admin-service knows this process under another key',
  UNAVAILABLE: 'the key of this process could not be enrolled now',
  NOT_RECORDED: 'the lease could not be recorded now',
  UNKNOWN: 'the admin-service grants none, for a reason that this version does not know',
};

/** The first that applies; to be asked only without a lease. */
export function whyNoLease({ appliedSize, head, headProblem, keyProblem }: NoLeaseFacts): NoLease {
  if (keyProblem !== null) return { code: keyProblem.code, sentence: keyProblem.message };
  if (headProblem !== null) return { code: headProblem.code, sentence: `no signed head: ${headProblem.message}` };
  if (head === null) return { code: 'NO_HEAD', sentence: 'no signed head has come yet' };
  if (head.noLease !== null) {
    const until = head.retryAt === undefined ? '' : `; it is enrolled from ${head.retryAt} on`;
    return { code: head.noLease, sentence: `${SENTENCES[head.noLease]}${until}` };
  }
  if (head.size > appliedSize)
    return {
      code: 'NOT_APPLIED',
      sentence: `the newest head has ${head.size} records, of which ${appliedSize} are applied`,
    };
  return { code: 'RUN_OUT', sentence: 'the lease has run out' };
}
