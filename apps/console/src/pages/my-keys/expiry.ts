const DAY_MS = 86_400_000;
const PRESET_DAYS = [7, 30, 90];

/** What the API takes of an expiry: days from the issue, or an instant. */
export type Expiry = { readonly expiresInDays: number } | { readonly expiresAt: string };

/** The lifetimes to choose from: the usual ones that the maximum allows, and the maximum. */
export function presetDays(maxDays: number): number[] {
  return [...PRESET_DAYS.filter((days) => days < maxDays), maxDays];
}

/**
 * The end of a day where the person is, but never past the maximum: whoever chooses the last day that is offered gets
 * the maximum.
 *
 * @param date `2027-03-01`, as a date input gives it
 */
export function endOfLocalDay(date: string, maxDays: number, now: number): Expiry {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const end = new Date(year, month - 1, day, 23, 59, 59, 999).getTime();
  return end >= now + maxDays * DAY_MS ? { expiresInDays: maxDays } : { expiresAt: new Date(end).toISOString() };
}

/** The last day that may be chosen, as a date input wants it. */
export function lastDay(maxDays: number, now: number): string {
  return localDate(new Date(now + maxDays * DAY_MS));
}

export function localDate(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When a key that is made now would end. */
export function endOf(expiry: Expiry, now: number): string {
  return 'expiresAt' in expiry ? expiry.expiresAt : new Date(now + expiry.expiresInDays * DAY_MS).toISOString();
}
