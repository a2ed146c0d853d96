import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call, newIntent, type Reply } from '../../api/http.js';
import { webhooksQuery } from '../../api/queries.js';
import type { CreatedWebhook, Webhook } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Checkbox } from '../../ui/choices.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import { Segments } from '../../ui/segments.js';

type NoticeType = NonNullable<Webhook['types']>[number];

const TYPES = [
  'ApiKeyIssued',
  'ApiKeyRotated',
  'ApiKeyRevoked',
  'ApiKeyExpiring',
  'RetiredKeyUsed',
] as const satisfies readonly NoticeType[];

export interface WebhookDialogProps {
  /** Null for a new one. */
  readonly webhook: Webhook | null;
  readonly onClose: () => void;
  /** Of a new one, which is the only time that its secret is known; null where the answer that had it was lost. */
  readonly onSecret: (secret: string | null) => void;
}

/** Where to, and of what: all notices, those of a later version included, or some. */
export function WebhookDialog({ webhook, onClose, onSecret }: WebhookDialogProps): ReactNode {
  const { webhooks: text, notices, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const queries = useQueryClient();
  const [isAll, setIsAll] = useState(webhook?.types == null);
  const [chosen, setChosen] = useState<ReadonlySet<NoticeType>>(() => new Set(webhook?.types ?? TYPES));
  const [idempotencyKey] = useState(() => newIntent());
  const types = isAll ? null : TYPES.filter((type) => chosen.has(type));
  const save = useAction(
    async (form: FormData): Promise<Reply<Webhook | CreatedWebhook>> => {
      const body = { url: textOf(form, 'url').trim(), types };
      if (webhook !== null) return call<Webhook>('PATCH', `/v1/webhooks/${webhook.id}`, { body });
      return call<CreatedWebhook>('POST', '/v1/webhooks', { body, idempotencyKey });
    },
    ({ body }) => {
      void queries.invalidateQueries({ queryKey: webhooksQuery.queryKey });
      if ('secret' in body) onSecret(body.secret);
      else onClose();
    },
  );
  const toggle = (type: NoticeType, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(type);
    else next.delete(type);
    setChosen(next);
  };
  return (
    <Dialog title={webhook === null ? text.create : text.editTitle} onClose={onClose}>
      <Form problems={fieldErrors(save.error)} onSend={(form) => save.start(new FormData(form))}>
        <ActionStatus of={save} />
        <TextField
          label={text.url}
          name="url"
          type="url"
          defaultValue={webhook?.url ?? ''}
          isRequired
          autoFocus
          hint={text.urlHint}
          placeholder="https://example.com/hooks/keyfold"
          autoComplete="off"
        />
        <Segments
          label={text.types}
          value={isAll ? 'all' : 'some'}
          options={[
            ['all', text.allTypes],
            ['some', text.someTypes],
          ]}
          onChange={(value) => setIsAll(value === 'all')}
        />
        {!isAll &&
          TYPES.map((type) => (
            <Checkbox
              key={type}
              label={notices.types[type]}
              hint={notices.sentences[type]}
              isSelected={chosen.has(type)}
              onChange={(isChosen) => toggle(type, isChosen)}
            />
          ))}
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={save.isBusy} isDisabled={types?.length === 0}>
            {webhook === null ? text.create : common.save}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}
