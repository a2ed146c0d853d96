import { useEffect } from 'react';

/**
 * For a component that shows a secret this once: leaving the page asks first, and the browser does not keep the secret
 * when it puts the page aside
 * for the back button.
 *
 * @param secret null where there is none to lose
 * @param onForget must not change from one rendering to the next
 */
export function useShownOnce(secret: string | null, onForget: () => void): void {
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
