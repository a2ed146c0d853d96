import type { ApiKeyEvent, NewEvent, RoleChange, RoleEvent, SettingsEvent, UserEvent } from './events.js';
import type { LogEvent } from './log-events.js';
import { JOURNAL_MODES, type RateLimit, type SecuritySettings, type SettingsChange } from './settings-values.js';

type AccessEvent = SettingsEvent | RoleEvent | UserEvent | ApiKeyEvent | LogEvent;
type Grants = { readonly [Type in AccessEvent['type']]: (event: Extract<AccessEvent, { type: Type }>) => boolean };

const always = (): boolean => true;
const never = (): boolean => false;

const GRANTS: Grants = {
  SecuritySettingsChanged: ({ data }) => !restrictsSettings(data.before, data.after),
  ApiKeysBulkRevoked: never,
  RoleCreated: ({ data }) => data.permissions.length > 0,
  RoleChanged: ({ data }) => !restrictsRole(data.before, data.after),
  RoleDeleted: never,
  UserCreated: never,
  // A display name and an e-mail address decide no access; a supervisor may promise keys.
  UserChanged: ({ data }) => (data.supervisorId ?? null) !== null,
  UserPasswordSet: never,
  RoleGranted: always,
  RoleWithdrawn: never,
  UserDeactivated: never,
  UserReactivated: always,
  UserErased: never,
  OidcIdentityLinked: never,
  OidcIdentityUnlinked: never,
  ApiKeyIssued: always,
  ApiKeyPromised: always,
  ApiKeyClaimed: always,
  // Comes with its successor's issue.
  ApiKeySuperseded: never,
  ApiKeyRevoked: never,
  // Gateways answer by the facts of the log; which of them hold a lease grants nobody anything.
  GatewayEnrolled: never,
  GatewayRetired: never,
  LogSettingsChanged: never,
  // A clock that is suspect after a failover must not keep the log from going on.
  ForkAcknowledged: never,
};

/**
 * Whether an event gives access that was not there before. What is not granted while a clock is suspect is told by
 * this; everything else goes on, above all whatever restricts. A change of several members is a grant unless every
 * member that decides access restricts.
 *
 * @param event one that `newEventProblem` finds nothing wrong with; those of other categories than the four grant
 *   nothing
 */
export function grantsAccess(event: NewEvent): boolean {
  if (!Object.hasOwn(GRANTS, event.type)) return false;
  const typed = event as AccessEvent & NewEvent; // its type says its shape
  return (GRANTS[typed.type] as (event: AccessEvent) => boolean)(typed);
}

type Restricts = {
  readonly [Name in keyof SecuritySettings]: (before: SecuritySettings[Name], after: SecuritySettings[Name]) => boolean;
};

const isLower = (before: number, after: number): boolean => after < before;

const RESTRICTS: Restricts = {
  apiKeyAuthenticationEnabled: (_before, after) => !after,
  maxApiKeyLifetimeDays: isLower,
  gatewayLeaseSeconds: isLower,
  rotationGraceMaxSeconds: isLower,
  maxActiveKeysPerUser: isLower,
  defaultKeyRateLimit: (before, after) => isTighter(before, after),
  // Neither decides access, and a journal must not be thinned out while nobody knows how old its entries are.
  journal: (before, after) => JOURNAL_MODES.indexOf(after) > JOURNAL_MODES.indexOf(before),
  journalRetentionDays: (before, after) => after > before,
};

function restrictsSettings(before: SettingsChange, after: SettingsChange): boolean {
  const names = Object.keys(after) as (keyof SecuritySettings)[]; // the event's shape has no others
  return names.every((name) =>
    (RESTRICTS[name] as (left: unknown, right: unknown) => boolean)(before[name], after[name]),
  );
}

function isTighter(before: RateLimit | null, after: RateLimit | null): boolean {
  if (after === null) return false;
  return before === null || (after.requests <= before.requests && after.seconds >= before.seconds);
}

/**
 * A claim of the OpenID issuer may give the role by its name, so a new name does not restrict. A description has no
 * effect.
 */
function restrictsRole(before: RoleChange, after: RoleChange): boolean {
  if (after.name !== undefined) return false;
  return (after.permissions ?? []).every((permission) => before.permissions?.includes(permission) === true);
}
