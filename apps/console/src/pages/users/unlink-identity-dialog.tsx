import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call } from '../../api/http.js';
import { identitiesQuery } from '../../api/queries.js';
import type { OidcIdentity, User } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { Facts } from '../../ui/layout.js';
import { useAnnounce } from '../../ui/toast.js';

interface UnlinkIdentityDialogProps {
  readonly user: User;
  readonly identity: OidcIdentity;
  /** Whether it is the only one that is left. */
  readonly isLast: boolean;
  readonly onClose: () => void;
}

/** Says what unlinking changes and what it does not before it is done. */
export function UnlinkIdentityDialog({ user, identity, isLast, onClose }: UnlinkIdentityDialogProps): ReactNode {
  const { identities: text, common } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const unlink = useAction(
    () => call('DELETE', `/v1/users/${encodeURIComponent(user.id)}/oidc-identities/${encodeURIComponent(identity.id)}`),
    () => {
      announce(text.unlinked);
      void queries.invalidateQueries({ queryKey: identitiesQuery(user.id).queryKey });
      onClose();
    },
  );
  return (
    <Dialog title={text.unlinkTitle} onClose={onClose}>
      <Facts
        of={[
          [text.subject, <bdi key="subject">{identity.subject}</bdi>],
          [
            text.issuer,
            <bdi key="issuer" dir="ltr">
              {identity.issuer}
            </bdi>,
          ],
        ]}
      />
      <p>{text.unlinkText(user.username ?? user.id)}</p>
      <p>{text.unlinkSessions}</p>
      {isLast && <Callout tone="warn">{text.unlinkLast}</Callout>}
      <ActionStatus of={unlink} />
      <DialogFoot>
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button look="danger" isBusy={unlink.isBusy} onPress={() => unlink.start()}>
          {text.unlink}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
