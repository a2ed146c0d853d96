import { z } from 'zod';
import { type AccessReason, isScope, isUnproven, readAddress } from '@keyfold/domain';
import { fieldRule } from '@keyfold/service-kit';
import type { RequestLimits, Verdict } from '../authentication/verdict.js';
import { identityBody } from './identity-body.js';

/**
 * Body of `POST /v1/verify`; unknown members are refused. What cannot be a name or a key is a refusal, not a malformed
 * request.
 */
export const verifyRequest = z.strictObject({
  username: z.string().max(4_096),
  key: z.string().max(4_096),
  method: z.string().max(64).optional(),
  ip: z.string().max(64).optional(),
  scopes: z
    .array(z.string().refine(isScope, fieldRule('SCOPE')))
    .max(64)
    .optional(),
});

export type VerifyRequest = z.output<typeof verifyRequest>;

/** Who has not proven the secret learns only that. */
export type ShownReason = AccessReason | 'INVALID_CREDENTIALS';

/** Method and address are the caller's word: it asks about a request that it has seen itself. */
export function limitsOf({ method, ip, scopes }: VerifyRequest): RequestLimits {
  return {
    method: method ?? null,
    ip: ip === undefined ? null : readAddress(ip),
    isUpgrade: false,
    scopes: scopes ?? [],
  };
}

/** Answer to a verification, also of refusals. */
export function verifyBody(verdict: Verdict): object {
  if (verdict.allowed) return { allowed: true, reason: null, ...identityBody(verdict.identity, verdict.position) };
  const reason: ShownReason = isUnproven(verdict.reason) ? 'INVALID_CREDENTIALS' : verdict.reason;
  return { allowed: false, reason, position: verdict.position };
}
