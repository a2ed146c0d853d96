export {
  AdminRequester,
  type AdminRequesterOptions,
  type AskedIn,
  type Question,
} from './transport/admin-requester.js';
export {
  FeedProblem,
  LogForkedError,
  problemOf,
  RequestRefusedError,
  type FeedProblemCode,
  type ForkReport,
  type RequestRefusal,
} from './protocol/errors.js';
export type { FeedLog } from './ports/feed-log.js';
export {
  openReply,
  openRequest,
  sealReply,
  sealRequest,
  type OpenedRequest,
  type Protocol,
  type RequestPurpose,
  type SealedRequest,
} from './protocol/feed-message.js';
export type { FollowerOptions } from './follow/follower-options.js';
export type { FeedStatus } from './follow/feed-status.js';
export { JetStreamFeedStrategy } from './follow/jetstream-feed-strategy.js';
export {
  FEED_BATCH_PATTERN,
  type FeedPosition,
  type VerifiedBatch,
  type VerifiedRecord,
} from './verify/verified-batch.js';
export { ForkAlarm } from './fork/fork-alarm.js';
export { ForkCheck, type ForkCheckOptions } from './fork/fork-check.js';
export { keptRecords, type KeptPart } from './fork/kept-records.js';
export { ForeignStreamError, StreamComparison, type StreamComparisonOptions } from './fork/stream-comparison.js';
export {
  isBatchReply,
  openBatchReply,
  signBatch,
  type BatchedReply,
  type BatchHead,
  type OpenedBatchReply,
} from './heads/batched-head.js';
export { CheckpointSigner, type CheckpointSignerOptions } from './heads/checkpoint-signer.js';
export { HeadClient, type HeadClientOptions, type VerifiedHead } from './heads/head-client.js';
export { HeadService, refusalBody, type HeadServiceOptions } from './heads/head-service.js';
export { LogClock, LogClockUnsetError } from './heads/log-clock.js';
export { openSignedHead, type HeadProcess, type HeadRequest, type SignedHead } from './heads/signed-head.js';
export type { LeaseAsk, LeaseBook, LeaseGrant, VerifiedCosignature } from './heads/lease-book.js';
export type {
  CommittedSource,
  LogSource,
  LogState,
  SignedCheckpoints,
  SourceRecord,
  TreeState,
} from './ports/log-source.js';
export { feedNames, FEED_FIELDS, type FeedNames } from './protocol/names.js';
export { NatsLink, type NatsLinkOptions } from './transport/nats-link.js';
export { RefillClient, type RefillClientOptions, type Wanted } from './refill/refill-client.js';
export {
  StreamClient,
  type StreamAnswer,
  type StreamClientOptions,
  type StreamQuestion,
} from './refill/stream-client.js';
export { OriginClient, type OriginClientOptions } from './refill/origin-client.js';
export { RefillService, type RefillServiceOptions } from './refill/refill-service.js';
export { StreamAudit, type StreamAuditOptions } from './relay/stream-audit.js';
export { Relay, type RelayOptions, type RelayStatus } from './relay/relay.js';
export {
  askToTake,
  MAX_REPORTED_ADDRESSES,
  MAX_REPORTED_USES,
  openUseReport,
  sealUseReport,
  type KeyUse,
  type RetiredKeyUse,
  type UseReport,
} from './use/use-report.js';
