import { useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { call } from '../../api/http.js';
import type { User } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Card, layout } from '../../ui/layout.js';
import { Receipt } from '../keys/receipt.js';

const SetPasswordDialog = lazy(async () => ({ default: (await import('./set-password-dialog.js')).SetPasswordDialog }));
const EraseDialog = lazy(async () => ({ default: (await import('./erase-dialog.js')).EraseDialog }));

/** What ends an account's use, from the mild to the final. */
export function AccountCard({ user }: { readonly user: User }): ReactNode {
  const { users: text } = useMessages();
  const queries = useQueryClient();
  const [isSettingPassword, setIsSettingPassword] = useState(false);
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
  if (user.status === 'erased') return null;
  return (
    <Card title={text.account} lead={text.accountLead}>
      <ActionStatus of={deactivate} />
      <ActionStatus of={reactivate} />
      {position !== null && user.status === 'deactivated' && <Receipt position={position} />}
      <div className={layout.actions}>
        {user.status === 'active' ? (
          <>
            <Button onPress={() => setIsSettingPassword(true)}>{text.setPassword}</Button>
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
      <Suspense>
        {isSettingPassword && <SetPasswordDialog userId={user.id} onClose={() => setIsSettingPassword(false)} />}
        {isErasing && <EraseDialog user={user} onClose={() => setIsErasing(false)} onErased={refresh} />}
      </Suspense>
    </Card>
  );
}
