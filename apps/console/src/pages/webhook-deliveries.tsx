import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call, get } from '../api/http.js';
import type { Page } from '../api/queries.js';
import type { Webhook, WebhookDelivery } from '../api/types.gen.js';
import { useMay } from '../app/access.js';
import { useAction } from '../app/use-action.js';
import { useMessages } from '../text/messages-context.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogFoot } from '../ui/dialog.js';
import { Empty, Loading } from '../ui/layout.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { Table, tableStyles } from '../ui/table.js';
import { Ago } from '../ui/time.js';

const TONES = { pending: 'info', delivered: 'good', dead: 'bad' } as const;

/** What was sent to a webhook, newest first, and what came back. */
export function Deliveries({
  webhook,
  onClose,
}: {
  readonly webhook: Webhook;
  readonly onClose: () => void;
}): ReactNode {
  const { webhooks: text, common } = useMessages();
  const isManager = useMay()('settings.manage');
  const queries = useQueryClient();
  const path = `/v1/webhooks/${webhook.id}/deliveries`;
  const deliveries = useQuery({
    queryKey: ['deliveries', webhook.id],
    queryFn: ({ signal }) => get<Page<WebhookDelivery>>(`${path}?limit=50`, signal),
    refetchInterval: 3_000,
  });
  const replay = useAction(
    (id: string) => call('POST', `${path}/${id}/replay`),
    () => void queries.invalidateQueries({ queryKey: ['deliveries', webhook.id] }),
  );
  return (
    <Dialog title={text.deliveriesTo(webhook.url)} onClose={onClose} isWide>
      <ProblemNotice error={deliveries.error ?? replay.error} />
      {deliveries.data === undefined ? (
        deliveries.error === null && <Loading />
      ) : deliveries.data.items.length === 0 ? (
        <Empty title={text.noDeliveries}>{text.noDeliveriesText}</Empty>
      ) : (
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
          {deliveries.data.items.map((delivery) => (
            <tr key={delivery.id}>
              <td className={tableStyles.main}>{delivery.type}</td>
              <td>
                <Badge tone={TONES[delivery.status]}>{text.statuses[delivery.status]}</Badge>
              </td>
              <td>
                <bdi>{delivery.lastError ?? delivery.lastStatus ?? '–'}</bdi>
              </td>
              <td>
                <Ago at={delivery.createdAt} />
              </td>
              <td className={tableStyles.end}>
                {isManager && delivery.status !== 'pending' && (
                  <Button size="small" onPress={() => replay.start(delivery.id)}>
                    {text.replay}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <DialogFoot>
        <Button onPress={onClose}>{common.close}</Button>
      </DialogFoot>
    </Dialog>
  );
}
