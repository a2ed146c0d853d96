import { demand } from './errors.js';
import type { KeyTerms } from './events.js';
import { type ExpiryRequest, resolveExpiry } from './expiry-request.js';
import type { SettingsState } from './settings.js';
import type { RateLimit } from './settings-values.js';
import * as check from './value-checks.js';

/** The terms that somebody asks for in a new key. */
export type TermsRequest = {
  readonly userId: string;
  readonly expiry: ExpiryRequest;
  readonly readOnly: boolean;
  readonly scopes: readonly string[];
  /** Canonical CIDR ranges (see `normaliseIpRange`), at least one; null: any address. */
  readonly allowedIpRanges: readonly string[] | null;
  /** Null: the installation's default, as it is at each request. */
  readonly rateLimit: RateLimit | null;
  readonly name: string | null;
  readonly nowMs: number;
};

/**
 * Refuses terms that could not be read back from the log.
 * @throws DomainError INVALID_REQUEST
 */
export function demandTerms(terms: TermsRequest): void {
  const { userId, scopes, allowedIpRanges, rateLimit, name } = terms;
  demand(check.id(userId), 'INVALID_REQUEST', 'The id of the user is not acceptable.');
  demand(check.scopes(scopes), 'INVALID_REQUEST', 'The scopes are not acceptable.');
  demand(rateLimit === null || check.rateLimit(rateLimit), 'INVALID_REQUEST', 'The rate limit is not acceptable.');
  demand(name === null || check.keyName(name), 'INVALID_REQUEST', 'The name is not acceptable.');
  const areRanges = allowedIpRanges === null || check.ipRanges(allowedIpRanges);
  demand(areRanges, 'INVALID_REQUEST', 'The IP ranges are not acceptable.');
}

/**
 * The terms as an event states them.
 * @throws DomainError EXPIRY_OUT_OF_RANGE
 */
export function termsOf(terms: TermsRequest, { settings }: SettingsState): KeyTerms {
  const { userId, readOnly, scopes, rateLimit } = terms;
  return { userId, expiry: resolveExpiry(terms.expiry, settings, terms.nowMs), readOnly, scopes, rateLimit };
}

/** The sealed part of the terms: what is absent is absent, so that null can say "erased" in the log. */
export function sealedTermsOf(terms: Pick<TermsRequest, 'name' | 'allowedIpRanges'>): {
  readonly name?: string;
  readonly allowedIpRanges?: readonly string[];
} {
  const { name, allowedIpRanges } = terms;
  return { ...(name === null ? {} : { name }), ...(allowedIpRanges === null ? {} : { allowedIpRanges }) };
}
