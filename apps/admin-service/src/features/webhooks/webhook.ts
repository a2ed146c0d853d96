import { z } from 'zod';
import { fieldRule } from '@keyfold/service-kit';
import { Instant } from '../../http/fields.js';
import { NOTICE_TYPES } from '../notices/notice.js';
import { isWebhookUrl } from './webhook-address.js';

const Types = z
  .array(z.enum(NOTICE_TYPES))
  .min(1)
  .max(NOTICE_TYPES.length)
  .refine((types) => new Set(types).size === types.length, fieldRule('REPEATED_ENTRY'));
const Url = z.string().max(2_000).refine(isWebhookUrl, fieldRule('WEBHOOK_URL'));

export const CreateWebhookBody = z
  .strictObject({ url: Url, types: Types.nullable().optional() })
  .meta({ id: 'CreateWebhook' });

export const ChangeWebhookBody = z
  .strictObject({ url: Url, types: Types.nullable(), enabled: z.boolean() })
  .partial()
  .meta({ id: 'ChangeWebhook' });
export type WebhookChange = z.output<typeof ChangeWebhookBody>;

export const WebhookResource = z
  .object({
    id: z.string(),
    url: z.string(),
    /** null: every type. */
    types: z.array(z.enum(NOTICE_TYPES)).nullable(),
    enabled: z.boolean(),
    createdAt: Instant,
    createdBy: z.string(),
    /** Until when messages are signed with the secret before this one, too; null if there is none that counts. */
    previousSecretUntil: Instant.nullable(),
  })
  .meta({ id: 'Webhook' });

/** The one answer that carries the secret; a repeat by its Idempotency-Key has `secret: null` and `replayed: true`. */
export const CreatedWebhookResource = z
  .object({ ...WebhookResource.shape, secret: z.string().nullable(), replayed: z.boolean().optional() })
  .meta({ id: 'CreatedWebhook' });

export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const;

/** Asked for by an administrator; it tells of nothing. */
export const TEST_TYPE = 'WebhookTest';

export const DeliveryResource = z
  .object({
    id: z.string(),
    /** null: a test message. */
    noticeId: z.string().nullable(),
    type: z.enum([...NOTICE_TYPES, TEST_TYPE]),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    createdAt: Instant,
    nextAttemptAt: Instant.nullable(),
    lastAttemptAt: Instant.nullable(),
    lastStatus: z.int().nullable(),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

export type WebhookResource = z.output<typeof WebhookResource>;
export type DeliveryResource = z.output<typeof DeliveryResource>;
