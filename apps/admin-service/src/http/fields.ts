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
import { fieldRule } from '@keyfold/service-kit';
import { isCleanText } from './json-body.js';

/** An id as part of a path or a filter. Ids are opaque: one that cannot exist is simply not found. */
export const Id = z.string().min(1).max(200).refine(isCleanText, fieldRule('UNCLEAN_TEXT'));

/** Text that other people will read: trimmed, with something visible in it, nothing that hides or reorders. */
export const text = (maxCharacters: number): z.ZodType<string, string> =>
  z
    .string()
    .trim()
    .refine((value) => isText(value, maxCharacters) && isVisibleText(value), fieldRule('TEXT', { max: maxCharacters }));

const MAX_USERNAME = 128;

export const Username = z
  .string()
  .max(MAX_USERNAME)
  .transform((value, context) => {
    const folded = foldUsername(value);
    if (folded !== null) return folded;
    context.addIssue({ code: 'custom', ...fieldRule('USERNAME', { max: MAX_USERNAME }) });
    return z.NEVER;
  });

/** Something that mail can be sent to, judged loosely: only a mail that arrives proves an address. */
export const Email = text(320).refine((value) => /^[^\s@]+@[^\s@]+$/u.test(value), fieldRule('EMAIL'));

/**
 * Bounded, since hashing takes the whole text. One too short, or empty, has an answer of its own: wrong, or refused.
 */
export const Password = z.string().max(1024).refine(isCleanText, fieldRule('UNCLEAN_TEXT'));

export const RoleName = z
  .string()
  .trim()
  .refine(isRoleName, fieldRule('ROLE_NAME', { max: 64 }));

export const PermissionName = z.enum(PERMISSIONS);

export const KeyName = z
  .string()
  .trim()
  .refine((value) => isKeyName(value) && isVisibleText(value), fieldRule('TEXT', { max: 100 }));

export const Scopes = z
  .array(z.string().refine(isScope, fieldRule('SCOPE')))
  .max(MAX_SCOPES)
  .refine(areDistinct, fieldRule('REPEATED_ENTRY'));

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
        context.addIssue({ code: 'custom', ...fieldRule('IP_RANGE') });
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
    context.addIssue({ code: 'custom', ...fieldRule('INSTANT') });
    return z.NEVER;
  });

/** A yes or no in a query. */
export const Flag = z.enum(['true', 'false']).transform((value) => value === 'true');

const MAX_NUMBER_DIGITS = 15;

/** A position or a size, in a path or a query. */
export const wholeNumber = (least: 0 | 1): z.ZodType<number, string> =>
  z
    .string()
    .regex(
      new RegExp(`^(?:${least === 0 ? '0|' : ''}[1-9]\\d{0,${MAX_NUMBER_DIGITS - 1}})$`),
      `must be a whole number from ${least}`,
    )
    .transform(Number);

export const Instant = z.iso.datetime({ precision: 3 });

function areDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
