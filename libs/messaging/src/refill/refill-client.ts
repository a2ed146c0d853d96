import { randomBytes } from 'node:crypto';
import type { NoteVerifier, SharedKeys } from '@keyfold/domain';
import type { TreeState } from '../ports/log-source.js';
import { FeedProblem } from '../protocol/errors.js';
import { openReply, sealRequest } from '../protocol/feed-message.js';
import type { AdminRequester } from '../transport/admin-requester.js';
import { ErasureProofs } from '../verify/erasure.js';
import type { FeedPosition, RawEntry, VerifiedBatch } from '../verify/verified-batch.js';
import { verifySegment } from '../verify/verify-segment.js';
import { MAX_REFILL_RECORDS } from './refill-limits.js';
import { parseRefillReply, type RefillReply, type RefillRequest } from './refill-message.js';

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

/** What is wanted of a refill. */
export interface Wanted {
  /**
   * What the stream has brought of the records right after `from`: the refill brings what comes after these, and all is
   * verified together.
   */
  readonly held: readonly RawEntry[];
  /** The last position wanted; the answer may end before. */
  readonly through: number;
}

/** Asks the admin-service for records and verifies them like the stream's. */
export class RefillClient {
  /**
   * At the next time. Fewer after a failure, since a reply that cannot be made or sent in time may be too large; more
   * again after each success.
   */
  private maxRecords = MAX_REFILL_RECORDS;

  constructor(private readonly options: RefillClientOptions) {}

  /**
   * @returns the held and the refilled records as one batch; null if the log has nothing after the held ones
   * @throws FeedProblem if nothing comes, or what comes does not verify
   */
  async refill(from: FeedPosition, wanted: Wanted): Promise<VerifiedBatch | null> {
    try {
      const batch = await this.ask(from, wanted);
      this.maxRecords = Math.min(this.maxRecords * 2, MAX_REFILL_RECORDS);
      return batch;
    } catch (error) {
      this.maxRecords = Math.max(1, Math.floor(this.maxRecords / 2));
      throw error;
    }
  }

  private ask(from: FeedPosition, { held, through }: Wanted): Promise<VerifiedBatch | null> {
    const { gatewayId, incarnation, keys, requester } = this.options;
    const head = this.options.head();
    const after = from.size + held.length;
    const limit = Math.min(Math.max(through - after, 1), this.maxRecords);
    return requester.ask('refill', (protocol) => {
      const nonce = randomBytes(18).toString('base64url');
      const request: RefillRequest = { gatewayId, incarnation, nonce, after, limit, headSize: head?.size ?? null };
      const sealed = sealRequest('refill', request, { protocol, keys });
      const accept = (text: string): VerifiedBatch | null =>
        this.verify(parseRefillReply(openReply(sealed, text, keys), nonce), { from, held, head });
      return { text: sealed.text, accept };
    });
  }

  private verify({ records, checkpoint, proven }: RefillReply, { from, held, head }: Asked): VerifiedBatch | null {
    const after = from.size + held.length;
    if (records.length === 0 || checkpoint === null) {
      if (head === null || head.size <= after) return null;
      throw new FeedProblem('BAD_REPLY', `the reply holds nothing after ${after}, the signed head says ${head.size}`);
    }
    const refilled = records.map((record, index) => ({ ...record, position: after + 1 + index, checkpoint: null }));
    const erasures = ErasureProofs.verify(proven, head);
    return verifySegment({ from, entries: [...held, ...refilled], note: checkpoint, erasures }, this.options.verifier);
  }
}

interface Asked {
  readonly from: FeedPosition;
  readonly held: readonly RawEntry[];
  readonly head: TreeState | null;
}
