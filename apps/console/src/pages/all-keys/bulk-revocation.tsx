import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { call } from '../../api/http.js';
import type { RevocationPreview, RevokeApiKeys } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Select } from '../../ui/choices.js';
import { DialogFoot, dialogStyles } from '../../ui/dialog.js';
import { textOf } from '../../ui/field.js';
import { layout, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Table, tableStyles } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';
import { KeyName } from '../keys/key-state.js';
import { Receipt } from '../keys/receipt.js';
import { REASONS } from '../keys/revoke-dialog.js';

export interface BulkRevocationProps {
  readonly filter: RevokeApiKeys['filter'];
  /** What the button says for so many keys. */
  readonly confirm: (keys: number) => string;
  /** They are revoked; the receipt is shown. */
  readonly onRevoked: () => void;
  readonly onClose: (isDone: boolean) => void;
}

/** Ends many keys at once: first how many and whose, afterwards the receipt. */
export function BulkRevocation({ filter, confirm, onRevoked, onClose }: BulkRevocationProps): ReactNode {
  const { allKeys: text, keys: keyText, common, reasons } = useMessages();
  const queries = useQueryClient();
  const [position, setPosition] = useState<number | null>(null);
  const preview = useQuery({
    queryKey: ['bulk-revoke', filter],
    queryFn: async ({ signal }) => {
      const body = { filter, reason: 'UNSPECIFIED' };
      return (await call<RevocationPreview>('POST', '/v1/api-keys/revoke?dryRun=true', { body, signal })).body;
    },
    gcTime: 0,
  });
  const revoke = useAction(
    (form: FormData) => call('POST', '/v1/api-keys/revoke', { body: { filter, reason: textOf(form, 'reason') } }),
    (reply) => {
      setPosition(reply.position);
      onRevoked();
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  );
  if (position !== null)
    return (
      <>
        <Receipt position={position} kind="revocations" />
        <DialogFoot>
          <Button look="primary" onPress={() => onClose(true)}>
            {common.done}
          </Button>
        </DialogFoot>
      </>
    );
  const keys = preview.data?.affected.keys ?? 0;
  return (
    <Form
      className={dialogStyles.form ?? ''}
      onSubmit={(event) => {
        event.preventDefault();
        revoke.start(new FormData(event.currentTarget));
      }}
    >
      <ProblemNotice error={preview.error} onRetry={() => void preview.refetch()} />
      <ActionStatus of={revoke} />
      {preview.data === undefined ? preview.error === null && <Loading /> : <Affected preview={preview.data} />}
      <Select label={keyText.revokeReason} name="reason" options={REASONS.map((reason) => [reason, reasons[reason]])} />
      <DialogFoot>
        <Button onPress={() => onClose(false)}>{common.cancel}</Button>
        <Button type="submit" look="danger" isDisabled={keys === 0} isBusy={revoke.isBusy}>
          {keys === 0 ? text.revokeChosen : confirm(keys)}
        </Button>
      </DialogFoot>
    </Form>
  );
}

function Affected({ preview: { affected, sample } }: { readonly preview: RevocationPreview }): ReactNode {
  const { allKeys: text, keys: keyText, security } = useMessages();
  if (affected.keys === 0) return <Callout tone="info">{text.bulkNone}</Callout>;
  return (
    <>
      <Callout tone="warn">{text.affected(affected.keys, affected.users)}</Callout>
      <Table
        label={text.revokeTitle}
        columns={[{ name: text.key }, { name: text.sampleOwner }, { name: text.sampleUse }]}
      >
        {sample.map((key) => (
          <tr key={key.keyId}>
            <td className={tableStyles.main}>
              <KeyName apiKey={{ name: key.name, hint: null }} />
            </td>
            <td>
              <bdi>{key.username ?? security.erased}</bdi>
            </td>
            <td>{key.lastUsedAt === null ? keyText.neverUsed : <Ago at={key.lastUsedAt} />}</td>
          </tr>
        ))}
      </Table>
      {affected.keys > sample.length && (
        <p className={layout.small}>{security.andMore(affected.keys - sample.length)}</p>
      )}
    </>
  );
}
