/** A day of the contract, in milliseconds: always 86,400 s, whatever a calendar says. */
export const DAY_MS = 86_400_000;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const STORED_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The first and the last instant that can be written in UTC: an offset leads beyond the years of four digits. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Milliseconds since 1970 of an RFC 3339 instant, with any offset; what is finer than a millisecond is cut off.
 * @returns null when the text is no instant (a day that no month has and a leap second included), or none that {@link
 *   formatInstant} could write
 */
export function parseInstant(text: string): number | null {
  const upper = text.toUpperCase();
  const parts = INSTANT.exec(upper);
  if (parts === null || startOfDay(parts[1] ?? '') === null) return null;
  const ms = Date.parse(upper);
  // 24:00:00 is the next day's midnight to ECMAScript and nothing to RFC 3339.
  return Number.isNaN(ms) || parts[2] === '24' || ms < FIRST_MS || ms > LAST_MS ? null : ms;
}

/**
 * The last millisecond of a calendar day in UTC, so that what is shown still bears the date that was asked for.
 * @returns null when the text is no day of the form YYYY-MM-DD
 */
export function parseEndOfDay(text: string): number | null {
  const start = startOfDay(text);
  return start === null ? null : start + DAY_MS - 1;
}

/** RFC 3339 in UTC with milliseconds, the only form in which instants are stored and shown. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}

/** Whether the text is an instant in exactly the stored form. */
export function isStoredInstant(text: string): boolean {
  return STORED_INSTANT.test(text) && parseInstant(text) !== null;
}

function startOfDay(text: string): number | null {
  const parts = DATE.exec(text);
  if (parts === null) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // ECMAScript rolls 30 February over into March; written out again it no longer says the same.
  return Number.isNaN(ms) || !formatInstant(ms).startsWith(text) ? null : ms;
}
