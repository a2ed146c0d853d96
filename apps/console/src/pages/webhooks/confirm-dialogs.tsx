import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { call, newIntent } from '../../api/http.js';
import { webhooksQuery } from '../../api/queries.js';
import type { CreatedWebhook, Webhook } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { useAnnounce } from '../../ui/toast.js';

interface WebhookProps {
  readonly webhook: Webhook;
  readonly onClose: () => void;
}

export function DeleteDialog({ webhook, onClose }: WebhookProps): ReactNode {
  const { webhooks: text, common } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const remove = useAction(
    () => call('DELETE', `/v1/webhooks/${webhook.id}`),
    () => {
      announce(text.deleted);
      void queries.invalidateQueries({ queryKey: webhooksQuery.queryKey });
      onClose();
    },
  );
  return (
    <Dialog title={text.deleteTitle} onClose={onClose}>
      <p>
        <bdi dir="ltr">{webhook.url}</bdi>
      </p>
      <p>{text.deleteText}</p>
      <ActionStatus of={remove} />
      <DialogFoot>
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button look="danger" isBusy={remove.isBusy} onPress={() => remove.start()}>
          {common.delete}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

interface RotateSecretProps extends WebhookProps {
  /** Null where the answer that had it was lost. */
  readonly onSecret: (secret: string | null) => void;
}

/** The secret before goes on signing for a day, so the receiver can be changed without losing a message. */
export function RotateSecretDialog({ webhook, onClose, onSecret }: RotateSecretProps): ReactNode {
  const { webhooks: text, common } = useMessages();
  const queries = useQueryClient();
  const [idempotencyKey] = useState(() => newIntent());
  const rotate = useAction(
    async () =>
      (await call<CreatedWebhook>('POST', `/v1/webhooks/${webhook.id}/rotate-secret`, { idempotencyKey })).body.secret,
    (secret) => {
      void queries.invalidateQueries({ queryKey: webhooksQuery.queryKey });
      onSecret(secret);
    },
  );
  return (
    <Dialog title={text.rotateTitle} onClose={onClose}>
      <p>
        <bdi dir="ltr">{webhook.url}</bdi>
      </p>
      <p>{text.rotateText}</p>
      <ActionStatus of={rotate} />
      <DialogFoot>
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button look="primary" isBusy={rotate.isBusy} onPress={() => rotate.start()}>
          {text.rotate}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
