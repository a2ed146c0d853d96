import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { webhooksQuery } from '../../api/queries.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Card, Empty, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Table } from '../../ui/table.js';
import { DeleteDialog, RotateSecretDialog } from './confirm-dialogs.js';
import { DeliveriesDialog } from './deliveries-dialog.js';
import type { Open } from './open.js';
import { WebhookDialog } from './webhook-dialog.js';
import { WebhookRow } from './webhook-row.js';
import { WebhookSecretDialog } from './webhook-secret-dialog.js';

export function WebhooksPage(): ReactNode {
  const { webhooks: text } = useMessages();
  const may = useMay();
  const webhooks = useQuery(webhooksQuery);
  const [open, setOpen] = useState<Open | null>(null);
  // The one place where a secret is after its answer came, until its dialog is closed.
  const [secret, setSecret] = useState<string | null>(null);
  const [isLost, setIsLost] = useState(false);
  const create = may('settings.manage') && (
    <Button look="primary" onPress={() => setOpen({ what: 'create' })}>
      {text.create}
    </Button>
  );
  const show = (made: string | null): void => {
    setOpen(null);
    setSecret(made);
    setIsLost(made === null);
  };
  return (
    <Page title={text.title} lead={text.lead} actions={create}>
      <ProblemNotice error={webhooks.error} onRetry={() => void webhooks.refetch()} />
      {isLost && (
        <Callout tone="warn" title={text.secretLost}>
          {text.secretLostText}
        </Callout>
      )}
      {webhooks.data === undefined ? (
        webhooks.error === null && <Loading />
      ) : (
        <Card isFlush>
          {webhooks.data.items.length === 0 ? (
            <Empty title={text.none} action={create}>
              {text.noneText}
            </Empty>
          ) : (
            <Table
              label={text.title}
              columns={[{ name: text.url }, { name: text.state }, { name: text.actions, isHidden: true }]}
            >
              {webhooks.data.items.map((webhook) => (
                <WebhookRow key={webhook.id} webhook={webhook} onOpen={setOpen} />
              ))}
            </Table>
          )}
        </Card>
      )}
      {open !== null && <OpenDialog open={open} onClose={() => setOpen(null)} onSecret={show} />}
      {secret !== null && <WebhookSecretDialog secret={secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}

interface OpenDialogProps {
  readonly open: Open;
  readonly onClose: () => void;
  readonly onSecret: (secret: string | null) => void;
}

function OpenDialog({ open, onClose, onSecret }: OpenDialogProps): ReactNode {
  switch (open.what) {
    case 'create':
      return <WebhookDialog webhook={null} onClose={onClose} onSecret={onSecret} />;
    case 'edit':
      return <WebhookDialog webhook={open.webhook} onClose={onClose} onSecret={onSecret} />;
    case 'deliveries':
      return <DeliveriesDialog webhook={open.webhook} onClose={onClose} />;
    case 'rotate':
      return <RotateSecretDialog webhook={open.webhook} onClose={onClose} onSecret={onSecret} />;
    case 'delete':
      return <DeleteDialog webhook={open.webhook} onClose={onClose} />;
  }
}
