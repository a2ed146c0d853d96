import { z } from 'zod';
import type { JsonObject } from '@keyfold/domain';
import { Instant } from '../../http/fields.js';

export const NOTICE_TYPES = [
  'ApiKeyIssued',
  'ApiKeyRotated',
  'ApiKeyRevoked',
  'ApiKeyExpiring',
  'RetiredKeyUsed',
] as const;
export type NoticeType = (typeof NOTICE_TYPES)[number];

/** A notice before it has a row. The owner is the key's. */
export interface NewNotice {
  /** Names what it is about: the same subject never gives a second notice. */
  readonly subject: string;
  readonly type: NoticeType;
  readonly keyId: string;
  readonly occurredAt: string;
  /** Never a personal value: notices outlive erasures and go out by webhooks. */
  readonly data: JsonObject;
}

export const NoticeResource = z
  .object({
    id: z.string(),
    type: z.enum(NOTICE_TYPES),
    occurredAt: Instant,
    userId: z.string(),
    keyId: z.string(),
    keyName: z.string().nullable(),
    read: z.boolean(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Notice' });

export type NoticeResource = z.output<typeof NoticeResource>;
