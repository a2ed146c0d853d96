import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@keyfold/domain';
import { type Page, type PageRequest, toPage } from '../../http/cursor.js';
import { Database } from '../../platform/database.js';
import type { NoticeResource, NoticeType } from './notice.js';

export interface NoticeFilter {
  readonly userId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly type?: NoticeType | undefined;
  /** Only those that their owner has not read. */
  readonly unread?: boolean | undefined;
}

/** Ids are opaque to callers, so any other text is simply not found. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@Injectable()
export class NoticeQueries {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async list(filter: NoticeFilter, page: PageRequest): Promise<Page<NoticeResource>> {
    const { keyId = null, type = null, unread = false, userId = null } = filter;
    const values = [userId, keyId, type, page.after, page.limit + 1];
    const { rows } = await this.database.pool.query<NoticeRow>(selectPage(unread), values);
    return toPage(rows, page, toResource, ({ sequence }) => sequence);
  }

  /** Marks a user's notices up to one of them as read. @returns false if the user has no such notice */
  async markRead(userId: string, upToNoticeId: string): Promise<boolean> {
    if (!UUID.test(upToNoticeId)) return false;
    const { pool } = this.database;
    const { rows } = await pool.query<{ sequence: string }>(selectOwnSequence, [userId, upToNoticeId]);
    const [notice] = rows;
    if (notice === undefined) return false;
    await pool.query(markRead, [userId, notice.sequence]);
    return true;
  }

  async countUnread(userId: string): Promise<number> {
    const { rows } = await this.database.pool.query<{ unread: string }>(countUnread, [userId]);
    return Number(rows[0]?.unread);
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
  readonly is_read: boolean;
}

function toResource(row: NoticeRow): NoticeResource {
  return {
    id: row.notice_id,
    type: row.type,
    occurredAt: row.occurred_at.toISOString(),
    userId: row.user_id,
    keyId: row.key_id,
    keyName: row.key_name,
    read: row.is_read,
    data: { ...row.data },
  };
}

// The key's name is read where it lives, so an erasure has nothing to look for here.
const selectPage = (unread: boolean): string => `
  select n.notice_id, n.sequence, n.type, n.user_id, n.key_id, n.occurred_at, n.data, n.is_read,
    k.state ->> 'name' as key_name
  from keyfold.notices n
  left join keyfold.api_keys k on k.key_id = n.key_id
  where ($1::text is null or n.user_id = $1::text)
    and ($2::text is null or n.key_id = $2::text)
    and ($3::text is null or n.type = $3::text)
    and ($4::bigint is null or n.sequence < $4::bigint)${unread ? '\n    and not n.is_read' : ''}
  order by n.sequence desc
  limit $5::int`;

const selectOwnSequence = `
  select sequence
  from keyfold.notices
  where user_id = $1::text
    and notice_id = $2::uuid`;

const markRead = `
  update keyfold.notices
  set is_read = true
  where user_id = $1::text
    and sequence <= $2::bigint
    and not is_read`;

const countUnread = `
  select count(*) as unread
  from keyfold.notices
  where user_id = $1::text
    and not is_read`;
