import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { call } from '../../api/http.js';
import type { User } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Dialog, DialogFoot, dialogStyles } from '../../ui/dialog.js';
import { TextField } from '../../ui/field.js';
import { Card, layout } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { useAnnounce } from '../../ui/toast.js';
import { Receipt } from '../keys/receipt.js';

/** What ends an account's use, from the mild to the final. */
export function AccountCard({ user }: { readonly user: User }): ReactNode {
  const { users: text } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [isErasing, setIsErasing] = useState(false);
  const [position, setPosition] = useState<number | null>(null);
  const refresh = (): void => {
    void queries.invalidateQueries({ queryKey: ['users'] });
    void queries.invalidateQueries({ queryKey: ['api-keys'] });
  };
  const deactivate = useAction(
    () => call<User>('POST', `/v1/users/${user.id}/deactivate`),
    (reply) => {
      setPosition(reply.position);
      refresh();
    },
  );
  const reactivate = useAction(() => call<User>('POST', `/v1/users/${user.id}/reactivate`), refresh);
  const endSessions = useAction(
    () => call('DELETE', `/v1/users/${user.id}/sessions`),
    () => announce(text.sessionsEnded),
  );
  if (user.status === 'erased') return null;
  return (
    <Card title={text.account} lead={text.accountLead}>
      <ProblemNotice error={deactivate.error ?? reactivate.error ?? endSessions.error} />
      {position !== null && user.status === 'deactivated' && <Receipt position={position} />}
      <div className={layout.actions}>
        {user.status === 'active' ? (
          <>
            <Button isBusy={endSessions.isBusy} onPress={() => endSessions.start()}>
              {text.endSessions}
            </Button>
            <Button look="dangerQuiet" isBusy={deactivate.isBusy} onPress={() => deactivate.start()}>
              {text.deactivate}
            </Button>
          </>
        ) : (
          <>
            <Button isBusy={reactivate.isBusy} onPress={() => reactivate.start()}>
              {text.reactivate}
            </Button>
            <Button look="dangerQuiet" onPress={() => setIsErasing(true)}>
              {text.erase}
            </Button>
          </>
        )}
      </div>
      {isErasing && <EraseDialog user={user} onClose={() => setIsErasing(false)} onErased={refresh} />}
    </Card>
  );
}

interface EraseDialogProps {
  readonly user: User;
  readonly onClose: () => void;
  readonly onErased: () => void;
}

function EraseDialog({ user, onClose, onErased }: EraseDialogProps): ReactNode {
  const { users: text, common } = useMessages();
  const [typed, setTyped] = useState('');
  const erase = useAction(
    () => call('POST', `/v1/users/${user.id}/erase`),
    () => {
      onErased();
      onClose();
    },
  );
  return (
    <Dialog title={text.eraseTitle} onClose={onClose}>
      <Callout tone="bad">{text.eraseWarning}</Callout>
      <Form
        className={dialogStyles.form ?? ''}
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === user.username) erase.start();
        }}
      >
        <ProblemNotice error={erase.error} />
        <TextField
          label={text.eraseConfirm(user.username ?? '')}
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          autoFocus
        />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="danger" isDisabled={typed !== user.username} isBusy={erase.isBusy}>
            {text.erase}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
