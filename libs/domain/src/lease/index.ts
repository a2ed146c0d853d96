export {
  enrolmentRoomAtMs,
  enrolmentVerdict,
  MAX_ENROLMENTS_AN_HOUR,
  NO_LEASE_REASONS,
  type EnrolledWithinHour,
  type EnrolmentVerdict,
  type NoLeaseReason,
  type RecentEnrolment,
  type SlotFacts,
} from './enrolment.js';
export { isGatewayId, isSlot, keyFingerprint, parseProcessName, processName } from './gateway-identity.js';
export {
  appliedAfter,
  leaseOverAfterMs,
  leaseTermsAfter,
  NO_LEASE,
  olderLeaseTermsAfter,
  type KeptReply,
  type LeaseAnswer,
  type LeaseTerms,
} from './lease-row.js';
export { isSignedRelease, signRelease, type LeaseRelease } from './lease-release.js';
export {
  batchLeaf,
  batchTree,
  isInBatch,
  isSignedBatchHead,
  signBatchHead,
  type BatchEntry,
  type BatchPath,
} from './reply-batch.js';
