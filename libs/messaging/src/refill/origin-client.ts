import { randomBytes } from 'node:crypto';
import type { NoteVerifier, SharedKeys } from '@keyfold/domain';
import { FeedProblem } from '../protocol/errors.js';
import { openReply, sealRequest } from '../protocol/feed-message.js';
import type { AdminRequester } from '../transport/admin-requester.js';
import { successorOf } from './proven-origins.js';
import { parseRefillReply, type RefillRequest } from './refill-message.js';

/** Settings of an {@link OriginClient}. */
export interface OriginClientOptions {
  readonly requester: Pick<AdminRequester, 'ask'>;
  /** The log's key under the origin that is followed. */
  readonly verifier: NoteVerifier;
  readonly keys: SharedKeys;
  readonly gatewayId: string;
  readonly incarnation: string;
}

/** Asks the admin-service whether the log has gone on under another origin, and verifies that it has. */
export class OriginClient {
  constructor(private readonly options: OriginClientOptions) {}

  /**
   * @returns the log's key under its new origin; null if there is none, or the admin-service knows no such question
   * @throws FeedProblem if nothing comes, or what comes does not verify
   */
  ask(): Promise<NoteVerifier | null> {
    const { gatewayId, incarnation, keys, requester, verifier } = this.options;
    return requester.ask('refill', (protocol) => {
      // Readers of the first form know no further members.
      if (protocol === 1) throw new FeedProblem('ADMIN_UNREACHABLE', 'the admin-service answers no such question');
      const nonce = randomBytes(18).toString('base64url');
      const question = { after: 0, limit: 1, headSize: null, origins: true as const };
      const request: RefillRequest = { gatewayId, incarnation, nonce, ...question };
      const sealed = sealRequest('refill', request, { protocol, keys });
      return {
        text: sealed.text,
        accept: (text) => {
          const { origins } = parseRefillReply(openReply(sealed, text, keys), nonce);
          return origins === null ? null : successorOf(verifier, origins);
        },
      };
    });
  }
}
