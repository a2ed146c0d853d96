import { ProblemError } from '@keyfold/service-kit';

export const MAX_WAIT_SECONDS = 300;

/**
 * Reads `wait=N` of a Prefer header (RFC 7240). Other preferences are ignored, as the RFC asks.
 *
 * @returns seconds, or null if the header does not ask to wait
 * @throws ProblemError 400 if N is not a whole number of 1..300
 */
export function readWait(header: string | string[] | undefined): number | null {
  const preferences = [header ?? []].flat().join(',').split(',');
  // The first one counts where a preference is given twice (RFC 7240, 2).
  const wait = preferences
    .map((preference) => preference.split(';')[0]?.trim() ?? '')
    .find((preference) => /^wait\s*(=|$)/i.test(preference));
  if (wait === undefined) return null;
  const value = /^wait\s*=\s*"?(\d{1,4})"?$/i.exec(wait)?.[1];
  const seconds = value === undefined ? Number.NaN : Number(value);
  if (!(seconds >= 1 && seconds <= MAX_WAIT_SECONDS))
    throw new ProblemError(
      400,
      'INVALID_REQUEST',
      `Prefer: wait must be a whole number of seconds, 1 to ${MAX_WAIT_SECONDS}.`,
    );
  return seconds;
}
