/**
 * A browser's clock within this is taken as right: the service gives whole seconds, and the way there and back takes
 * some.
 */
const TOLERATED_MS = 5_000;

let offsetMs = 0;

/**
 * Learns from an answer how far this computer's clock is off. Everything that the console compares with an instant of
 * the service goes by the
 * service's clock, or a computer that is a day off would show every gateway as silent and every key as ended.
 *
 * @param date the answer's `Date`, which has whole seconds; null if there is none
 * @param sentAtMs when the request was sent, by this computer's clock
 */
export function noteServiceTime(date: string | null, sentAtMs: number): void {
  const serviceMs = date === null ? Number.NaN : Date.parse(date) + 500;
  if (Number.isNaN(serviceMs)) return;
  const hereMs = (sentAtMs + Date.now()) / 2;
  const found = serviceMs - hereMs;
  // The longer the answer took, the less it says.
  const uncertainMs = (Date.now() - sentAtMs) / 2 + TOLERATED_MS;
  if (Math.abs(found) <= uncertainMs) offsetMs = 0;
  else if (Math.abs(found - offsetMs) > uncertainMs) offsetMs = found;
}

/** The time by the service's clock, as well as it is known. */
export function serviceNow(): number {
  return Date.now() + offsetMs;
}
