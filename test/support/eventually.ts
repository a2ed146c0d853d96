import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition instead of for a time: tries again until it neither throws nor returns false.
 *
 * @param withinMs gives up after that long with the condition's own last error
 */
export async function eventually(condition: () => unknown, withinMs = 60_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let failure: unknown;
    try {
      if ((await condition()) !== false) return;
      failure = new Error('the condition stayed false');
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline) throw failure;
    await delay(20);
  }
}

/** One turn of {@link millisecondsUntil} counts for no more than this. */
const LONGEST_TURN_MS = 40;

/**
 * How long a condition took, in the time that this process had: what runs in it and what is asked of it here wait alike
 * while a busy machine gives them no turn, and that time is not counted.
 */
export async function millisecondsUntil(condition: () => boolean): Promise<number> {
  let lived = 0;
  await eventually(async () => {
    if (condition()) return true;
    const before = performance.now();
    await delay(5);
    lived += Math.min(performance.now() - before, LONGEST_TURN_MS);
    return false;
  });
  return lived;
}
