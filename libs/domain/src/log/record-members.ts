// The form of each of the ten members of a record, for records about to be written and for records read.

const MEMBER_COUNT = 10;
const STREAM = /^[a-z][a-z-]{0,31}\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const ACTOR = /^(?:system|[a-z][a-z-]{0,31}\/[A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;
const TYPE = /^[A-Z][A-Za-z0-9]{0,63}$/;
const CORRELATION_ID = /^[\x21-\x7e]{1,128}$/;
const TIMESTAMP = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
// Also keeps `__proto__` and the like from ever becoming a member name of a lookup table.
const SEALED_FIELD = /^[a-z][A-Za-z0-9]{0,63}$/;
// 32 bytes in base64url; the last character carries four bits, its lowest two are zero.
const COMMITMENT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/**
 * What is wrong with the members of a record, or null. Says nothing about numbers and strings inside `data`: those have
 * their canonical form checked.
 */
export function recordProblem(value: unknown): string | null {
  if (!isObject(value)) return 'not an object';
  if (Object.keys(value).length !== MEMBER_COUNT) return `not exactly ${MEMBER_COUNT} members`;
  return headProblem(value) ?? bodyProblem(value);
}

function headProblem(value: Readonly<Record<string, unknown>>): string | null {
  if (!isCount(value['position'])) return 'position is not an integer from 1';
  if (!matches(value['stream'], STREAM)) return 'stream is not <category>/<id>';
  if (!isCount(value['version'])) return 'version is not an integer from 1';
  if (!matches(value['type'], TYPE)) return 'type is not an event type';
  if (!isCount(value['schemaVersion'])) return 'schemaVersion is not an integer from 1';
  return null;
}

function bodyProblem(value: Readonly<Record<string, unknown>>): string | null {
  if (!isTimestamp(value['recordedAt'])) return 'recordedAt is not RFC 3339 in UTC with milliseconds';
  if (!matches(value['actor'], ACTOR)) return 'actor is neither system nor <category>/<id>';
  if (!matches(value['correlationId'], CORRELATION_ID))
    return 'correlationId is not 1 to 128 printable ASCII characters';
  if (!isObject(value['data'])) return 'data is not an object';
  if (!isSealed(value['sealed'])) return 'sealed is not an object of commitments';
  return null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function matches(value: unknown, form: RegExp): boolean {
  return typeof value === 'string' && form.test(value);
}

function isSealed(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const field of Object.keys(value)) {
    if (!SEALED_FIELD.test(field) || !matches(value[field], COMMITMENT)) return false;
  }
  return true;
}

/** Whether a value is a time of day of a real date: RFC 3339, UTC, milliseconds, as `recordedAt` is. */
export function isTimestamp(value: unknown): value is string {
  if (typeof value !== 'string' || !TIMESTAMP.test(value)) return false;
  const day = twoDigits(value, 8);
  return day <= 28 || day <= daysInMonth(Number(value.slice(0, 4)), twoDigits(value, 5));
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
