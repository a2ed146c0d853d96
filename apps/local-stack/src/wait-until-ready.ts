import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceProcess } from './service-process.js';
import { StartError, StoppedError } from './start-error.js';

const patienceMs = 120_000;

/**
 * Waits until `/readyz` answers 200.
 *
 * @throws StartError if the service ends before, or is not ready within two minutes; with what it said itself
 * @throws StoppedError if `signal` is raised before
 */
export async function waitUntilReady(options: {
  name: string;
  url: string;
  service: ServiceProcess;
  signal: AbortSignal;
}): Promise<void> {
  const { name, url, service, signal } = options;
  const ended = { now: false };
  void service.exited.then(() => {
    ended.now = true;
  });
  const deadline = performance.now() + patienceMs;
  for (let said = 'it does not answer'; ;) {
    if (signal.aborted) throw new StoppedError();
    if (ended.now)
      throw new StartError(`${name} ended while it was starting. Its last output:\n${service.lastLines()}`);
    const answer = await ask(url);
    if (answer.isReady) return;
    said = answer.said ?? said;
    if (performance.now() > deadline) throw new StartError(`${name} is not ready after two minutes: ${said}`);
    await delay(40);
  }
}

async function ask(url: string): Promise<{ isReady: boolean; said?: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return { isReady: response.status === 200, said: await response.text() };
  } catch {
    // Not listening yet.
    return { isReady: false };
  }
}
