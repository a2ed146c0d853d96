export {
  DECISION_REASONS,
  GATEWAY_REASONS,
  acceptanceOf,
  decideAccess,
  grantsOf,
  identityOf,
  isUnproven,
  type AccessDecision,
  type AccessFacts,
  type AccessIdentity,
  type AccessReason,
  type AccessRequest,
  type Grants,
  type Identify,
  type NamedUser,
  type ProofOutcome,
} from './access-decision.js';
export { grantsAccess } from './access-grants.js';
export {
  eraseFromKey,
  foldApiKey,
  initialApiKeyState,
  isExistingKey,
  type ApiKeyState,
  type ExistingApiKey,
  type IssuedApiKey,
  type PendingApiKey,
} from './api-key.js';
export {
  decideApiKey,
  mayManageKeysOf,
  maySeeKeysOf,
  type ApiKeyCommand,
  type ApiKeyContext,
} from './api-key-commands.js';
export { AUDIT_EVENT_TYPES, type AuditEventType, eventsRevealed, exportMade } from './audit-events.js';
export { SYSTEM, demandWithin, exceeding, may, permissionsOf, type Authority, type RoleLookup } from './authority.js';
export { concerns, isBulkRevoked, mayConcern, type BulkRevocation } from './bulk-revocations.js';
export { DomainError, demand, type ErrorCode, MissingPermissionError } from './errors.js';
export { newEventProblem, readEvent, type EventReader, type ReadEvent, type ReadOf } from './event-reader.js';
export { EVENT_SHAPES, type EventShape } from './event-shapes.js';
export {
  CATEGORIES,
  REVOCATION_REASONS,
  SETTINGS_STREAM,
  apiKeyStream,
  roleStream,
  userStream,
  type ApiKeyEvent,
  type Category,
  type Decided,
  type EventOf,
  type KeyExpiry,
  type KeyTerms,
  type NewEvent,
  type RecordedEvent,
  type RevocationReason,
  type RoleChange,
  type RoleEvent,
  type SettingsEvent,
  type UserEvent,
} from './events.js';
export { parseExpiry, type ExpiryRequest, type ParsedExpiry } from './expiry-request.js';
export { UnknownEventError, emptyFacts, foldFacts, type FactsView } from './facts.js';
export { DAY_MS, formatInstant, parseInstant } from './instants.js';
export { isIpAllowed, normaliseIpRange, readAddress } from './ip-ranges.js';
export {
  effectiveExpiry,
  effectiveRateLimit,
  isOver,
  isRevoked,
  keyStatus,
  revocationOf,
  type EffectiveExpiry,
  KEY_STATUSES,
  type KeyStatus,
  type PendingExpiry,
  type Revocation,
} from './key-facts.js';
export { type TermsRequest } from './key-terms.js';
export {
  DEFAULT_GATEWAY_ENROLMENT,
  GATEWAY_ENROLMENTS,
  LOG_EVENT_SHAPES,
  LOG_ORIGIN_STREAM,
  LOG_SETTINGS_STREAM,
  NO_GATEWAY_KEYS,
  decideApproval,
  gatewayEnrolled,
  gatewayEnrolmentAfter,
  gatewayEnrolmentChanged,
  gatewayKeysAfter,
  gatewayRetired,
  gatewayStream,
  readLogEvent,
  type GatewayEnrolment,
  type GatewayKeys,
  type LogEvent,
} from './log-events.js';
export {
  decideForkAcknowledgement,
  firstOrigin,
  originAfter,
  originAfterFork,
  originsOf,
  successionsAfter,
  type Fork,
  type OriginSuccession,
} from './log-origin.js';
export {
  ADMINISTRATOR_ROLE_ID,
  BUILT_IN_ROLES,
  PERMISSIONS,
  PERMISSION_CATALOGUE,
  inCatalogueOrder,
  type BuiltInRole,
  type Permission,
} from './permissions.js';
export { foldRole, initialRoleState, type ActiveRole, type RoleState } from './role.js';
export { decideRole, type RoleCommand } from './role-commands.js';
export {
  decideSettings,
  evolveSettings,
  foldSettings,
  initialSettingsState,
  type SettingsCommand,
  type SettingsState,
} from './settings.js';
export {
  JOURNAL_MODES,
  RATE_LIMIT_BOUNDS,
  SETTINGS_BOUNDS,
  type JournalMode,
  type RateLimit,
  type SecuritySettings,
  type SettingsChange,
} from './settings-values.js';
export { MAX_IP_RANGES, MAX_SCOPES, foldUsername, isKeyName, isRoleName, isScope, isText } from './text-rules.js';
export {
  evolveUser,
  foldUser,
  initialUserState,
  type ErasedUser,
  type LivingUser,
  type OidcIdentity,
  type UserState,
} from './user.js';
export { decideUser, isRenamable, type UserChange, type UserCommand } from './user-commands.js';
export { cleanText, isVisibleText } from './visible-text.js';
