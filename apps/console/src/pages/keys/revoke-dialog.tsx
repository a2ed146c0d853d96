import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call } from '../../api/http.js';
import type { ApiKey, RevokeApiKey } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Select } from '../../ui/choices.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import { KeyName } from './key-state.js';
import { Receipt } from './receipt.js';

export const REASONS = [
  'UNSPECIFIED',
  'KEY_COMPROMISE',
  'SUPERSEDED',
  'AFFILIATION_CHANGED',
  'PRIVILEGE_WITHDRAWN',
] as const satisfies readonly RevokeApiKey['reason'][];

/** Ends a key for good, and shows when no gateway accepts it any more. */
export function RevokeDialog({
  apiKey,
  onClose,
}: {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
}): ReactNode {
  const { keys, common, reasons } = useMessages();
  const fieldErrors = useFieldErrors();
  const queries = useQueryClient();
  const [position, setPosition] = useState<number | null>(null);
  const revoke = useAction(
    (form: FormData) => {
      const note = textOf(form, 'note').trim();
      const body = { reason: textOf(form, 'reason'), ...(note === '' ? {} : { note }) };
      return call<ApiKey>('POST', `/v1/api-keys/${apiKey.id}/revoke`, { body });
    },
    (reply) => {
      setPosition(reply.position);
      void queries.invalidateQueries({ queryKey: ['my-keys'] });
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  );
  if (position !== null)
    return (
      <Dialog title={keys.revoked} onClose={onClose}>
        <p>
          <KeyName apiKey={apiKey} />
        </p>
        <Receipt position={position} />
        <DialogFoot>
          <Button look="primary" onPress={onClose}>
            {common.done}
          </Button>
        </DialogFoot>
      </Dialog>
    );
  return (
    <Dialog title={keys.revokeTitle} onClose={onClose}>
      <p>
        <KeyName apiKey={apiKey} />
        {apiKey.hint !== null && (
          <>
            {' '}
            <code>…{apiKey.hint}</code>
          </>
        )}
      </p>
      <Callout tone="warn">{keys.revokeWarning}</Callout>
      <Form problems={fieldErrors(revoke.error)} onSend={(form) => revoke.start(new FormData(form))}>
        <ActionStatus of={revoke} />
        <Select label={keys.revokeReason} name="reason" options={REASONS.map((reason) => [reason, reasons[reason]])} />
        <TextField label={keys.revokeNote} name="note" isArea isMarkedOptional hint={keys.revokeNoteHint} />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="danger" isBusy={revoke.isBusy}>
            {keys.revoke}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
