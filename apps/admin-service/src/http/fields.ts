import { z } from 'zod';
import {
  foldUsername,
  isKeyName,
  isRoleName,
  isScope,
  isText,
  isVisibleText,
  MAX_IP_RANGES,
  MAX_SCOPES,
  normaliseIpRange,
  parseInstant,
  PERMISSIONS,
  RATE_LIMIT_BOUNDS,
} from '@keyfold/domain';
import { isCleanText } from './json-body.js';

/** An id as part of a path or a filter. Ids are opaque: one that cannot exist is simply not found. */
export const Id = z.string().min(1).max(200).refine(isCleanText, 'must be well-formed Unicode without U+0000');

const SHOWS = 'something visible, and no control, bidirectional or invisible characters';

/** Text that other people will read: trimmed, with something visible in it, nothing that hides or reorders. */
export const text = (maxCharacters: number): z.ZodType<string, string> =>
  z
    .string()
    .trim()
    .refine(
      (value) => isText(value, maxCharacters) && isVisibleText(value),
      `takes at most ${maxCharacters} characters, ${SHOWS}`,
    );

export const Username = z
  .string()
  .max(128)
  .transform((value, context) => {
    const folded = foldUsername(value);
    if (folded !== null) return folded;
    context.addIssue({ code: 'custom', message: "takes 1 to 128 of a-z, 0-9 and . _ @ + ' -" });
    return z.NEVER;
  });

/** Something that mail can be sent to, judged loosely: only a mail that arrives proves an address. */
export const Email = text(320).refine((value) => /^[^\s@]+@[^\s@]+$/u.test(value), 'must be an e-mail address');

/**
 * Bounded, since hashing takes the whole text. One too short, or empty, has an answer of its own: wrong, or refused.
 */
export const Password = z.string().max(1024).refine(isCleanText, 'must be well-formed Unicode without U+0000');

export const RoleName = z.string().trim().refine(isRoleName, 'takes 1 to 64 of A-Z, a-z, 0-9, space and . _ -');

export const PermissionName = z.enum(PERMISSIONS);

export const KeyName = z
  .string()
  .trim()
  .refine((value) => isKeyName(value) && isVisibleText(value), `takes at most 100 characters, ${SHOWS}`);

export const Scopes = z
  .array(z.string().refine(isScope, 'must match [a-z0-9][a-z0-9:._-]{0,63}'))
  .max(MAX_SCOPES)
  .refine(areDistinct, 'must not repeat an entry');

/**
 * Addresses and CIDR ranges; kept in their canonical form. No range at all would be a key that nobody can use, so the
 * list is not empty.
 */
export const IpRanges = z
  .array(
    z
      .string()
      .max(64)
      .transform((value, context) => {
        const normalised = normaliseIpRange(value);
        if (normalised !== null) return normalised;
        context.addIssue({ code: 'custom', message: 'must be an IP address or a CIDR range' });
        return z.NEVER;
      }),
  )
  .min(1)
  .max(MAX_IP_RANGES)
  .transform((ranges) => [...new Set(ranges)]);

export const RateLimit = z
  .strictObject({
    requests: z.int().min(RATE_LIMIT_BOUNDS.requests.min).max(RATE_LIMIT_BOUNDS.requests.max),
    seconds: z.int().min(RATE_LIMIT_BOUNDS.seconds.min).max(RATE_LIMIT_BOUNDS.seconds.max),
  })
  .meta({ id: 'RateLimit' });

/** An instant as callers write it, in milliseconds since 1970. */
export const InstantMs = z
  .string()
  .max(64)
  .meta({ format: 'date-time' })
  .transform((value, context) => {
    const ms = parseInstant(value);
    if (ms !== null) return ms;
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 instant' });
    return z.NEVER;
  });

/** A yes or no in a query. */
export const Flag = z.enum(['true', 'false']).transform((value) => value === 'true');

export const Instant = z.iso.datetime({ precision: 3 });

function areDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
