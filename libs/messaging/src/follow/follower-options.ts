import type { NoteVerifier, SharedKeys } from '@keyfold/domain';
import type { HeadClient } from '../heads/head-client.js';
import type { FeedLog } from '../ports/feed-log.js';
import type { AdminRequester } from '../transport/admin-requester.js';
import type { NatsLink } from '../transport/nats-link.js';
import type { FeedPosition } from '../verify/verified-batch.js';

/** Settings of the follower. */
export interface FollowerOptions {
  readonly link: NatsLink;
  readonly requester: Pick<AdminRequester, 'ask'>;
  readonly verifier: NoteVerifier;
  readonly keys: SharedKeys;
  readonly gatewayId: string;
  readonly incarnation: string;
  /** What has durably been applied; asked at start and after each failure of the handler. */
  readonly position: () => Promise<FeedPosition>;
  readonly heads: HeadClient;
  readonly log: FeedLog;
  /** Most records in one batch when behind. Default 4,000. */
  readonly maxBatchRecords?: number;
}
