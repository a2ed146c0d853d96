import { createHmac } from 'node:crypto';
import type pg from 'pg';
import {
  type ApiKeyState,
  formatInstant,
  isExistingKey,
  keyStatus,
  type SharedKeys,
  type UserState,
} from '@keyfold/domain';
import type { LogTime } from '@keyfold/event-store';
import type { RetiredKeyUse } from '@keyfold/messaging';
import type { Database } from '../../platform/database.js';
import { withTransaction } from '../../platform/with-transaction.js';
import { readPolicy } from '../../tables/api-key-queries.js';

/** More addresses than this are not told apart: the key is everywhere. */
const MAX_ADDRESSES = 1_000;

/**
 * Tells owners that somebody has proven a revoked or superseded key: at most once an hour for each key, with the number
 * of addresses.
 */
export class RetiredKeyNotices {
  constructor(
    private readonly database: Database,
    private readonly keys: SharedKeys,
  ) {}

  async record(uses: readonly RetiredKeyUse[]): Promise<void> {
    if (uses.length === 0) return;
    // In one order, so that two reports cannot wait for each other's keys in a circle.
    const ordered = [...uses].sort((left, right) => (left.keyId < right.keyId ? -1 : 1));
    for (const use of ordered) await withTransaction(this.database.pool, (tx) => this.recordOne(tx, use));
  }

  private async recordOne(tx: pg.PoolClient, reported: RetiredKeyUse): Promise<void> {
    const { keyId } = reported;
    // Two replicas with reports of the same key: the second finds the first one's notice.
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('keyfold retired key ' || $1::text, 0))`, [keyId]);
    const key = await findRetired(tx, keyId, this.database.logTime);
    if (key === null) return;
    // No time is taken that has not come yet.
    const use = { ...reported, at: formatInstant(Math.min(Date.parse(reported.at), key.nowMs)) };
    const { rows } = await tx.query<{ notice_id: string }>(findNotice, [keyId, use.at]);
    const noticeId = rows[0]?.notice_id ?? (await this.insert(tx, use, key));
    const hashes = use.addresses.map((address) => this.hash(noticeId, address));
    await tx.query(insertAddresses, [noticeId, hashes, MAX_ADDRESSES]);
    await tx.query(updateNotice, [noticeId, use.at]);
  }

  private async insert(tx: pg.PoolClient, { at, keyId }: RetiredKeyUse, key: RetiredKey): Promise<string> {
    const data = { keyStatus: key.status, lastUsedAt: at, addresses: 0 };
    const values = [`retired/${keyId}/${at}`, key.userId, keyId, at, JSON.stringify(data)];
    const { rows } = await tx.query<{ notice_id: string }>(insertNotice, values);
    const [row] = rows;
    if (row === undefined) throw new Error('a notice was not stored');
    return row.notice_id;
  }

  /** Bound to the notice, so that the rows of two notices say nothing about each other. */
  private hash(noticeId: string, address: string): Buffer {
    const [key] = this.keys.messageKeys;
    if (key === undefined) throw new TypeError('there is no shared secret');
    return createHmac('sha256', key).update(`keyfold retired key address v1\n${noticeId}\n${address}`).digest();
  }
}

interface RetiredKey {
  readonly userId: string;
  readonly status: 'revoked' | 'superseded';
  readonly nowMs: number;
}

/** Whether the key is retired is for the log to say, not for the report. */
async function findRetired(tx: pg.PoolClient, keyId: string, logTime: LogTime): Promise<RetiredKey | null> {
  const { rows } = await tx.query<{ state: ApiKeyState; owner: UserState }>(selectKey, [keyId]);
  const [row] = rows;
  if (row === undefined || !isExistingKey(row.state) || row.owner.status === 'erased') return null;
  const { nowMs, settings } = await readPolicy(tx, logTime);
  const status = keyStatus(row.state, settings, nowMs, row.owner);
  const { supersededUntilMs, userId } = row.state;
  if (status === 'revoked') return { userId, status, nowMs };
  return status === 'superseded' && supersededUntilMs !== null && supersededUntilMs <= nowMs
    ? { userId, status, nowMs }
    : null;
}

const selectKey = `
  select k.state, u.state as owner
  from keyfold.api_keys k
  join keyfold.users u on u.user_id = k.user_id
  where k.key_id = $1::text`;

const findNotice = `
  select notice_id
  from keyfold.notices
  where key_id = $1::text
    and type = 'RetiredKeyUsed'
    and occurred_at > $2::timestamptz - interval '1 hour'
    and occurred_at < $2::timestamptz + interval '1 hour'
  order by occurred_at
  limit 1`;

const insertNotice = `
  insert into keyfold.notices (subject, type, user_id, key_id, occurred_at, data)
  values ($1::text, 'RetiredKeyUsed', $2::text, $3::text, $4::timestamptz, $5::jsonb)
  returning notice_id`;

const insertAddresses = `
  insert into keyfold.retired_key_addresses (notice_id, address_hash)
  select $1::uuid, hash
  from unnest($2::bytea[]) as hash
  where (select count(*) from keyfold.retired_key_addresses where notice_id = $1::uuid) < $3::int
  on conflict on constraint retired_key_addresses_pkey do nothing`;

const updateNotice = `
  update keyfold.notices n
  set data = n.data || jsonb_build_object(
    'addresses', (select count(*) from keyfold.retired_key_addresses a where a.notice_id = n.notice_id),
    'lastUsedAt', greatest(n.data ->> 'lastUsedAt', $2::text)
  )
  where n.notice_id = $1::uuid`;
