import { type ReactNode, useEffect, useState } from 'react';
import { call, newIntent, Problem } from '../../api/http.js';
import type { KeyPolicy } from '../../api/queries.js';
import type { IssuedApiKey } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Checkbox } from '../../ui/choices.js';
import { Dialog, DialogFoot, dialogStyles } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import type { Expiry } from './expiry.js';
import { ExpiryField } from './expiry-field.js';
import { loadSecretDialog } from './load-secret-dialog.js';
import styles from './my-keys.module.css';

export interface CreateKeyDialogProps {
  readonly policy: KeyPolicy;
  readonly onClose: () => void;
  readonly onIssued: (key: IssuedApiKey) => void;
}

export function CreateKeyDialog({ policy, onClose, onIssued }: CreateKeyDialogProps): ReactNode {
  const { keys, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const maxDays = policy.maxApiKeyLifetimeDays;
  const [expiry, setExpiry] = useState<Expiry>({ expiresInDays: maxDays });
  const [isReadOnly, setIsReadOnly] = useState(false);
  // One for this dialog: pressing again after a lost answer makes no second key.
  const [idempotencyKey, setIdempotencyKey] = useState(() => newIntent());
  const create = useAction(async (form: FormData) => {
    await loadSecretDialog();
    try {
      const body = { ...namedOf(form), ...expiry, readOnly: isReadOnly, ...rangesOf(form) };
      return (await call<IssuedApiKey>('POST', '/v1/me/api-keys', { body, idempotencyKey })).body;
    } catch (error) {
      // A refusal is not remembered, and what is mended is another request.
      if (error instanceof Problem && error.status >= 400 && error.status < 500) setIdempotencyKey(newIntent());
      throw error;
    }
  }, onIssued);
  // While the form is filled in.
  useEffect(() => void loadSecretDialog().catch(() => undefined), []);
  return (
    <Dialog title={keys.createTitle} onClose={onClose}>
      <Form problems={fieldErrors(create.error)} onSend={(form) => create.start(new FormData(form))}>
        <ActionStatus of={create} />
        <TextField
          label={keys.name}
          name="name"
          isMarkedOptional
          hint={keys.nameHint}
          maxLength={100}
          autoComplete="off"
          autoFocus
        />
        <ExpiryField maxDays={maxDays} value={expiry} onChange={setExpiry} />
        <details className={styles.more}>
          <summary>{keys.restrictions}</summary>
          <div className={dialogStyles.form}>
            <Checkbox label={keys.readOnly} hint={keys.readOnlyHint} isSelected={isReadOnly} onChange={setIsReadOnly} />
            <TextField
              label={keys.ipRanges}
              name="allowedIpRanges"
              isMarkedOptional
              hint={keys.ipRangesHint}
              placeholder="192.0.2.0/24, 2001:db8::/32"
            />
          </div>
        </details>
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={create.isBusy}>
            {common.ok}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}

function namedOf(form: FormData): { name?: string } {
  const name = textOf(form, 'name').trim();
  return name === '' ? {} : { name };
}

function rangesOf(form: FormData): { allowedIpRanges?: string[] } {
  const ranges = textOf(form, 'allowedIpRanges')
    .split(/[\s,]+/)
    .filter((range) => range !== '');
  return ranges.length === 0 ? {} : { allowedIpRanges: ranges };
}
