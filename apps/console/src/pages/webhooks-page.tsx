import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { call } from '../api/http.js';
import { webhooksQuery } from '../api/queries.js';
import type { CreatedWebhook, Webhook } from '../api/types.gen.js';
import { useMay } from '../app/access.js';
import { useAction } from '../app/use-action.js';
import { useMessages } from '../text/messages-context.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy.js';
import { Dialog, DialogFoot, dialogStyles } from '../ui/dialog.js';
import { TextField, textOf } from '../ui/field.js';
import { Card, Empty, layout, Loading, Page } from '../ui/layout.js';
import { fieldErrors, ProblemNotice } from '../ui/problem-notice.js';
import { Table, tableStyles } from '../ui/table.js';
import { DateTime } from '../ui/time.js';
import { useAnnounce } from '../ui/toast.js';
import { Deliveries } from './webhook-deliveries.js';
import secretStyles from './my-keys/my-keys.module.css';

type Open = { readonly what: 'create' } | { readonly what: 'deliveries'; readonly webhook: Webhook } | null;

export function WebhooksPage(): ReactNode {
  const { webhooks: text } = useMessages();
  const may = useMay();
  const webhooks = useQuery(webhooksQuery);
  const [open, setOpen] = useState<Open>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const create = may('settings.manage') && (
    <Button look="primary" onPress={() => setOpen({ what: 'create' })}>
      {text.create}
    </Button>
  );
  return (
    <Page title={text.title} lead={text.lead} actions={create}>
      <ProblemNotice error={webhooks.error} onRetry={() => void webhooks.refetch()} />
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
              columns={[
                { name: text.url },
                { name: text.state },
                { name: text.created },
                { name: text.actions, isHidden: true },
              ]}
            >
              {webhooks.data.items.map((webhook) => (
                <WebhookRow
                  key={webhook.id}
                  webhook={webhook}
                  onDeliveries={() => setOpen({ what: 'deliveries', webhook })}
                  onSecret={setSecret}
                />
              ))}
            </Table>
          )}
        </Card>
      )}
      {open?.what === 'create' && (
        <CreateDialog
          onClose={() => setOpen(null)}
          onCreated={(made) => {
            setOpen(null);
            setSecret(made.secret);
          }}
        />
      )}
      {open?.what === 'deliveries' && <Deliveries webhook={open.webhook} onClose={() => setOpen(null)} />}
      {secret !== null && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}

interface WebhookRowProps {
  readonly webhook: Webhook;
  readonly onDeliveries: () => void;
  readonly onSecret: (secret: string | null) => void;
}

function WebhookRow({ webhook, onDeliveries, onSecret }: WebhookRowProps): ReactNode {
  const { webhooks: text, common } = useMessages();
  const isManager = useMay()('settings.manage');
  const queries = useQueryClient();
  const announce = useAnnounce();
  const refresh = (): void => void queries.invalidateQueries({ queryKey: webhooksQuery.queryKey });
  const path = `/v1/webhooks/${webhook.id}`;
  const test = useAction(
    () => call('POST', `${path}/test`),
    () => announce(text.testSent),
  );
  const rotate = useAction(
    async () => (await call<CreatedWebhook>('POST', `${path}/rotate-secret`)).body.secret,
    onSecret,
  );
  const toggle = useAction(() => call('PATCH', path, { body: { enabled: !webhook.enabled } }), refresh);
  const remove = useAction(() => call('DELETE', path), refresh);
  return (
    <tr>
      <td className={tableStyles.main}>
        <bdi dir="ltr">{webhook.url}</bdi>
        <small>{webhook.types === null ? text.allTypes : webhook.types.join(', ')}</small>
        <ProblemNotice error={test.error ?? rotate.error ?? toggle.error ?? remove.error} />
      </td>
      <td>
        <Badge tone={webhook.enabled ? 'good' : 'plain'}>{webhook.enabled ? text.enabled : text.disabled}</Badge>
      </td>
      <td>
        <DateTime at={webhook.createdAt} dateOnly />
      </td>
      <td className={tableStyles.end}>
        <div className={layout.actions}>
          <Button size="small" onPress={onDeliveries}>
            {text.deliveries}
          </Button>
          {isManager && (
            <>
              <Button size="small" isBusy={test.isBusy} onPress={() => test.start()}>
                {text.test}
              </Button>
              <Button size="small" isBusy={rotate.isBusy} onPress={() => rotate.start()}>
                {text.rotate}
              </Button>
              <Button size="small" isBusy={toggle.isBusy} onPress={() => toggle.start()}>
                {webhook.enabled ? text.disable : text.enable}
              </Button>
              <Button size="small" look="dangerQuiet" isBusy={remove.isBusy} onPress={() => remove.start()}>
                {common.delete}
              </Button>
            </>
          )}
        </div>
      </td>
    </tr>
  );
}

interface CreateDialogProps {
  readonly onClose: () => void;
  readonly onCreated: (made: CreatedWebhook) => void;
}

function CreateDialog({ onClose, onCreated }: CreateDialogProps): ReactNode {
  const { webhooks: text, common } = useMessages();
  const queries = useQueryClient();
  const create = useAction(
    async (form: FormData) =>
      (await call<CreatedWebhook>('POST', '/v1/webhooks', { body: { url: textOf(form, 'url').trim() } })).body,
    (made) => {
      void queries.invalidateQueries({ queryKey: webhooksQuery.queryKey });
      onCreated(made);
    },
  );
  return (
    <Dialog title={text.create} onClose={onClose}>
      <Form
        className={dialogStyles.form ?? ''}
        validationErrors={fieldErrors(create.error)}
        onSubmit={(event) => {
          event.preventDefault();
          create.start(new FormData(event.currentTarget));
        }}
      >
        <ProblemNotice error={create.error} />
        <TextField
          label={text.url}
          name="url"
          type="url"
          isRequired
          autoFocus
          hint={text.urlHint}
          placeholder="https://example.com/hooks/keyfold"
          autoComplete="off"
        />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={create.isBusy}>
            {text.create}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}

function SecretDialog({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }): ReactNode {
  const { webhooks: text, keys } = useMessages();
  const code = useRef<HTMLElement>(null);
  return (
    <Dialog title={text.secretTitle} onClose={onClose} isInsistent>
      <p className={layout.soft}>{text.secretLead}</p>
      <dl className={secretStyles.secret}>
        <dt>{text.secret}</dt>
        <dd>
          <code ref={code} translate="no">
            {secret}
          </code>
          <CopyButton text={secret} look="primary" source={() => code.current} />
        </dd>
      </dl>
      <DialogFoot>
        <Button look="primary" onPress={onClose}>
          {keys.saved}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
