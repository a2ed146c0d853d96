import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { callOnce } from '../api/http.js';
import { readSignInOptions } from '../api/session.js';
import type { Me } from '../api/types.gen.js';
import { PasswordForm } from '../pages/password-form.js';
import { useMessages } from '../text/messages-context.js';
import { Button, buttonClass } from '../ui/button.js';
import { Callout } from '../ui/callout.js';
import { Dialog } from '../ui/dialog.js';
import { layout } from '../ui/layout.js';

/** Where the identity provider sends the new tab: a page that is small and asks for nothing. */
const SSO_RETURNS_TO = '/console/my/settings';

export interface SessionDialogProps {
  readonly me: Me;
  readonly onSignedIn: () => void;
  readonly onGiveUp: () => void;
}

/**
 * Signs the same person in again over the page, so that what they have typed there stays. Whoever uses SSO does so in
 * another tab, for the same reason.
 */
export function SessionDialog({ me, onSignedIn, onGiveUp }: SessionDialogProps): ReactNode {
  const { session: text, common } = useMessages();
  const [isSomebodyElse, setIsSomebodyElse] = useState(false);
  const options = useQuery({ queryKey: ['sign-in-options'], queryFn: readSignInOptions });
  useEffect(() => {
    const look = async (): Promise<void> => {
      const { signedIn } = await readSignInOptions();
      if (!signedIn) return;
      const { body } = await callOnce<Me>('GET', '/v1/me');
      if (body.id === me.id) onSignedIn();
      else setIsSomebodyElse(true);
    };
    // Back from the other tab. Where the service cannot be asked, the form says so when it is sent.
    const onVisible = (): void => {
      if (document.visibilityState === 'visible') void look().catch(() => undefined);
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => document.removeEventListener('visibilitychange', onVisible);
  }, [me.id, onSignedIn]);
  const oidc = options.data?.oidc ?? null;
  return (
    <Dialog title={text.title} onClose={onGiveUp} isInsistent>
      <p className={layout.soft}>{text.lead}</p>
      {isSomebodyElse && <Callout tone="warn">{text.otherPerson}</Callout>}
      {oidc !== null && (
        <>
          <a
            className={buttonClass('secondary', 'wide')}
            href={`${oidc.startUrl}?returnTo=${encodeURIComponent(SSO_RETURNS_TO)}`}
            target="_blank"
            rel="noopener"
          >
            {text.sso(oidc.label)}
          </a>
          <p className={layout.small}>{text.ssoHint}</p>
        </>
      )}
      <PasswordForm {...(me.username === null ? {} : { username: me.username })} onSignedIn={onSignedIn} />
      <Button look="quiet" onPress={onGiveUp}>
        {common.cancel}
      </Button>
    </Dialog>
  );
}
