import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call, newIntent } from '../../api/http.js';
import { identitiesQuery } from '../../api/queries.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import { useAnnounce } from '../../ui/toast.js';

interface LinkIdentityDialogProps {
  readonly userId: string;
  readonly onClose: () => void;
}

/** By which account of the identity provider somebody signs in who was a user before. */
export function LinkIdentityDialog({ userId, onClose }: LinkIdentityDialogProps): ReactNode {
  const { identities: text, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [idempotencyKey] = useState(() => newIntent());
  const link = useAction(
    (form: FormData) => {
      const body = { subject: textOf(form, 'subject').trim() };
      return call('POST', `/v1/users/${encodeURIComponent(userId)}/oidc-identities`, { body, idempotencyKey });
    },
    () => {
      announce(text.linked);
      void queries.invalidateQueries({ queryKey: identitiesQuery(userId).queryKey });
      onClose();
    },
  );
  return (
    <Dialog title={text.link} onClose={onClose}>
      <Form problems={fieldErrors(link.error)} onSend={(form) => link.start(new FormData(form))}>
        <ActionStatus of={link} />
        <TextField
          label={text.subject}
          name="subject"
          isRequired
          autoFocus
          autoComplete="off"
          hint={text.linkHint}
          inputProps={{ autoCapitalize: 'none', spellCheck: false }}
        />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={link.isBusy}>
            {text.link}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
