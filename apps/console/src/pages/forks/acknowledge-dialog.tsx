import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { call, newIntent } from '../../api/http.js';
import { forksQuery } from '../../api/queries.js';
import type { LogOrigin, StandingFork } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Checkbox } from '../../ui/choices.js';
import { Dialog, DialogFoot, dialogStyles } from '../../ui/dialog.js';
import { TextField } from '../../ui/field.js';
import styles from './forks.module.css';

export type NewOrigin = Pick<LogOrigin, 'origin' | 'publicKey'>;

export interface AcknowledgeDialogProps {
  readonly fork: StandingFork;
  readonly onClose: () => void;
  readonly onDone: (origin: NewOrigin) => void;
}

/**
 * The final step. The position has to be typed, as on the command line, and the old database has to be fenced: from an
 * old one that goes on answering, gateways would take keys that were revoked here.
 */
export function AcknowledgeDialog({ fork, onClose, onDone }: AcknowledgeDialogProps): ReactNode {
  const { forks: text } = useAuditMessages();
  const { common } = useMessages();
  const queries = useQueryClient();
  const [isFenced, setIsFenced] = useState(false);
  const [typed, setTyped] = useState('');
  const [idempotencyKey] = useState(newIntent);
  const acknowledge = useAction(
    () =>
      call<LogOrigin>('POST', '/v1/log/fork/acknowledge', {
        body: { position: fork.position, checkpoint: fork.checkpoint },
        idempotencyKey,
      }),
    ({ body }) => {
      onDone(body);
      void queries.invalidateQueries({ queryKey: forksQuery.queryKey });
      onClose();
    },
  );
  const isConfirmed = isFenced && typed.trim() === String(fork.position);
  return (
    <Dialog title={text.dialogTitle(fork.position)} onClose={onClose} role="alertdialog">
      <ul className={styles.points}>
        {text.effects.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Callout tone="bad">{text.final}</Callout>
      <Form
        className={dialogStyles.form ?? ''}
        onSubmit={(event) => {
          event.preventDefault();
          if (isConfirmed) acknowledge.start();
        }}
      >
        <Checkbox label={text.fenced} isSelected={isFenced} onChange={setIsFenced} autoFocus />
        <TextField
          label={text.typed(fork.position)}
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          inputProps={{ inputMode: 'numeric' }}
        />
        <ActionStatus of={acknowledge} />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="danger" isDisabled={!isConfirmed} isBusy={acknowledge.isBusy}>
            {text.confirm}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
