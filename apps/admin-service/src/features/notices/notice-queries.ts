import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@keyfold/domain';
import { Database } from '../../platform/database.js';
import { toPage, type Page, type PageRequest } from '../../http/cursor.js';
import type { NoticeResource, NoticeType } from './notice.js';

export interface NoticeFilter {
  readonly userId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly type?: NoticeType | undefined;
}

@Injectable()
export class NoticeQueries {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async list(filter: NoticeFilter, page: PageRequest): Promise<Page<NoticeResource>> {
    const values = [filter.userId ?? null, filter.keyId ?? null, filter.type ?? null, page.after, page.limit + 1];
    const { rows } = await this.database.pool.query<NoticeRow>(selectPage, values);
    return toPage(rows, page, toResource, ({ sequence }) => sequence);
  }
}

interface NoticeRow {
  readonly notice_id: string;
  readonly sequence: string;
  readonly type: NoticeType;
  readonly user_id: string;
  readonly key_id: string;
  readonly key_name: string | null;
  readonly occurred_at: Date;
  readonly data: JsonObject;
}

function toResource(row: NoticeRow): NoticeResource {
  return {
    id: row.notice_id,
    type: row.type,
    occurredAt: row.occurred_at.toISOString(),
    userId: row.user_id,
    keyId: row.key_id,
    keyName: row.key_name,
    data: { ...row.data },
  };
}

// The key's name is read where it lives, so an erasure has nothing to look for here.
const selectPage = `
  select n.notice_id, n.sequence, n.type, n.user_id, n.key_id, n.occurred_at, n.data, k.state ->> 'name' as key_name
  from keyfold.notices n
  left join keyfold.api_keys k on k.key_id = n.key_id
  where ($1::text is null or n.user_id = $1::text)
    and ($2::text is null or n.key_id = $2::text)
    and ($3::text is null or n.type = $3::text)
    and ($4::bigint is null or n.sequence < $4::bigint)
  order by n.sequence desc
  limit $5::int`;
