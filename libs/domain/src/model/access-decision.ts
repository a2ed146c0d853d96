import type { ApiKeyState, IssuedApiKey } from './api-key.js';
import { isPermitted, permissionsOf, type RoleLookup } from './authority.js';
import { isIpAllowed } from './ip-ranges.js';
import { effectiveExpiry, isPast, isRevoked } from './key-facts.js';
import type { Permission } from './permissions.js';
import type { SettingsState } from './settings.js';
import { foldUsername } from './text-rules.js';
import type { LivingUser, UserState } from './user.js';

/** The reasons that the decision gives, in the order in which they are tried: the first that applies is the answer. */
export const DECISION_REASONS = [
  'MALFORMED',
  'UNKNOWN_KEY',
  'WRONG_SECRET',
  'USERNAME_MISMATCH',
  'REVOKED',
  'SUPERSEDED',
  'EXPIRED',
  'API_KEYS_DISABLED',
  'USER_DEACTIVATED',
  'SIGN_IN_NOT_GRANTED',
  'IP_NOT_ALLOWED',
  'READ_ONLY',
  'SCOPE_MISSING',
] as const;
/** Reasons that a gateway alone knows; never the answer of {@link decideAccess}. */
export const GATEWAY_REASONS = ['RATE_LIMITED', 'STALE', 'OVERLOADED'] as const;
/** Why access is refused. */
export type AccessReason = (typeof DECISION_REASONS)[number] | (typeof GATEWAY_REASONS)[number];

const UNPROVEN: ReadonlySet<AccessReason> = new Set(['MALFORMED', 'UNKNOWN_KEY', 'WRONG_SECRET']);

/** Whether the reason says that the caller has not proven the secret: then they may see INVALID_CREDENTIALS only. */
export function isUnproven(reason: AccessReason): boolean {
  return UNPROVEN.has(reason);
}

/** What is known of the secret: not even of the key's form, does not match the hash, matches it. */
export type ProofOutcome = 'malformed' | 'wrong-secret' | 'proven';

/** What the log says of those concerned, all at one position. */
export interface AccessFacts {
  readonly settings: SettingsState;
  readonly key: ApiKeyState | undefined;
  /** The key's owner. */
  readonly user: UserState | undefined;
  readonly role: RoleLookup;
}

/** What is asked. */
export interface AccessRequest {
  readonly proof: ProofOutcome;
  readonly username: string;
  /** Null or absent where it is not known or comes from someone untrusted: a limit that needs it refuses. */
  readonly method?: string | null;
  readonly ip?: string | null;
  /** Whether the request upgrades the connection, after which no method limits anything. */
  readonly isUpgrade?: boolean;
  /** The scopes that the service demands. */
  readonly scopes: readonly string[];
  /** `leave-out`: without the limits of a single request (addresses, read-only, scopes). */
  readonly limits: 'apply' | 'leave-out';
}

/** Who passed, as the facts say it. */
export interface AccessIdentity {
  readonly userId: string;
  readonly username: string;
  readonly roles: readonly { readonly id: string; readonly name: string }[];
  readonly permissions: readonly Permission[];
  readonly keyId: string;
  readonly keyName: string | null;
  readonly effectiveExpiresAtMs: number;
  readonly readOnly: boolean;
  readonly scopes: readonly string[];
}

/** The answer. */
export type AccessDecision =
  | { readonly allowed: true; readonly identity: AccessIdentity }
  | { readonly allowed: false; readonly reason: AccessReason };

/** A user whom a presented name can match. */
export type NamedUser = LivingUser & { readonly username: string };
/** Puts an identity together; see {@link identityOf}. */
export type Identify = (key: IssuedApiKey, user: NamedUser, facts: AccessFacts) => AccessIdentity;

const READING_METHODS: ReadonlySet<string | null | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether this user name and key may pass. Pure: to be called after the last await, on facts of one position, with the
 * log's clock. Allowed only if every condition holds; anything unknown, erased or unreadable refuses.
 * @param nowMs the log's clock, milliseconds since 1970
 * @param identify how to say who passed; whoever asks often may keep what {@link identityOf} made of the same facts
 */
export function decideAccess(
  facts: AccessFacts,
  request: AccessRequest,
  nowMs: number,
  identify: Identify = identityOf,
): AccessDecision {
  const { key, user } = facts;
  if (request.proof === 'malformed') return { allowed: false, reason: 'MALFORMED' };
  if (key?.status !== 'issued') return { allowed: false, reason: 'UNKNOWN_KEY' };
  if (request.proof !== 'proven' || key.secretHash === null) return { allowed: false, reason: 'WRONG_SECRET' };
  if (!isNamed(user, request.username)) return { allowed: false, reason: 'USERNAME_MISMATCH' };
  const reason = reasonAgainst(key, user, { facts, request, nowMs });
  return reason === null ? { allowed: true, identity: identify(key, user, facts) } : { allowed: false, reason };
}

/**
 * Whether the key would be accepted now with its owner's name, leaving out the limits of single requests and the proof.
 */
export function acceptanceOf(
  facts: AccessFacts,
  nowMs: number,
): { readonly allowed: boolean; readonly reason: AccessReason | null } {
  const { user } = facts;
  const username = user?.status === 'active' || user?.status === 'deactivated' ? (user.username ?? '') : '';
  const request: AccessRequest = { proof: 'proven', username, scopes: [], limits: 'leave-out' };
  const decision = decideAccess(facts, request, nowMs);
  return { allowed: decision.allowed, reason: decision.allowed ? null : decision.reason };
}

function reasonAgainst(
  key: IssuedApiKey,
  user: NamedUser,
  { facts, request, nowMs }: { facts: AccessFacts; request: AccessRequest; nowMs: number },
): AccessReason | null {
  const reason = reasonOfKey(key, facts, nowMs) ?? reasonOfPolicy(user, facts);
  if (reason !== null || request.limits === 'leave-out') return reason;
  return reasonOfLimits(key, request);
}

function isNamed(user: UserState | undefined, username: string): user is NamedUser {
  if (user?.status !== 'active' && user?.status !== 'deactivated') return false;
  return user.username !== null && foldUsername(username) === user.username;
}

function reasonOfKey(key: IssuedApiKey, { settings, user }: AccessFacts, nowMs: number): AccessReason | null {
  if (isRevoked(key, settings, user)) return 'REVOKED';
  if (key.supersededUntilMs !== null && isPast(key.supersededUntilMs, nowMs)) return 'SUPERSEDED';
  return isPast(effectiveExpiry(key, settings).effectiveExpiresAtMs, nowMs) ? 'EXPIRED' : null;
}

function reasonOfPolicy(user: NamedUser, { settings, role }: AccessFacts): AccessReason | null {
  if (!settings.isUsable || !settings.settings.apiKeyAuthenticationEnabled) return 'API_KEYS_DISABLED';
  if (user.status !== 'active') return 'USER_DEACTIVATED';
  return isPermitted(user, role, 'api-key.sign-in') ? null : 'SIGN_IN_NOT_GRANTED';
}

function reasonOfLimits(key: IssuedApiKey, request: AccessRequest): AccessReason | null {
  if (!isAddressAllowed(key, request.ip ?? null)) return 'IP_NOT_ALLOWED';
  if (key.readOnly && (request.isUpgrade === true || !READING_METHODS.has(request.method))) return 'READ_ONLY';
  return request.scopes.every((scope) => key.scopes.includes(scope)) ? null : 'SCOPE_MISSING';
}

function isAddressAllowed(key: IssuedApiKey, ip: string | null): boolean {
  if (!key.ipRangesUsable) return false;
  return key.allowedIpRanges === null || (ip !== null && isIpAllowed(key.allowedIpRanges, ip));
}

/** What a user's roles come to. */
export type Grants = Pick<AccessIdentity, 'roles' | 'permissions'>;

/** What the user's roles come to now. Depends on their ids and the roles alone. */
export function grantsOf(user: NamedUser, role: RoleLookup): Grants {
  const roles = user.roleIds.flatMap((id) => {
    const held = role(id);
    return held?.status === 'active' ? [{ id, name: held.name }] : [];
  });
  return { roles, permissions: permissionsOf(user, role) };
}

/**
 * Who passes with this key, as the facts say it. Depends on the key, its owner, the settings and the owner's roles
 * alone.
 * @param grants what {@link grantsOf} the same facts is
 */
export function identityOf(
  key: IssuedApiKey,
  user: NamedUser,
  { settings, role }: AccessFacts,
  grants: Grants = grantsOf(user, role),
): AccessIdentity {
  return {
    userId: key.userId,
    username: user.username,
    roles: grants.roles,
    permissions: grants.permissions,
    keyId: key.keyId,
    keyName: key.name,
    effectiveExpiresAtMs: effectiveExpiry(key, settings).effectiveExpiresAtMs,
    readOnly: key.readOnly,
    scopes: key.scopes,
  };
}
