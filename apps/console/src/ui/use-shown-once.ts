import { useBlocker } from '@tanstack/react-router';
import { useEffect } from 'react';

/**
 * For a component that shows a secret this once. The back button leads to no other page of the console, leaving the
 * console asks first, and the browser does not keep the secret when it puts the page aside.
 *
 * @param secret null where there is none to lose
 * @param onForget must not change from one rendering to the next
 */
export function useShownOnce(secret: string | null, onForget: () => void): void {
  useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    disabled: secret === null,
    enableBeforeUnload: false,
  });
  useEffect(() => {
    if (secret === null) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    addEventListener('pagehide', onForget);
    return () => {
      removeEventListener('beforeunload', warn);
      removeEventListener('pagehide', onForget);
    };
  }, [secret, onForget]);
}
