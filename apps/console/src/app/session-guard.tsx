import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { onSessionEnded, Problem } from '../api/http.js';
import { useMe } from './access.js';

const SessionDialog = lazy(async () => ({ default: (await import('./session-dialog.js')).SessionDialog }));

/**
 * Where every tab of this browser reads who is signed in in it: the session's cookie is shared, what a page shows is
 * not.
 */
const PERSON = 'keyfold.person';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Problem) => void;
}

/**
 * Watches over who a page is for. If the session ends, the same person can sign in again over the page, and what they
 * have typed stays. If another
 * person signs in in another tab, the page begins anew: it must neither show what the first one may see nor write in
 * the name of the second.
 */
export function SessionGuard(): ReactNode {
  const me = useMe();
  const [waiting, setWaiting] = useState<readonly Waiting[]>([]);
  useEffect(() => {
    onSessionEnded(
      () =>
        new Promise<void>((resolve, reject) => {
          setWaiting((others) => [...others, { resolve, reject }]);
        }),
    );
    return () => onSessionEnded(null);
  }, []);
  useEffect(() => {
    localStorage.setItem(PERSON, me.id);
    const beginAnew = ({ key, newValue }: StorageEvent): void => {
      if (key === PERSON && newValue !== null && newValue !== me.id) location.assign('/console/');
    };
    addEventListener('storage', beginAnew);
    return () => removeEventListener('storage', beginAnew);
  }, [me.id]);
  if (waiting.length === 0) return null;
  const settle = (how: (one: Waiting) => void): void => {
    waiting.forEach(how);
    setWaiting([]);
  };
  return (
    <Suspense>
      <SessionDialog
        me={me}
        onSignedIn={() => settle(({ resolve }) => resolve())}
        onGiveUp={() => settle(({ reject }) => reject(new Problem(401, 'SESSION_ENDED')))}
      />
    </Suspense>
  );
}
