import type pg from 'pg';
import type { RecordedEvent, SettingsEvent } from '@keyfold/domain';
import type { NewNotice } from './notice.js';

/**
 * Makes the notices that are not there yet, in this order; those of keys that nobody owns are left out. @returns how
 * many were made
 */
export async function insertNotices(tx: pg.ClientBase, notices: readonly NewNotice[]): Promise<number> {
  if (notices.length === 0) return 0;
  const { rowCount } = await tx.query(insertSql, [JSON.stringify(notices)]);
  return rowCount ?? 0;
}

export type BulkRevoked = RecordedEvent<SettingsEvent & { readonly type: 'ApiKeysBulkRevoked' }>;

/** Keys that one statement looks at: it must end within its time limit, however many there are. */
const PAGE_KEYS = 2_000;

/**
 * One notice for each key that a bulk revocation took from its owner; the record names none of them, so it goes through
 * the keys in the order in which they were made, a page at each call.
 *
 * @param after the position that the last page ended with; 0 to begin
 * @returns the position that this page ends with, or null if there are no further keys
 */
export async function insertBulkRevocation(
  tx: pg.ClientBase,
  { event, ...record }: BulkRevoked,
  after: number,
): Promise<number | null> {
  const { issuedBefore, userId = null } = event.data.filter;
  const issuedBeforeMs = issuedBefore === undefined ? null : Date.parse(issuedBefore);
  const bounds = [after, record.position, userId];
  const page = await tx.query<{ last: string | null }>(selectPageEnd, [...bounds, PAGE_KEYS]);
  const last = page.rows[0]?.last ?? null;
  if (last === null) return null;
  const data = JSON.stringify({ reason: event.data.reason });
  await tx.query(insertBulkSql, [after, last, userId, issuedBeforeMs, record.recordedAt, data]);
  return Number(last);
}

const insertSql = `
  insert into keyfold.notices (subject, type, user_id, key_id, occurred_at, data)
  select n.subject, n.type, k.user_id, k.key_id, n."occurredAt", n.data
  from rows from (
    jsonb_to_recordset($1::jsonb) as (subject text, type text, "keyId" text, "occurredAt" timestamptz, data jsonb)
  ) with ordinality as n (subject, type, "keyId", "occurredAt", data, nth)
  join keyfold.api_keys k on k.key_id = n."keyId"
  order by n.nth
  on conflict on constraint notices_subject_key do nothing`;

const selectPageEnd = `
  select max(page.created_position) as last
  from (
    select k.created_position
    from keyfold.api_keys k
    where k.created_position > $1::bigint
      and k.created_position < $2::bigint
      and ($3::text is null or k.user_id = $3::text)
    order by k.created_position
    limit $4::int
  ) as page`;

// Keys that had ended by themselves tell their owner nothing new; one that was revoked before has its notice already.
const insertBulkSql = `
  insert into keyfold.notices (subject, type, user_id, key_id, occurred_at, data)
  select 'revoked/' || k.key_id, 'ApiKeyRevoked', k.user_id, k.key_id, $5::timestamptz, $6::jsonb
  from keyfold.api_keys k
  join keyfold.users u on u.user_id = k.user_id
  where k.created_position > $1::bigint
    and k.created_position <= $2::bigint
    and ($3::text is null or k.user_id = $3::text)
    and ($4::bigint is null or k.created_at_ms < $4::bigint)
    and (k.own_expires_at_ms is null or k.own_expires_at_ms > extract(epoch from $5::timestamptz) * 1000)
    and u.status <> 'erased'
  order by k.created_position
  on conflict on constraint notices_subject_key do nothing`;
