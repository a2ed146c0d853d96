import { useEffect, useRef, useState } from 'react';
import { Problem } from '../api/http.js';

/** What takes longer is said to take long, and one may stop waiting for it. */
const SLOW_MS = 3_000;

export interface Action<Args extends readonly unknown[]> {
  readonly isBusy: boolean;
  readonly isSlow: boolean;
  /** What its last run ended with; null after a success and before the first run. */
  readonly error: unknown;
  readonly start: (...args: Args) => void;
  /**
   * Stops waiting. The service may go on: an answer that comes after all is shown, since it may hold a key that comes
   * only once.
   */
  readonly stop: () => void;
  readonly reset: () => void;
}

/**
 * Something that a person does once at a time. Its outcome is kept nowhere: an answer may hold a key, and a cache is no
 * place for one.
 *
 * @param run what to do; `onDone` gets what it returns
 */
export function useAction<Args extends readonly unknown[], Outcome>(
  run: (...args: Args) => Promise<Outcome>,
  onDone: (outcome: Outcome) => void = () => undefined,
): Action<Args> {
  const [isBusy, setIsBusy] = useState(false);
  const [isSlow, setIsSlow] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<symbol>(undefined);
  useEffect(() => {
    if (!isBusy) return;
    const timer = setTimeout(() => setIsSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [isBusy]);
  const end = (failure: unknown): void => {
    running.current = undefined;
    setError(failure);
    setIsBusy(false);
    setIsSlow(false);
  };
  const attempt = async (args: Args): Promise<void> => {
    const token = Symbol();
    running.current = token;
    setIsBusy(true);
    setError(null);
    let outcome: Outcome;
    try {
      outcome = await run(...args);
    } catch (error) {
      if (running.current === token) end(error);
      return;
    }
    if (running.current === token) end(null);
    onDone(outcome);
  };
  return {
    isBusy,
    isSlow,
    error,
    start: (...args) => {
      if (running.current === undefined) void attempt(args);
    },
    stop: () => {
      if (running.current !== undefined) end(new Problem(0, 'NO_ANSWER'));
    },
    reset: () => setError(null),
  };
}
