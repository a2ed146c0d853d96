import { randomBytes } from 'node:crypto';
import type { NoteVerifier, SharedKeys } from '@keyfold/domain';
import type { AdminRequester } from '../admin-requester.js';
import { verifySegment } from '../follow/verify-segment.js';
import type { FeedPosition, VerifiedBatch } from '../follow/verified-batch.js';
import { FeedProblem } from '../errors.js';
import type { TreeState } from '../heads/checkpoint-signer.js';
import { openReply, sealRequest } from '../feed-message.js';
import { ErasureProofs } from './erasure.js';
import { MAX_REFILL_RECORDS, parseRefillReply, type RefillRequest } from './refill-message.js';

/** Settings of a {@link RefillClient}. */
export interface RefillClientOptions {
  readonly requester: Pick<AdminRequester, 'ask'>;
  readonly verifier: NoteVerifier;
  readonly keys: SharedKeys;
  readonly gatewayId: string;
  readonly incarnation: string;
  /** The newest head that this gateway has verified; proofs of erasures are checked in its tree. */
  readonly head: () => TreeState | null;
}

/** Asks the admin-service for records and verifies them like the stream's. */
export class RefillClient {
  constructor(private readonly options: RefillClientOptions) {}

  /**
   * @param through the last position wanted; the answer may end before
   * @returns null if the log has nothing after `from`
   * @throws FeedProblem if nothing comes, or what comes does not verify
   */
  async refill(from: FeedPosition, through: number): Promise<VerifiedBatch | null> {
    const { gatewayId, incarnation, keys, requester, verifier } = this.options;
    const head = this.options.head();
    const limit = Math.min(Math.max(through - from.size, 1), MAX_REFILL_RECORDS);
    return requester.ask('refill', (protocol) => {
      const nonce = randomBytes(18).toString('base64url');
      const request: RefillRequest = {
        gatewayId,
        incarnation,
        nonce,
        after: from.size,
        limit,
        headSize: head?.size ?? null,
      };
      const sealed = sealRequest('refill', request, { protocol, keys });
      const accept = (text: string): VerifiedBatch | null => {
        const { records, checkpoint, proven } = parseRefillReply(openReply(sealed, text, keys), nonce);
        if (records.length === 0 || checkpoint === null) {
          if (head === null || head.size <= from.size) return null;
          throw new FeedProblem(
            'BAD_REPLY',
            `the reply holds nothing after ${from.size}, the signed head says ${head.size}`,
          );
        }
        const entries = records.map((record, index) => ({
          ...record,
          position: from.size + 1 + index,
          checkpoint: null,
        }));
        return verifySegment(
          { from, entries, note: checkpoint, erasures: ErasureProofs.verify(proven, head) },
          verifier,
        );
      };
      return { text: sealed.text, accept };
    });
  }
}
