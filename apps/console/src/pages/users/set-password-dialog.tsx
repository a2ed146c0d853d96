import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call } from '../../api/http.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { layout } from '../../ui/layout.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import { useAnnounce } from '../../ui/toast.js';

export interface SetPasswordDialogProps {
  readonly userId: string;
  readonly onClose: () => void;
}

/** For somebody who has forgotten theirs. */
export function SetPasswordDialog({ userId, onClose }: SetPasswordDialogProps): ReactNode {
  const { users: text, mySettings, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const set = useAction(
    (form: FormData) =>
      call('PUT', `/v1/users/${encodeURIComponent(userId)}/password`, {
        body: { newPassword: textOf(form, 'newPassword') },
      }),
    () => {
      announce(text.passwordSet);
      void queries.invalidateQueries({ queryKey: ['users', userId] });
      onClose();
    },
  );
  return (
    <Dialog title={text.setPassword} onClose={onClose}>
      <p className={layout.soft}>{text.setPasswordText}</p>
      <Form problems={fieldErrors(set.error)} onSend={(form) => set.start(new FormData(form))}>
        <ActionStatus of={set} />
        <TextField
          label={text.newPassword}
          name="newPassword"
          type="password"
          autoComplete="new-password"
          isRequired
          minLength={12}
          autoFocus
          hint={mySettings.newPasswordHint}
        />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={set.isBusy}>
            {text.setPassword}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
