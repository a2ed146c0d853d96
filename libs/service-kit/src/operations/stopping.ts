import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logging/logger.js';

/** The longest that a stop takes in milliseconds, whatever hangs. Kubernetes and docker-compose.yml kill after 30 s. */
export const STOP_WITHIN_MS = 15_000;

const CLOSER_WITHIN_MS = 3_000;
const GRACE_MS = 500;

/** One thing that a process has opened and closes at its stop. */
export interface Closer {
  /** Names it in the error if it does not close. */
  readonly name: string;
  readonly close: () => Promise<unknown> | undefined;
  /** How long it may take, in milliseconds (default 3 s). */
  readonly withinMs?: number;
}

/** Something did not close: it failed, or it was given up after its time. The message names each. */
export class NotClosedError extends AggregateError {
  override readonly name = 'NotClosedError';
}

/**
 * Closes what was opened, the last first. A closer that fails or hangs (a frozen Postgres acknowledges nothing and ends
 * no connection) does not keep the others open. Empties the list, so that a second call closes nothing twice.
 *
 * @param withinMs for all of them together; a closer whose turn comes later is begun and not waited for
 * @throws NotClosedError after the last one
 */
export async function closeAll(closers: Closer[], withinMs = STOP_WITHIN_MS): Promise<void> {
  const endAtMs = performance.now() + withinMs;
  const failures: Error[] = [];
  for (const closer of closers.splice(0).reverse()) {
    const leftMs = Math.max(0, Math.min(closer.withinMs ?? CLOSER_WITHIN_MS, endAtMs - performance.now()));
    const failure = await failureOf(closer, leftMs);
    if (failure !== null) failures.push(failure);
  }
  if (failures.length === 0) return;
  const names = failures.map(({ message }) => message).join(', ');
  throw new NotClosedError(failures, `not closed: ${names}`, { cause: failures[0] });
}

async function failureOf({ close, name }: Closer, withinMs: number): Promise<Error | null> {
  const timer = new AbortController();
  const givenUp = delay(withinMs, new Error(`${name} (given up after ${Math.round(withinMs)} ms)`), {
    signal: timer.signal,
  }).catch(() => null);
  const closed = Promise.resolve()
    .then(close)
    .then(
      () => null,
      (error: unknown) => new Error(`${name} (failed)`, { cause: error }),
    );
  try {
    return await Promise.race([closed, givenUp]);
  } finally {
    timer.abort();
  }
}

/**
 * Stops the process on SIGTERM and SIGINT. Call it before anything else is started: as the first process of a container
 * a program gets no signal that it does not handle, so one that still waits for its database could only be killed.
 *
 * @param withinMs how long `close` may take; then the process ends all the same
 * @returns takes what runs and its logger, once it does. Until then a signal ends the process at once, with the
 *   signal's status. Afterwards the status is 0 if `close` succeeded, 1 if it failed or was given up.
 */
export function stopOnSignals(
  startLog: Logger,
  withinMs = STOP_WITHIN_MS,
): (running: { close(): Promise<void> }, log: Logger) => void {
  let log = startLog;
  let running: { close(): Promise<void> } | undefined;
  let isStopping = false;
  const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
    // A repeat (a terminal and npm may both send it) must not cut the orderly stop short.
    if (isStopping) return;
    isStopping = true;
    if (running === undefined) {
      log.info({ signal }, 'stopped before the start was complete');
      process.exit(128 + constants.signals[signal]);
    }
    log.info({ signal }, 'stopping');
    const failed = (error: unknown): void => {
      log.error({ err: error }, 'the shutdown failed');
      process.exit(1);
    };
    // The closers have their own limits, which name the one that hangs; this one holds for whatever has none.
    setTimeout(failed, withinMs + GRACE_MS, new Error(`not closed within ${withinMs} ms`));
    running.close().then(() => process.exit(0), failed);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return (started, itsLog) => {
    running = started;
    log = itsLog;
  };
}
