import { z } from 'zod';
import {
  acceptanceOf,
  effectiveExpiry,
  type ExistingApiKey,
  formatInstant,
  KEY_STATUSES,
  keyStatus,
  revocationOf,
} from '@keyfold/domain';
import { Instant, RateLimit } from '../../http/fields.js';
import type { ApiKeyRecord, KeyView } from '../../tables/api-key-queries.js';

export const ApiKeyResource = z
  .object({
    id: z.string(),
    userId: z.string(),
    username: z.string().nullable(),
    name: z.string().nullable(),
    status: z.enum(KEY_STATUSES),
    hint: z.string().nullable(),
    createdAt: Instant,
    createdBy: z.string(),
    expiresAt: Instant.nullable(),
    effectiveExpiresAt: Instant.nullable(),
    effectiveExpiryBoundBy: z.enum(['key', 'policy']).nullable(),
    acceptance: z.object({ allowed: z.boolean(), reason: z.string().nullable() }),
    readOnly: z.boolean(),
    scopes: z.array(z.string()),
    allowedIpRanges: z.array(z.string()).nullable(),
    rateLimit: RateLimit.nullable(),
    lastUsedAt: Instant.nullable(),
    predecessorId: z.string().nullable(),
    successorId: z.string().nullable(),
    supersededUntil: Instant.nullable(),
    revokedAt: Instant.nullable(),
    revocationReason: z.string().nullable(),
  })
  .meta({ id: 'ApiKey' });

export type ApiKeyResource = z.output<typeof ApiKeyResource>;

/**
 * The one answer that carries the key itself; a repeat of the request by its Idempotency-Key has `key: null` and
 * `replayed: true`.
 */
export const IssuedApiKeyResource = z
  .object({ ...ApiKeyResource.shape, key: z.string().nullable(), replayed: z.boolean().optional() })
  .meta({ id: 'IssuedApiKey' });

/** A key as callers see it. */
export function apiKeyResource(key: ExistingApiKey, view: KeyView, lastUsedAt: Date | null): ApiKeyResource {
  const { settings, owner, role, bulkRevocation, nowMs } = view;
  const expiry = effectiveExpiry(key, settings);
  const revocation = revocationOf(key, bulkRevocation, owner);
  return {
    id: key.keyId,
    userId: key.userId,
    username: 'username' in owner ? owner.username : null,
    name: key.name,
    status: keyStatus(key, settings, nowMs, owner),
    hint: key.hint,
    createdAt: formatInstant(key.issuedAtMs),
    createdBy: key.createdBy,
    expiresAt: instantOrNull(expiry.expiresAtMs),
    effectiveExpiresAt: instantOrNull(expiry.effectiveExpiresAtMs),
    effectiveExpiryBoundBy: expiry.effectiveExpiresAtMs === null ? null : expiry.boundBy,
    acceptance: { ...acceptanceOf({ settings, key, user: owner, role }, nowMs) },
    readOnly: key.readOnly,
    scopes: [...key.scopes],
    allowedIpRanges: key.allowedIpRanges === null ? null : [...key.allowedIpRanges],
    rateLimit: key.rateLimit,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    predecessorId: key.predecessorId,
    successorId: key.successorId,
    supersededUntil: instantOrNull(key.supersededUntilMs),
    revokedAt: instantOrNull(revocation?.atMs ?? null),
    revocationReason: revocation?.reason ?? null,
  };
}

/** The same of what the tables have. */
export function resourceOfKey({ key, lastUsedAt, view }: ApiKeyRecord): ApiKeyResource {
  return apiKeyResource(key, view, lastUsedAt);
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
