import { type ReactNode, useState } from 'react';
import { call, newIntent, Problem } from '../../api/http.js';
import type { KeyPolicy } from '../../api/queries.js';
import type { ApiKey, IssuedApiKey } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Select } from '../../ui/choices.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import { KeyName } from '../keys/key-state.js';
import { loadSecretDialog } from './load-secret-dialog.js';

const GRACE_SECONDS = [0, 3_600, 86_400, 604_800, 2_592_000];

export interface RotateDialogProps {
  readonly apiKey: ApiKey;
  readonly policy: KeyPolicy;
  readonly onClose: () => void;
  readonly onIssued: (key: IssuedApiKey) => void;
}

/** A successor for a key; the old one goes on for the time that is chosen here. */
export function RotateDialog({ apiKey, policy, onClose, onIssued }: RotateDialogProps): ReactNode {
  const { keys, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const [idempotencyKey, setIdempotencyKey] = useState(() => newIntent());
  const rotate = useAction(async (form: FormData) => {
    await loadSecretDialog();
    try {
      const body = { graceSeconds: Number(textOf(form, 'grace')) };
      return (await call<IssuedApiKey>('POST', `/v1/api-keys/${apiKey.id}/rotate`, { body, idempotencyKey })).body;
    } catch (error) {
      if (error instanceof Problem && error.status >= 400 && error.status < 500) setIdempotencyKey(newIntent());
      throw error;
    }
  }, onIssued);
  const graces = GRACE_SECONDS.filter((seconds) => seconds <= policy.rotationGraceMaxSeconds);
  return (
    <Dialog title={keys.rotateTitle} onClose={onClose}>
      <p>
        <KeyName apiKey={apiKey} />
      </p>
      <Form problems={fieldErrors(rotate.error)} onSend={(form) => rotate.start(new FormData(form))}>
        <ActionStatus of={rotate} />
        <Select
          label={keys.grace}
          name="grace"
          defaultValue={String(graces.includes(86_400) ? 86_400 : (graces.at(-1) ?? 0))}
          hint={keys.graceHint}
          options={graces.map((seconds) => [String(seconds), keys.graceFor(seconds)])}
        />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={rotate.isBusy}>
            {keys.rotate}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
