import type { JsonObject, JsonValue } from '../log/index.js';
import type { Permission } from './permissions.js';
import type { RateLimit, SettingsChange } from './settings-values.js';

/** The categories of streams that decide access: the gateways interpret these and pass over all others. */
export const CATEGORIES = ['settings', 'role', 'user', 'api-key'] as const;
/** One of {@link CATEGORIES}. */
export type Category = (typeof CATEGORIES)[number];

/** The one stream of the security settings. */
export const SETTINGS_STREAM = 'settings/security';
/** The stream of a role. */
export const roleStream = (roleId: string): string => `role/${roleId}`;
/** The stream of a user. */
export const userStream = (userId: string): string => `user/${userId}`;
/** The stream of a key, by its public key id. */
export const apiKeyStream = (keyId: string): string => `api-key/${keyId}`;

/** Why a key was revoked. */
export const REVOCATION_REASONS = [
  'UNSPECIFIED',
  'KEY_COMPROMISE',
  'SUPERSEDED',
  'AFFILIATION_CHANGED',
  'PRIVILEGE_WITHDRAWN',
] as const;
/** One of {@link REVOCATION_REASONS}. */
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/**
 * A key's own expiry: an instant (RFC 3339, UTC, milliseconds) or days of 86,400 s from the record of issue or claim.
 */
export type KeyExpiry = { readonly at: string } | { readonly days: number };

// Type aliases throughout, not interfaces: only these are assignable to JSON objects.
type None = { readonly [name: string]: never };
type Event<Type extends string, Data, Sealed = None, Version extends number = 1> = {
  readonly type: Type;
  readonly schemaVersion: Version;
  readonly data: Data;
  readonly sealed: Sealed;
};

/** What happens to the security settings. `before` and `after` hold the changed members only, the same in both. */
export type SettingsEvent =
  | Event<'SecuritySettingsChanged', { readonly before: SettingsChange; readonly after: SettingsChange }>
  | Event<
      'ApiKeysBulkRevoked',
      {
        readonly filter: { readonly userId?: string; readonly issuedBefore?: string };
        readonly reason: RevocationReason;
      }
    >;

/** Some of what can be changed in a role. */
export type RoleChange = {
  readonly name?: string;
  readonly description?: string | null;
  readonly permissions?: readonly Permission[];
};

/** What happens to a role. */
export type RoleEvent =
  | Event<
      'RoleCreated',
      {
        readonly name: string;
        readonly description: string | null;
        readonly permissions: readonly Permission[];
        readonly system: boolean;
      }
    >
  | Event<'RoleChanged', { readonly before: RoleChange; readonly after: RoleChange }>
  | Event<'RoleDeleted', None>;

/**
 * What happens to a user. A sealed value that is null was erased, or (display name, e-mail) taken away. Version 2 of
 * UserCreated is for user names with an apostrophe, version 2 of UserChanged for a change of the user name.
 */
export type UserEvent =
  | Event<
      'UserCreated',
      { readonly supervisorId: string | null },
      { readonly username: string | null; readonly displayName?: string | null; readonly email?: string | null },
      1 | 2
    >
  | Event<
      'UserChanged',
      { readonly supervisorId?: string | null },
      { readonly username?: string | null; readonly displayName?: string | null; readonly email?: string | null },
      1 | 2
    >
  | Event<'UserPasswordSet', None, { readonly passwordHash: string | null }>
  | Event<'RoleGranted', { readonly roleId: string }>
  | Event<'RoleWithdrawn', { readonly roleId: string }>
  | Event<'UserDeactivated', None>
  | Event<'UserReactivated', None>
  | Event<'UserErased', None>
  | Event<'OidcIdentityLinked', { readonly issuer: string }, { readonly subject: string | null }>
  | Event<'OidcIdentityUnlinked', { readonly issuer: string }, { readonly subject: string | null }>;

/** The terms on which a key is issued or promised. */
export type KeyTerms = {
  readonly userId: string;
  readonly expiry: KeyExpiry;
  readonly readOnly: boolean;
  readonly scopes: readonly string[];
  readonly rateLimit: RateLimit | null;
};
type SealedTerms = { readonly name?: string | null; readonly allowedIpRanges?: readonly string[] | null };

/**
 * What happens to a key. A sealed member that is absent was never there (no name, no restriction to addresses); one
 * that is null was erased: a key whose ranges are null has ranges that nobody knows any more, not none.
 */
export type ApiKeyEvent =
  | Event<
      'ApiKeyIssued',
      KeyTerms & { readonly hint: string; readonly predecessorId: string | null },
      SealedTerms & { readonly secretHash: string | null }
    >
  | Event<'ApiKeyPromised', KeyTerms, SealedTerms>
  | Event<'ApiKeyClaimed', { readonly hint: string }, { readonly secretHash: string | null }>
  | Event<'ApiKeySuperseded', { readonly successorId: string; readonly graceSeconds: number }>
  | Event<'ApiKeyRevoked', { readonly reason: RevocationReason }, { readonly note?: string | null }>;

/** The events of each category. */
export type EventOf = {
  settings: SettingsEvent;
  role: RoleEvent;
  user: UserEvent;
  'api-key': ApiKeyEvent;
};

/** An event of the four categories as a decider returns it: with the stream it is for. */
export type Decided<E extends SettingsEvent | RoleEvent | UserEvent | ApiKeyEvent> = E & { readonly stream: string };

/** An event to append; sealed values in clear, for the store to seal. Every {@link Decided} is one. */
export interface NewEvent {
  readonly stream: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: JsonObject;
  readonly sealed: Readonly<Record<string, JsonValue>>;
}

/** An event as it stands in the log, in its newest shape. */
export interface RecordedEvent<E> {
  readonly event: E;
  readonly position: number;
  readonly stream: string;
  /** What follows the category in the stream's name. */
  readonly id: string;
  readonly version: number;
  /** RFC 3339 in UTC with milliseconds. */
  readonly recordedAt: string;
  readonly recordedAtMs: number;
  readonly actor: string;
  /** The commitments of the record's sealed fields. */
  readonly commitments: Readonly<Record<string, string>>;
}
