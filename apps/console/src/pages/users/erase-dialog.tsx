import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { call } from '../../api/http.js';
import type { User } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Dialog, DialogFoot, dialogStyles } from '../../ui/dialog.js';
import { TextField } from '../../ui/field.js';

export interface EraseDialogProps {
  readonly user: User;
  readonly onClose: () => void;
  readonly onErased: () => void;
}

/** The final step; the name has to be typed, since nothing brings it back. */
export function EraseDialog({ user, onClose, onErased }: EraseDialogProps): ReactNode {
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
        <ActionStatus of={erase} />
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
