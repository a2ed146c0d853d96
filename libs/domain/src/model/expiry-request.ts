import type { IssuedApiKey } from './api-key.js';
import { demand } from './errors.js';
import type { KeyExpiry } from './events.js';
import { DAY_MS, formatInstant, parseEndOfDay, parseInstant } from './instants.js';
import type { SecuritySettings } from './settings-values.js';

/** How long a key shall live, as somebody asked for it. */
export type ExpiryRequest =
  | { readonly kind: 'maximum' }
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'at'; readonly atMs: number }
  /** A calendar day in UTC, by its last millisecond. */
  | { readonly kind: 'date'; readonly endsAtMs: number };

/** The request, or which member of the body is no request at all and why. */
export type ParsedExpiry =
  | { readonly ok: true; readonly request: ExpiryRequest }
  | {
      readonly ok: false;
      readonly path: '/expiresAt' | '/expiresInDays';
      /** Both members are given; or it is neither a number of days nor a time. */
      readonly fault: 'BOTH' | 'DAYS' | 'EXPIRY';
    };

// Clients compute "180 days from now" on clocks of their own.
const TOLERANCE_MS = 5 * 60_000;

/**
 * Reads the two members of a body that ask for an expiry: `expiresAt` (an instant, or a day whose end in UTC is meant)
 * or `expiresInDays`, not both; neither asks for the maximum. Values are not held against the policy here.
 */
export function parseExpiry(input: { readonly expiresAt?: unknown; readonly expiresInDays?: unknown }): ParsedExpiry {
  const { expiresAt, expiresInDays } = input;
  if (expiresAt !== undefined && expiresInDays !== undefined) {
    return { ok: false, path: '/expiresAt', fault: 'BOTH' };
  }
  if (expiresInDays !== undefined) return parseDays(expiresInDays);
  return expiresAt === undefined ? { ok: true, request: { kind: 'maximum' } } : parseAt(expiresAt);
}

function parseDays(days: unknown): ParsedExpiry {
  return Number.isSafeInteger(days) && (days as number) >= 1 // an integer, as just checked
    ? { ok: true, request: { kind: 'days', days: days as number } }
    : { ok: false, path: '/expiresInDays', fault: 'DAYS' };
}

function parseAt(at: unknown): ParsedExpiry {
  const endsAtMs = typeof at === 'string' ? parseEndOfDay(at) : null;
  if (endsAtMs !== null) return { ok: true, request: { kind: 'date', endsAtMs } };
  const atMs = typeof at === 'string' ? parseInstant(at) : null;
  return atMs === null
    ? { ok: false, path: '/expiresAt', fault: 'EXPIRY' }
    : { ok: true, request: { kind: 'at', atMs } };
}

/**
 * Holds a request against the policy. An instant up to 5 minutes over the maximum, and a day that begins within it, is
 * taken as the maximum: a client that adds the maximum to today's date must not be refused for most of the day.
 * @param nowMs the writer's clock
 * @throws DomainError EXPIRY_OUT_OF_RANGE beyond the maximum or not in the future
 */
export function resolveExpiry(request: ExpiryRequest, settings: SecuritySettings, nowMs: number): KeyExpiry {
  const maximum = settings.maxApiKeyLifetimeDays;
  if (request.kind === 'maximum') return { days: maximum };
  if (request.kind === 'days') {
    const isInRange = request.days >= 1 && request.days <= maximum;
    demand(isInRange, 'EXPIRY_OUT_OF_RANGE', `A key may live for 1 to ${maximum} days.`);
    return { days: request.days };
  }
  const [atMs, toleranceMs] = request.kind === 'date' ? [request.endsAtMs, DAY_MS - 1] : [request.atMs, TOLERANCE_MS];
  demand(atMs > nowMs, 'EXPIRY_OUT_OF_RANGE', 'The expiry must be in the future.');
  const latestMs = nowMs + maximum * DAY_MS;
  demand(atMs <= latestMs + toleranceMs, 'EXPIRY_OUT_OF_RANGE', `A key may live for at most ${maximum} days.`);
  return atMs > latestMs ? { days: maximum } : { at: formatInstant(atMs) };
}

/**
 * The expiry of a successor for which no other was asked: it lives as long as its predecessor was issued for, and no
 * longer than the maximum.
 * @param nowMs the writer's clock
 */
export function successorExpiry(predecessor: IssuedApiKey, settings: SecuritySettings, nowMs: number): KeyExpiry {
  const { claimedAtMs, expiresAtMs, expiry, issuedAtMs } = predecessor;
  const maximum = settings.maxApiKeyLifetimeDays;
  if ('days' in expiry) return { days: Math.min(expiry.days, maximum) };
  const lifetimeMs = expiresAtMs - (claimedAtMs ?? issuedAtMs);
  return lifetimeMs < maximum * DAY_MS ? { at: formatInstant(nowMs + lifetimeMs) } : { days: maximum };
}
