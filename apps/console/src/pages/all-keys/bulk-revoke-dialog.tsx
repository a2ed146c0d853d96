import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { call } from '../../api/http.js';
import type { ApiKey } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Select } from '../../ui/choices.js';
import { Dialog, DialogFoot, dialogStyles } from '../../ui/dialog.js';
import { textOf } from '../../ui/field.js';
import { Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Receipt } from '../keys/receipt.js';
import { REASONS } from '../keys/revoke-dialog.js';

export interface BulkRevokeDialogProps {
  readonly keys: readonly ApiKey[];
  readonly onClose: (isDone: boolean) => void;
}

/** Ends many keys at once: first how many and whose, afterwards the receipt. */
export function BulkRevokeDialog({ keys, onClose }: BulkRevokeDialogProps): ReactNode {
  const { allKeys: text, keys: keyText, common, reasons } = useMessages();
  const queries = useQueryClient();
  const [position, setPosition] = useState<number | null>(null);
  const filter = { keyIds: keys.map(({ id }) => id) };
  const preview = useQuery({
    queryKey: ['bulk-revoke', filter],
    queryFn: async () => {
      const body = { filter, reason: 'UNSPECIFIED' };
      const reply = await call<{ affected: { keys: number; users: number } }>(
        'POST',
        '/v1/api-keys/revoke?dryRun=true',
        { body },
      );
      return reply.body.affected;
    },
    gcTime: 0,
  });
  const revoke = useAction(
    (form: FormData) => call('POST', '/v1/api-keys/revoke', { body: { filter, reason: textOf(form, 'reason') } }),
    (reply) => {
      setPosition(reply.position);
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  );
  if (position !== null)
    return (
      <Dialog title={text.revoked} onClose={() => onClose(true)}>
        <Receipt position={position} />
        <DialogFoot>
          <Button look="primary" onPress={() => onClose(true)}>
            {common.done}
          </Button>
        </DialogFoot>
      </Dialog>
    );
  return (
    <Dialog title={text.revokeTitle} onClose={() => onClose(false)}>
      <ProblemNotice error={preview.error ?? revoke.error} />
      {preview.data === undefined ? (
        preview.error === null && <Loading />
      ) : (
        <Callout tone="warn">{text.affected(preview.data.keys, preview.data.users)}</Callout>
      )}
      <Form
        className={dialogStyles.form ?? ''}
        onSubmit={(event) => {
          event.preventDefault();
          revoke.start(new FormData(event.currentTarget));
        }}
      >
        <Select
          label={keyText.revokeReason}
          name="reason"
          options={REASONS.map((reason) => [reason, reasons[reason]])}
        />
        <DialogFoot>
          <Button onPress={() => onClose(false)}>{common.cancel}</Button>
          <Button type="submit" look="danger" isDisabled={preview.data === undefined} isBusy={revoke.isBusy}>
            {text.revokeChosen}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
