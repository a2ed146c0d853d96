import { z } from 'zod';
import { type ExpiryRequest, parseExpiry, type TermsRequest } from '@keyfold/domain';
import { fieldRule } from '@keyfold/service-kit';
import { IpRanges, KeyName, RateLimit, Scopes } from '../../http/fields.js';

/** The two members that ask for an expiry; the domain reads them, so that every surface reads them alike. */
export const expiryMembers = {
  expiresAt: z.string().max(64).optional(),
  expiresInDays: z.int().min(1).optional(),
};

export function checkExpiry(
  value: { expiresAt?: string | undefined; expiresInDays?: number | undefined },
  context: z.RefinementCtx,
): void {
  const parsed = parseExpiry(value);
  if (parsed.ok) return;
  const rule =
    parsed.fault === 'BOTH' ? fieldRule('NOT_TOGETHER', { other: 'expiresInDays' }) : fieldRule(parsed.fault);
  context.addIssue({ code: 'custom', path: [parsed.path.slice(1)], ...rule });
}

export const IssueApiKeyBody = z
  .strictObject({
    name: KeyName.nullable().optional(),
    ...expiryMembers,
    readOnly: z.boolean().optional(),
    scopes: Scopes.optional(),
    allowedIpRanges: IpRanges.nullable().optional(),
    rateLimit: RateLimit.nullable().optional(),
  })
  .superRefine(checkExpiry)
  .meta({ id: 'IssueApiKey' });

export const RotateApiKeyBody = z
  .strictObject({ graceSeconds: z.int().min(0).optional(), ...expiryMembers })
  .superRefine(checkExpiry)
  .meta({ id: 'RotateApiKey' });

export type RotateApiKeyBody = z.output<typeof RotateApiKeyBody>;

export type IssueApiKeyBody = z.output<typeof IssueApiKeyBody>;

function expiryRequest(body: { expiresAt?: string | undefined; expiresInDays?: number | undefined }): ExpiryRequest {
  const parsed = parseExpiry(body);
  // The schema has refused everything else.
  if (!parsed.ok) throw new Error('the expiry passed its schema and cannot be read');
  return parsed.request;
}

/** Null where the rotation leaves the expiry to the old key's lifetime. */
export function rotationExpiry(body: RotateApiKeyBody): ExpiryRequest | null {
  const isLeftOpen = body.expiresAt === undefined && body.expiresInDays === undefined;
  return isLeftOpen ? null : expiryRequest(body);
}

export function termsRequest(body: IssueApiKeyBody): Omit<TermsRequest, 'userId' | 'nowMs'> {
  return {
    name: body.name ?? null,
    expiry: expiryRequest(body),
    readOnly: body.readOnly ?? false,
    scopes: body.scopes ?? [],
    allowedIpRanges: body.allowedIpRanges ?? null,
    rateLimit: body.rateLimit ?? null,
  };
}
