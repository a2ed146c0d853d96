import type { JsonObject } from '../log/index.js';
import type { Category } from './events.js';
import * as check from './value-checks.js';
import { type Member, optional, required } from './value-checks.js';

/** How one schema version of one event type must look to be read. */
export interface EventShape<Of extends string = Category> {
  readonly category: Of;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: readonly Member[];
  /** The sealed fields. `accepts` concerns opened values; an erased one is null whatever it says. */
  readonly sealed: readonly Member[];
  /** A rule over several members; returns what is wrong, or null. */
  readonly rule?: (data: JsonObject) => string | null;
}

const someSettings = check.someOf(...check.SETTINGS_MEMBERS);
const someOfRole = check.someOf(
  optional('name', check.roleName),
  optional('description', check.orNull(check.freeText)),
  optional('permissions', check.permissions),
);
const keyTerms = [
  required('userId', check.id),
  required('expiry', check.keyExpiry),
  required('readOnly', check.boolean),
  required('scopes', check.scopes),
  required('rateLimit', check.orNull(check.rateLimit)),
];
const sealedTerms = [optional('name', check.keyName), optional('allowedIpRanges', check.ipRanges)];
/** The members of a person's profile. */
export const PROFILE_MEMBERS: readonly Member[] = [
  optional('displayName', check.orNull(check.freeText)),
  optional('email', check.orNull(check.freeText)),
];
const secretHash = required('secretHash', check.argon2Hash);

function sameMembersBeforeAndAfter(data: JsonObject): string | null {
  const before = Object.keys(data['before'] as JsonObject); // both were checked to be objects
  const after = data['after'] as JsonObject;
  const same = before.length === Object.keys(after).length && before.every((name) => Object.hasOwn(after, name));
  return same ? null : 'before and after have different members';
}

const bulkFilter = check.someOf(optional('userId', check.id), optional('issuedBefore', check.instant));

/**
 * The newest shape of every event. A released shape never changes, not even by a value more that it takes
 * (ARCHITECTURE.md, "Versions side by side"): give the new one the next schemaVersion here, move the old one to
 * events.upcasters.ts, and leave its fixture where it is.
 */
export const EVENT_SHAPES: readonly EventShape[] = [
  {
    ...shape('settings', 'SecuritySettingsChanged', [
      required('before', someSettings),
      required('after', someSettings),
    ]),
    rule: sameMembersBeforeAndAfter,
  },
  shape('settings', 'ApiKeysBulkRevoked', [required('filter', bulkFilter), required('reason', check.revocationReason)]),
  shape('role', 'RoleCreated', [
    required('name', check.roleName),
    required('description', check.orNull(check.freeText)),
    required('permissions', check.permissions),
    required('system', check.boolean),
  ]),
  {
    ...shape('role', 'RoleChanged', [required('before', someOfRole), required('after', someOfRole)]),
    rule: sameMembersBeforeAndAfter,
  },
  shape('role', 'RoleDeleted', []),
  {
    ...shape(
      'user',
      'UserCreated',
      [required('supervisorId', check.orNull(check.id))],
      [required('username', check.username), ...PROFILE_MEMBERS],
    ),
    schemaVersion: 2,
  },
  {
    ...shape(
      'user',
      'UserChanged',
      [optional('supervisorId', check.orNull(check.id))],
      [optional('username', check.username), ...PROFILE_MEMBERS],
    ),
    schemaVersion: 2,
  },
  shape('user', 'UserPasswordSet', [], [required('passwordHash', check.argon2Hash)]),
  shape('user', 'RoleGranted', [required('roleId', check.id)]),
  shape('user', 'RoleWithdrawn', [required('roleId', check.id)]),
  shape('user', 'UserDeactivated', []),
  shape('user', 'UserReactivated', []),
  shape('user', 'UserErased', []),
  shape('user', 'OidcIdentityLinked', [required('issuer', check.oidcText)], [required('subject', check.oidcText)]),
  shape('user', 'OidcIdentityUnlinked', [required('issuer', check.oidcText)], [required('subject', check.oidcText)]),
  shape(
    'api-key',
    'ApiKeyIssued',
    [...keyTerms, required('hint', check.hint), required('predecessorId', check.orNull(check.id))],
    [secretHash, ...sealedTerms],
  ),
  shape('api-key', 'ApiKeyPromised', keyTerms, sealedTerms),
  shape('api-key', 'ApiKeyClaimed', [required('hint', check.hint)], [secretHash]),
  shape('api-key', 'ApiKeySuperseded', [
    required('successorId', check.id),
    required('graceSeconds', check.graceSeconds),
  ]),
  shape('api-key', 'ApiKeyRevoked', [required('reason', check.revocationReason)], [optional('note', check.freeText)]),
];

function shape(category: Category, type: string, data: readonly Member[], sealed: readonly Member[] = []): EventShape {
  return { category, type, schemaVersion: 1, data, sealed };
}
