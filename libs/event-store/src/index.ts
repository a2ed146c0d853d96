export { PostgresEventStore, type EventStoreOptions } from './event-store.js';
export {
  OUTDATED,
  type AppendedEvents,
  type AppendGate,
  type AppendOutcome,
  type AppendRequest,
  type CommittedRecords,
  type GuardVerdict,
  type IdempotentCompletion,
  type InlineProjection,
} from './append/append-request.js';
export type { Statement, Tx } from './prepared.js';
export type { StoredRecord } from './read/records.js';

export type { LogHead } from './read/head.js';
export type { Leaf } from './read/leaves.js';
export type { Moment } from './read/past.js';
export { readAfter as readRecordsAfter } from './read/records.js';
export type { RecordFilter, StreamsRead, StreamTail } from './read/records.js';
export type { ComparedWith, RecordedCheckpoint, SignedCheckpoint } from './signed-checkpoints.js';
export {
  claimIdempotencyKey,
  cleanIdempotencyKeys,
  completeIdempotencyKey,
  releaseIdempotencyKey,
  type ClaimOutcome,
  type HeldClaim,
  type IdempotencyClaim,
} from './idempotency.js';
export {
  cosignedCheckpoints,
  keepCosignedCheckpoint,
  pruneCosignedCheckpoints,
  type CosignedCheckpoint,
} from './cosigned-checkpoints.js';
export { queryDurably } from './commit-warnings.js';
export { createPool, outliveLostConnections } from './create-pool.js';
export { eraseStreamOpenings, type ErasedFilter, type ErasedPosition } from './erasure.js';
export { isUnavailability, StoreRefusedError, StoreUnavailableError } from './errors.js';
export { grantLogAccess, grantTableAccess } from './log-access.js';
export { checkMigrated, LOG_SCHEMA, logMigrationsDir, migrateDatabase, type MigrateOptions } from './migrate.js';
export { pruneSignedCheckpoints } from './signed-checkpoints.js';
export { prepared, type PreparedStatement } from './prepared.js';
export { inPackage, ownVersion } from './package-root.js';
export { clockColumns, formatLogTime, LogTime, type ClockRow, type ProcessClock } from './time/log-time.js';
export { SERVER_IDENTITY, SERVER_TIMELINE } from './read/server-identity.js';
export { SharedReads } from './read/shared-reads.js';
export { recordSignedTimeSql } from './time/signed-times.js';
export { sessionSettings } from './session-settings.js';
export { checkLogAtStart, checkSessions } from './start-check.js';
