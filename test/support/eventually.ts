import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition instead of for a time: tries again until it neither throws nor returns false.
 *
 * @param withinMs gives up after that long with the condition's own last error
 */
export async function eventually(condition: () => unknown, withinMs = 15_000): Promise<void> {
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
