import { type Checkpoint, type NoteVerifier, openCheckpoint } from '@keyfold/domain';
import { FeedProblem } from '../protocol/errors.js';
import type { SealedRequest } from '../protocol/feed-message.js';
import { type BatchHead, isBatchReply, openBatchReply, type OpenedBatchReply } from './batched-head.js';
import { openSignedHead } from './signed-head.js';

/** What a reply says, once its nonce, request and signatures are checked; the proof is still to be. */
export interface OpenedHead {
  readonly head: BatchHead & { readonly consistency: readonly string[] };
  readonly checkpoint: Checkpoint;
  /** 0: a head and no lease. */
  readonly leaseSeconds: number;
  /** Why there is no lease with it; null if there is one. */
  readonly noLease: OpenedBatchReply['noLease'];
  /** Log time from which on there may be one, where the log says so. RFC 3339, milliseconds. */
  readonly retryAt?: string;
  /** Whether it is one of a batch. If not, the admin-service does not know processes with keys of their own. */
  readonly isOfBatch: boolean;
}

/**
 * Opens a reply's body, of a batch or in the older form, in which an admin-service answers that knows no batches.
 *
 * @throws FeedProblem `BAD_HEAD`
 */
export function openHead(
  body: unknown,
  request: { readonly nonce: string; readonly sealed: SealedRequest },
  verifier: NoteVerifier,
): OpenedHead {
  const { nonce, sealed } = request;
  if (sealed.protocol === 1 || !isBatchReply(body)) {
    const head = openSignedHead(body, request, verifier);
    const checkpoint = openOwnCheckpoint(head.checkpoint, verifier);
    return { head, checkpoint, leaseSeconds: head.leaseSeconds, noLease: null, isOfBatch: false };
  }
  const head = openBatchReply(body, { nonce, hash: sealed.hash }, verifier);
  const checkpoint = openOwnCheckpoint(head.checkpoint, verifier);
  const { leaseSeconds, noLease, retryAt } = head;
  const until = retryAt === undefined ? {} : { retryAt };
  return { head, checkpoint, leaseSeconds, noLease, isOfBatch: true, ...until };
}

function openOwnCheckpoint(note: string, verifier: NoteVerifier): Checkpoint {
  try {
    return openCheckpoint(note, verifier);
  } catch {
    throw new FeedProblem('BAD_HEAD', "the head's checkpoint does not verify");
  }
}
