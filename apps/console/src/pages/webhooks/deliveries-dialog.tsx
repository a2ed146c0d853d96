import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call } from '../../api/http.js';
import { listQuery } from '../../api/queries.js';
import type { Webhook, WebhookDelivery } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { Select } from '../../ui/choices.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { Empty, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { More, Table, tableStyles } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';

const TONES = { pending: 'info', delivered: 'good', dead: 'bad' } as const;

export interface DeliveriesDialogProps {
  readonly webhook: Webhook;
  readonly onClose: () => void;
}

/** What was sent to a webhook, newest first, and what came back; it goes on showing what is under way. */
export function DeliveriesDialog({ webhook, onClose }: DeliveriesDialogProps): ReactNode {
  const { webhooks: text, common } = useMessages();
  const isManager = useMay()('settings.manage');
  const queries = useQueryClient();
  const [status, setStatus] = useState('');
  const path = `/v1/webhooks/${webhook.id}`;
  const list = useInfiniteQuery({
    ...listQuery<WebhookDelivery>('deliveries', `${path}/deliveries`, { status }),
    refetchInterval: 3_000,
  });
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['deliveries'] });
  const test = useAction(() => call('POST', `${path}/test`), refresh);
  const replay = useAction((id: string) => call('POST', `${path}/deliveries/${id}/replay`), refresh);
  const deliveries = list.data?.pages.flatMap(({ items }) => items);
  return (
    <Dialog title={text.deliveriesTo(webhook.url)} onClose={onClose} isWide>
      <div className={tableStyles.tools}>
        <Select
          label={text.state}
          value={status}
          onChange={setStatus}
          options={[['', text.anyState], ...Object.entries(text.statuses)]}
        />
        {isManager && webhook.enabled && (
          <Button isBusy={test.isBusy} onPress={() => test.start()}>
            {text.test}
          </Button>
        )}
      </div>
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      <ActionStatus of={test} />
      <ActionStatus of={replay} />
      {deliveries === undefined ? (
        list.error === null && <Loading />
      ) : deliveries.length === 0 ? (
        <Empty title={text.noDeliveries}>{text.noDeliveriesText}</Empty>
      ) : (
        <>
          <DeliveryTable deliveries={deliveries} {...(isManager && { onReplay: replay.start })} />
          <More shown={deliveries.length} list={list} />
        </>
      )}
      <DialogFoot>
        <Button onPress={onClose}>{common.close}</Button>
      </DialogFoot>
    </Dialog>
  );
}

interface DeliveryTableProps {
  readonly deliveries: readonly WebhookDelivery[];
  readonly onReplay?: (id: string) => void;
}

function DeliveryTable({ deliveries, onReplay }: DeliveryTableProps): ReactNode {
  const { webhooks: text } = useMessages();
  const failures: Readonly<Record<string, string>> = text.failures;
  return (
    <Table
      label={text.deliveries}
      columns={[
        { name: text.type },
        { name: text.state },
        { name: text.answer },
        { name: text.when },
        { name: text.replay, isHidden: true },
      ]}
    >
      {deliveries.map((delivery) => (
        <tr key={delivery.id}>
          <td className={tableStyles.main}>
            <TypeName type={delivery.type} />
          </td>
          <td>
            <Badge tone={TONES[delivery.status]}>{text.statuses[delivery.status]}</Badge>
            <small>
              {text.attempts(delivery.attempts)}
              {delivery.nextAttemptAt !== null && (
                <>
                  {', '}
                  {text.nextAttempt} <Ago at={delivery.nextAttemptAt} />
                </>
              )}
            </small>
          </td>
          <td>
            {delivery.lastStatus ?? '–'}
            {delivery.lastError !== null && <small>{failures[delivery.lastError] ?? delivery.lastError}</small>}
          </td>
          <td>
            <Ago at={delivery.createdAt} />
          </td>
          <td className={tableStyles.end}>
            {onReplay !== undefined && delivery.status !== 'pending' && (
              <Button size="small" onPress={() => onReplay(delivery.id)}>
                {text.replay}
              </Button>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function TypeName({ type }: { readonly type: WebhookDelivery['type'] }): ReactNode {
  const { webhooks: text, notices } = useMessages();
  return type === 'WebhookTest' ? text.testMessage : notices.types[type];
}
