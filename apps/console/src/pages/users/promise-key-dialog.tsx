import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call, newIntent } from '../../api/http.js';
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

export interface PromiseKeyDialogProps {
  readonly userId: string;
  readonly onClose: () => void;
}

/** A key for somebody else, who alone will see its secret: they claim it. */
export function PromiseKeyDialog({ userId, onClose }: PromiseKeyDialogProps): ReactNode {
  const { users: text, keys, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [idempotencyKey] = useState(() => newIntent());
  const promise = useAction(
    (form: FormData) => {
      const name = textOf(form, 'name').trim();
      const body = name === '' ? {} : { name };
      return call('POST', `/v1/users/${encodeURIComponent(userId)}/api-keys`, { body, idempotencyKey });
    },
    () => {
      announce(text.promised);
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
      onClose();
    },
  );
  return (
    <Dialog title={text.promiseTitle} onClose={onClose}>
      <p className={layout.soft}>{text.promiseText}</p>
      <Form problems={fieldErrors(promise.error)} onSend={(form) => promise.start(new FormData(form))}>
        <ActionStatus of={promise} />
        <TextField
          label={keys.name}
          name="name"
          isMarkedOptional
          hint={keys.nameHint}
          maxLength={100}
          autoComplete="off"
          autoFocus
        />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={promise.isBusy}>
            {text.promise}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
