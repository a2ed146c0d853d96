import { useRef, useState } from 'react';

export interface Action<Args extends readonly unknown[]> {
  readonly isBusy: boolean;
  /** What its last run ended with; null after a success and before the first run. */
  readonly error: unknown;
  start(...args: Args): void;
  reset(): void;
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
  const [lastError, setLastError] = useState<unknown>(null);
  const isRunning = useRef(false);
  const attempt = async (args: Args): Promise<void> => {
    isRunning.current = true;
    setIsBusy(true);
    setLastError(null);
    try {
      onDone(await run(...args));
    } catch (error) {
      setLastError(error);
    } finally {
      isRunning.current = false;
      setIsBusy(false);
    }
  };
  return {
    isBusy,
    error: lastError,
    start: (...args) => {
      if (!isRunning.current) void attempt(args);
    },
    reset: () => setLastError(null),
  };
}
