import type { ExistingApiKey, IssuedApiKey } from './api-key.js';
import { isBulkRevoked } from './bulk-revocations.js';
import type { RevocationReason } from './events.js';
import { DAY_MS } from './instants.js';
import type { SettingsState } from './settings.js';
import type { RateLimit, SecuritySettings } from './settings-values.js';
import type { UserState } from './user.js';

/** When a key ends, by itself and under the policy. */
export interface EffectiveExpiry {
  /** The key's own expiry. */
  readonly expiresAtMs: number;
  /** The earlier of it and the policy's bound: from then on the key is expired. */
  readonly effectiveExpiresAtMs: number;
  /** `policy` only where its bound is strictly earlier. */
  readonly boundBy: 'key' | 'policy';
}

/** The same for a key that nobody has claimed: in days it has no end yet. */
export interface PendingExpiry {
  readonly expiresAtMs: number | null;
  readonly effectiveExpiresAtMs: number | null;
  readonly boundBy: 'key';
}

/** When and why a key was revoked. */
export interface Revocation {
  readonly atMs: number;
  readonly reason: RevocationReason;
}

/** What a key is at a moment. */
export const KEY_STATUSES = ['pending', 'active', 'superseded', 'revoked', 'expired'] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];

/**
 * The effective expiry: min(own expiry, start of the lifetime + the maximum in force now), the start being the record
 * of issue, or of the claim where there was one. The policy changes nothing in the key: raising the maximum revives it.
 */
export function effectiveExpiry(key: IssuedApiKey, state: { readonly settings: SecuritySettings }): EffectiveExpiry;
export function effectiveExpiry(
  key: ExistingApiKey,
  state: { readonly settings: SecuritySettings },
): EffectiveExpiry | PendingExpiry;
export function effectiveExpiry(
  key: ExistingApiKey,
  { settings }: { readonly settings: SecuritySettings },
): EffectiveExpiry | PendingExpiry {
  const { expiresAtMs } = key;
  if (key.status === 'pending' || expiresAtMs === null) {
    return { expiresAtMs, effectiveExpiresAtMs: expiresAtMs, boundBy: 'key' };
  }
  const boundMs = (key.claimedAtMs ?? key.issuedAtMs) + settings.maxApiKeyLifetimeDays * DAY_MS;
  return boundMs < expiresAtMs
    ? { expiresAtMs, effectiveExpiresAtMs: boundMs, boundBy: 'policy' }
    : { expiresAtMs, effectiveExpiresAtMs: expiresAtMs, boundBy: 'key' };
}

/**
 * The revocation that ended the key: its own, the first bulk revocation that concerns it, or its owner's erasure;
 * whichever came first. Null if none. An erasure concerns only keys issued (or promised) before its position.
 *
 * @param bulk the first bulk revocation that concerns the key, which the log says and not the settings' state
 */
export function revocationOf(
  key: ExistingApiKey,
  bulk: Revocation | null,
  owner: UserState | undefined,
): Revocation | null {
  return earlier(earlier(ownRevocation(key), bulk), erasure(key, owner));
}

/** Whether something ended the key; {@link revocationOf} says what and when. */
export function isRevoked(
  key: ExistingApiKey,
  { bulkRevocations }: SettingsState,
  owner: UserState | undefined,
): boolean {
  return key.revokedAtMs !== null || isBulkRevoked(key, bulkRevocations) || erasure(key, owner) !== null;
}

function earlier(left: Revocation | null, right: Revocation | null): Revocation | null {
  if (left === null || right === null) return left ?? right;
  return right.atMs < left.atMs ? right : left;
}

function ownRevocation({ revokedAtMs, revocationReason }: ExistingApiKey): Revocation | null {
  return revokedAtMs === null ? null : { atMs: revokedAtMs, reason: revocationReason ?? 'UNSPECIFIED' };
}

function erasure(key: ExistingApiKey, owner: UserState | undefined): Revocation | null {
  if (owner?.status !== 'erased' || key.issuedPosition > owner.erasedAtPosition) return null;
  return { atMs: owner.erasedAtMs, reason: 'AFFILIATION_CHANGED' };
}

/**
 * What the key is now. A key with a successor is `superseded` from that record on, also while its grace lets it pass.
 * @param owner without the owner, the effect of their erasure is left out
 */
export function keyStatus(key: ExistingApiKey, state: SettingsState, nowMs: number, owner?: UserState): KeyStatus {
  if (isRevoked(key, state, owner)) return 'revoked';
  if (key.supersededAtMs !== null) return 'superseded';
  const { effectiveExpiresAtMs } = effectiveExpiry(key, state);
  if (effectiveExpiresAtMs !== null && isPast(effectiveExpiresAtMs, nowMs)) return 'expired';
  return key.status === 'pending' ? 'pending' : 'active';
}

/**
 * Whether the key has ended whatever the settings become: revoked, past its own expiry, or past its grace. One that
 * only the policy has ended is not over.
 */
export function isOver(
  key: ExistingApiKey,
  state: SettingsState,
  nowMs: number,
  owner: UserState | undefined,
): boolean {
  const ends = [key.expiresAtMs, key.supersededUntilMs];
  return isRevoked(key, state, owner) || ends.some((endMs) => endMs !== null && isPast(endMs, nowMs));
}

/** Whether the end has come: `now >= end`. True as well for a clock or an end that is no number. */
export function isPast(endMs: number, nowMs: number): boolean {
  return !(nowMs < endMs);
}

/** The limit in force for the key: its own, else the installation's default; null for none. */
export function effectiveRateLimit(key: ExistingApiKey, { settings }: SettingsState): RateLimit | null {
  return key.rateLimit ?? settings.defaultKeyRateLimit;
}
