import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call } from '../../api/http.js';
import { webhooksQuery } from '../../api/queries.js';
import type { Webhook } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { layout } from '../../ui/layout.js';
import { tableStyles } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';
import type { Open } from './open.js';

export interface WebhookRowProps {
  readonly webhook: Webhook;
  readonly onOpen: (open: Open) => void;
}

/** One webhook: where to, what of, whether it is on, and what can be done with it. */
export function WebhookRow({ webhook, onOpen }: WebhookRowProps): ReactNode {
  const { webhooks: text, notices } = useMessages();
  const isManager = useMay()('settings.manage');
  return (
    <tr>
      <td className={tableStyles.main}>
        <bdi dir="ltr">{webhook.url}</bdi>
        <small>
          {webhook.types === null ? text.allTypes : webhook.types.map((type) => notices.types[type]).join(', ')}
        </small>
        <small>
          {text.created} <DateTime at={webhook.createdAt} dateOnly />
          {webhook.previousSecretUntil !== null && (
            <>
              {' · '}
              {text.previousSecretUntil} <DateTime at={webhook.previousSecretUntil} />
            </>
          )}
        </small>
      </td>
      <td>
        <Badge tone={webhook.enabled ? 'good' : 'plain'}>{webhook.enabled ? text.enabled : text.disabled}</Badge>
      </td>
      <td className={tableStyles.end}>
        <div className={layout.actions}>
          <Button size="small" onPress={() => onOpen({ what: 'deliveries', webhook })}>
            {text.deliveries}
          </Button>
          {isManager && <ManagerButtons webhook={webhook} onOpen={onOpen} />}
        </div>
      </td>
    </tr>
  );
}

function ManagerButtons({ webhook, onOpen }: WebhookRowProps): ReactNode {
  const { webhooks: text, common } = useMessages();
  const queries = useQueryClient();
  const toggle = useAction(
    () => call('PATCH', `/v1/webhooks/${webhook.id}`, { body: { enabled: !webhook.enabled } }),
    () => void queries.invalidateQueries({ queryKey: webhooksQuery.queryKey }),
  );
  return (
    <>
      <Button size="small" onPress={() => onOpen({ what: 'edit', webhook })}>
        {text.edit}
      </Button>
      <Button size="small" onPress={() => onOpen({ what: 'rotate', webhook })}>
        {text.rotate}
      </Button>
      <Button size="small" isBusy={toggle.isBusy} onPress={() => toggle.start()}>
        {webhook.enabled ? text.disable : text.enable}
      </Button>
      <Button size="small" look="dangerQuiet" onPress={() => onOpen({ what: 'delete', webhook })}>
        {common.delete}
      </Button>
      <ActionStatus of={toggle} />
    </>
  );
}
