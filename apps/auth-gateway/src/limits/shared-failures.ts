import type { JsonValue } from '@keyfold/domain';
import type { Siblings } from '../workers/siblings.js';
import type { FailedAttempts } from './failed-attempts.js';

const TOPIC = 'failures';
/** Failures of so long are told together. */
const COLLECT_MS = 20;

/**
 * Lets the processes of a gateway count each other's failures, so that a limit on them holds for the gateway but for
 * what the others have counted in the last hundredths of a second. A process that is just starting does not know what
 * was counted before.
 *
 * @param make makes the counts, given whom to tell of each
 */
export function shareFailures(
  siblings: Siblings,
  make: (counted: (place: number) => void) => FailedAttempts,
): FailedAttempts {
  if (siblings.count === 1) return make(() => undefined);
  let places: number[] = [];
  const tell = (): void => {
    siblings.send(TOPIC, places);
    places = [];
  };
  const attempts = make((place) => {
    if (places.length === 0) setTimeout(tell, COLLECT_MS).unref();
    places.push(place);
  });
  siblings.on(TOPIC, (body: JsonValue) => {
    for (const place of body as number[]) attempts.countedElsewhere(place);
  });
  return attempts;
}
