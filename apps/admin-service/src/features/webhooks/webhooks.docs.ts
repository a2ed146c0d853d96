import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { DeliveriesController } from './deliveries.controller.js';
import type { WebhooksController } from './webhooks.controller.js';

const webhook = {
  id: 'Opaque id.',
  url: 'Where messages are posted.',
  types: 'Types of the notices that are sent; null: all.',
  enabled: 'Whether messages are sent. An answer 410 of the receiver disables it.',
  createdAt: 'When it was created.',
  createdBy: 'Who created it: `user/<id>`.',
  previousSecretUntil:
    'Until when messages also carry a signature by the secret before this one; null if there is none.',
};
const body = {
  url: 'An https URL of at most 2,000 characters, without credentials and fragment.',
  types: 'At least one, each once; null: all.',
};

export const webhooksDocs: FeatureDocs = {
  tag: { name: 'Webhooks', description: 'Notices, sent as Standard Webhooks 1.0. A message contains ids only.' },
  operations: {
    ...operationsOf<WebhooksController>('Webhooks', {
      list: operation('listWebhooks', 'List webhooks', [], { notes: 'Newest first.' }),
      create: operation('createWebhook', 'Create a webhook', ['URL_NOT_ALLOWED'], {
        notes: 'Only this answer contains the secret that signs the messages.',
      }),
      read: operation('readWebhook', 'Read a webhook', ['NOT_FOUND']),
      change: operation('changeWebhook', 'Change a webhook', ['NOT_FOUND', 'VERSION_CONFLICT', 'URL_NOT_ALLOWED'], {
        notes: 'Members that are left out stay as they are.',
      }),
      delete: operation('deleteWebhook', 'Delete a webhook with its deliveries', ['NOT_FOUND', 'VERSION_CONFLICT']),
      test: operation('testWebhook', 'Send a test message', ['NOT_FOUND', 'WEBHOOK_DISABLED', 'VERSION_CONFLICT'], {
        notes: 'Answers the delivery; read it again to see its outcome.',
      }),
      rotateSecret: operation(
        'rotateWebhookSecret',
        'Rotate the secret of a webhook',
        ['NOT_FOUND', 'VERSION_CONFLICT'],
        {
          notes: 'Only this answer contains the new secret. For 24 hours messages are signed with the old one as well.',
        },
      ),
    }),
    ...operationsOf<DeliveriesController>('Deliveries', {
      list: operation('listWebhookDeliveries', 'List the deliveries of a webhook', ['NOT_FOUND'], {
        notes: 'Newest first.',
        parameters: { status: 'Only deliveries with this status.' },
      }),
      replay: operation('replayWebhookDelivery', 'Send a message of a webhook again', ['NOT_FOUND'], {
        notes: 'One that was delivered or given up. One that is still to be sent stays as it is.',
      }),
    }),
  },
  members: {
    Webhook: webhook,
    CreateWebhook: body,
    CreatedWebhook: {
      ...webhook,
      secret: 'Secret that signs the messages, shown once: `whsec_` and base64; null in a repeat of the request.',
      replayed: 'Whether this is the answer to a repeated request with the same Idempotency-Key.',
    },
    ChangeWebhook: { ...body, enabled: 'Whether messages are sent.' },
    WebhookDelivery: {
      id: 'Opaque id; the same in the header webhook-id of every attempt.',
      noticeId: 'Id of the notice that it carries; null: a test message.',
      type: 'Type of the notice, or WebhookTest.',
      status: '`pending`: another attempt will follow. `dead`: given up after 8.',
      attempts: 'Attempts so far, the one under way included.',
      createdAt: 'When it was queued.',
      nextAttemptAt: 'When the next attempt is due; null if there is none.',
      lastAttemptAt: 'When the last attempt began.',
      lastStatus: "HTTP status of the receiver's last answer; null if there was none.",
      lastError: 'Why the last attempt failed, as a code.',
    },
  },
};
