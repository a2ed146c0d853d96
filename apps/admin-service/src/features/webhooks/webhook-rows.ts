import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Page, type PageRequest, toPage } from '../../http/cursor.js';
import { AdminConfig } from '../../platform/admin-config.js';
import { Database } from '../../platform/database.js';
import type { NoticeType } from '../notices/notice.js';
import { SecretBox } from './secret-box.js';
import type { WebhookChange, WebhookResource } from './webhook.js';
import { newWebhookSecret } from './webhook-signature.js';

/** A webhook with the version of its row. */
export interface StoredWebhook {
  readonly version: number;
  readonly resource: WebhookResource;
}

/** For which a receiver may go on verifying with the secret before. */
const OVERLAP_SECONDS = 86_400;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a path's id can be one of a row; ids are opaque to callers, so any other is simply not found. */
export const isRowId = (id: string): boolean => UUID.test(id);

@Injectable()
export class WebhookRows {
  private readonly box: SecretBox;

  constructor(
    private readonly database: Database,
    { settings }: AdminConfig,
  ) {
    this.box = new SecretBox(settings.KEYFOLD_SHARED_SECRET);
  }

  async create(
    webhook: { readonly url: string; readonly types: readonly NoticeType[] | null },
    actor: string,
  ): Promise<StoredWebhook & { readonly secret: string }> {
    const id = randomUUID();
    const secret = newWebhookSecret();
    const values = [id, webhook.url, webhook.types, this.box.seal(secret, id), actor];
    const { rows } = await this.database.pool.query<WebhookRow>(insertWebhook, values);
    const [row] = rows;
    if (row === undefined) throw new Error('a webhook was not stored');
    return { ...toStored(row), secret };
  }

  async find(id: string): Promise<StoredWebhook | undefined> {
    if (!isRowId(id)) return undefined;
    const { rows } = await this.database.pool.query<WebhookRow>(selectWebhook, [id]);
    return rows[0] && toStored(rows[0]);
  }

  /** Newest first. */
  async list(page: PageRequest): Promise<Page<WebhookResource>> {
    const { rows } = await this.database.pool.query<WebhookRow>(selectPage, [page.after, page.limit + 1]);
    return toPage(
      rows,
      page,
      (row) => toStored(row).resource,
      ({ sequence }) => sequence,
    );
  }

  /** @returns undefined if the row is gone, or no longer of that version where one is given */
  async change(id: string, version: number | null, change: WebhookChange): Promise<StoredWebhook | undefined> {
    const values = [
      id,
      version,
      change.url ?? null,
      change.types !== undefined,
      change.types ?? null,
      change.enabled ?? null,
    ];
    const { rows } = await this.database.pool.query<WebhookRow>(updateWebhook, values);
    return rows[0] && toStored(rows[0]);
  }

  /**
   * Gives it a new secret; the one before goes on signing beside it for a day. The one before that no longer counts.
   *
   * @returns undefined if the row is gone, or no longer of that version where one is given
   */
  async rotateSecret(
    id: string,
    version: number | null,
  ): Promise<(StoredWebhook & { readonly secret: string }) | undefined> {
    const secret = newWebhookSecret();
    const values = [id, version, this.box.seal(secret, id), OVERLAP_SECONDS];
    const { rows } = await this.database.pool.query<WebhookRow>(updateSecret, values);
    return rows[0] && { ...toStored(rows[0]), secret };
  }

  /** With all its deliveries. @returns whether it was there, of that version where one is given */
  async remove(id: string, version: number | null): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(deleteWebhook, [id, version]);
    return rowCount === 1;
  }

  /** @returns null if the secret cannot be read any more */
  openSecret(id: string, sealed: Buffer): string | null {
    return this.box.open(sealed, id);
  }
}

interface WebhookRow {
  readonly webhook_id: string;
  readonly sequence: string;
  readonly version: string;
  readonly url: string;
  readonly types: NoticeType[] | null;
  readonly is_enabled: boolean;
  readonly created_at: Date;
  readonly created_by: string;
  readonly previous_secret_until: Date | null;
}

function toStored(row: WebhookRow): StoredWebhook {
  return {
    version: Number(row.version),
    resource: {
      id: row.webhook_id,
      url: row.url,
      types: row.types,
      enabled: row.is_enabled,
      createdAt: row.created_at.toISOString(),
      createdBy: row.created_by,
      previousSecretUntil: row.previous_secret_until?.toISOString() ?? null,
    },
  };
}

const columns = `
  webhook_id, sequence, version, url, types, is_enabled, created_at, created_by,
  case when previous_secret_until > clock_timestamp() then previous_secret_until end as previous_secret_until`;

const insertWebhook = `
  insert into keyfold.webhooks (webhook_id, url, types, secret, created_by)
  values ($1::uuid, $2::text, $3::text[], $4::bytea, $5::text)
  returning ${columns}`;

const selectWebhook = `
  select ${columns}
  from keyfold.webhooks
  where webhook_id = $1::uuid`;

const selectPage = `
  select ${columns}
  from keyfold.webhooks
  where $1::bigint is null or sequence < $1::bigint
  order by sequence desc
  limit $2::int`;

const updateWebhook = `
  update keyfold.webhooks
  set version = version + 1, url = coalesce($3::text, url), types = case when $4::boolean then $5::text[] else types end,
    is_enabled = coalesce($6::boolean, is_enabled)
  where webhook_id = $1::uuid
    and ($2::bigint is null or version = $2::bigint)
  returning ${columns}`;

const updateSecret = `
  update keyfold.webhooks
  set version = version + 1, secret = $3::bytea, previous_secret = secret,
    previous_secret_until = clock_timestamp() + make_interval(secs => $4::int)
  where webhook_id = $1::uuid
    and ($2::bigint is null or version = $2::bigint)
  returning ${columns}`;

const deleteWebhook = `
  delete from keyfold.webhooks
  where webhook_id = $1::uuid
    and ($2::bigint is null or version = $2::bigint)`;
