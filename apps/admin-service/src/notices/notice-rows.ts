import type { RecordedEvent, SettingsEvent } from '@keyfold/domain';
import type pg from 'pg';
import type { NewNotice } from './notice.js';

/** Makes the notices that are not there yet, in this order; those of keys that nobody owns are left out. @returns how many were made */
export async function insertNotices(tx: pg.ClientBase, notices: readonly NewNotice[]): Promise<number> {
  if (notices.length === 0) return 0;
  const { rowCount } = await tx.query(insertSql, [JSON.stringify(notices)]);
  return rowCount ?? 0;
}

type BulkRevoked = RecordedEvent<SettingsEvent & { readonly type: 'ApiKeysBulkRevoked' }>;

/** One notice for each key that a bulk revocation took from its owner, in one statement: the record names none of them. */
export async function insertBulkRevocation(tx: pg.ClientBase, { event, ...record }: BulkRevoked): Promise<void> {
  const { issuedBefore, userId } = event.data.filter;
  await tx.query(insertBulkSql, [
    record.position,
    record.recordedAt,
    userId ?? null,
    issuedBefore === undefined ? null : Date.parse(issuedBefore),
    JSON.stringify({ reason: event.data.reason }),
  ]);
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

// Keys that had ended by themselves tell their owner nothing new; one that was revoked before has its notice already.
const insertBulkSql = `
  insert into keyfold.notices (subject, type, user_id, key_id, occurred_at, data)
  select 'revoked/' || k.key_id, 'ApiKeyRevoked', k.user_id, k.key_id, $2::timestamptz, $5::jsonb
  from keyfold.api_keys k
  join keyfold.users u on u.user_id = k.user_id
  where k.created_position < $1::bigint
    and ($3::text is null or k.user_id = $3::text)
    and ($4::bigint is null or (k.state ->> 'issuedAtMs')::bigint < $4::bigint)
    and (k.own_expires_at_ms is null or k.own_expires_at_ms > extract(epoch from $2::timestamptz) * 1000)
    and u.status <> 'erased'
  on conflict on constraint notices_subject_key do nothing`;
