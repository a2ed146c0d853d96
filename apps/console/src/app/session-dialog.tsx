import { type ReactNode, useEffect, useState } from 'react';
import { onSessionEnded, Problem } from '../api/http.js';
import { PasswordForm } from '../pages/password-form.js';
import { useMessages } from '../text/messages-context.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { layout } from '../ui/layout.js';
import { useMe } from './access.js';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Problem) => void;
}

/** Signs the same person in again over the page, so that what they have typed there stays. */
export function SessionDialog(): ReactNode {
  const { session, common } = useMessages();
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
  if (waiting.length === 0) return null;
  const settle = (how: (one: Waiting) => void): void => {
    waiting.forEach(how);
    setWaiting([]);
  };
  const giveUp = (): void => {
    settle(({ reject }) => reject(new Problem(401, 'SESSION_ENDED', session.ended)));
  };
  return (
    <Dialog title={session.title} onClose={giveUp} isInsistent>
      <p className={layout.soft}>{session.lead}</p>
      <PasswordForm
        {...(me.username === null ? {} : { username: me.username })}
        onSignedIn={() => settle(({ resolve }) => resolve())}
      />
      <Button look="quiet" onPress={giveUp}>
        {common.cancel}
      </Button>
    </Dialog>
  );
}
