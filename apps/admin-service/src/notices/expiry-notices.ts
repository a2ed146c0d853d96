import { Injectable } from '@nestjs/common';
import { DAY_MS, type BulkRevocation } from '@keyfold/domain';
import { Database } from '../core/database.js';
import { withTransaction } from '../core/with-transaction.js';
import { readPolicy } from '../read-models/api-key-queries.js';

/** Days before the end. */
const NOTICE_DAYS = [30, 14, 7, 1];

interface LastRun {
  readonly atMs: number;
  readonly maxDays: number;
}

/**
 * Tells owners of keys that end soon, by the effective expiry of that moment. A run looks at the keys that have come near their end since the
 * last one, and at all of them where the policy has changed; after a time without runs each key gets one notice, of the shortest time left. The
 * time of the last run commits together with its notices.
 */
@Injectable()
export class ExpiryNotices {
  constructor(private readonly database: Database) {}

  /** Does nothing while another replica is at it. */
  async run(): Promise<void> {
    await withTransaction(this.database.pool, async (tx) => {
      const { rows } = await tx.query<{ state: LastRun | null }>(lockLastRun);
      const [row] = rows;
      if (row === undefined) return;
      const { nowMs, settings } = await readPolicy(tx, this.database.logTime);
      // The log time has been out of step, or is about to be: what ends soon is told once the clocks agree again.
      if (this.database.logTime.suspicion !== null) return;
      const { maxApiKeyLifetimeDays: maxDays } = settings.settings;
      const last = row.state?.maxDays === maxDays ? row.state.atMs : null;
      await tx.query(insertExpiring, [
        NOTICE_DAYS.map((days) => days * DAY_MS),
        maxDays * DAY_MS,
        last,
        nowMs,
        JSON.stringify(settings.bulkRevocations satisfies readonly BulkRevocation[]),
      ]);
      await tx.query(keepRun, [JSON.stringify({ atMs: nowMs, maxDays } satisfies LastRun)]);
    });
  }
}

const lockLastRun = `
  select state
  from keyfold.notice_makers
  where name = 'expiry'
  for update skip locked`;

const keepRun = `
  update keyfold.notice_makers
  set state = $1::jsonb
  where name = 'expiry'`;

// $1 times before the end, $2 the longest lifetime, $3 the last run or null for all keys, $4 now; all in milliseconds. A time before the end
// counts only if the key was meant to live longer than that, else every new key would come with a notice of its end; but one notice, of the
// last day, every key gets, and a policy that shortens lives is told whenever it does.
const insertExpiring = `
  with near as (
    select k.key_id
    from keyfold.api_keys k
    where $3::bigint is null
      and not k.is_pending
      and not k.is_revoked
    union
    select k.key_id
    from unnest($1::bigint[]) as before (ms)
    join keyfold.api_keys k on k.own_expires_at_ms > $3::bigint + before.ms and k.own_expires_at_ms <= $4::bigint + before.ms
    where not k.is_pending
      and not k.is_revoked
    union
    select k.key_id
    from unnest($1::bigint[] || $2::bigint) as before (ms)
    join keyfold.api_keys k on k.issued_at_ms > $3::bigint + before.ms - $2::bigint
      and k.issued_at_ms <= $4::bigint + before.ms - $2::bigint
    where not k.is_pending
      and not k.is_revoked
  ), living as (
    select k.key_id, k.user_id, k.issued_at_ms, k.own_expires_at_ms,
      least(k.own_expires_at_ms, k.issued_at_ms + $2::bigint) as end_ms
    from near
    join keyfold.api_keys k on k.key_id = near.key_id
    join keyfold.users u on u.user_id = k.user_id
    where k.superseded_until_ms is null
      and u.status <> 'erased'
      and not exists (
        select 1
        from jsonb_to_recordset($5::jsonb) as b (position bigint, "userId" text, "issuedBeforeMs" bigint)
        where k.created_position < b.position
          and (b."userId" is null or b."userId" = k.user_id)
          and (b."issuedBeforeMs" is null or (k.state ->> 'issuedAtMs')::bigint < b."issuedBeforeMs")
      )
  ), due as (
    select l.*, (
      select min(before.ms)
      from unnest($1::bigint[]) as before (ms)
      where l.end_ms - before.ms <= $4::bigint
    ) as before_ms
    from living l
    where l.end_ms > $4::bigint
  )
  insert into keyfold.notices (subject, type, user_id, key_id, occurred_at, data)
  select 'expiring/' || d.key_id || '/' || d.before_ms / ${DAY_MS} || '/' || d.end_ms, 'ApiKeyExpiring', d.user_id, d.key_id,
    to_timestamp($4::bigint / 1000.0), jsonb_build_object(
      'daysLeft', d.before_ms / ${DAY_MS},
      'expiresAt', to_char(to_timestamp(d.end_ms / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'boundBy', case when d.end_ms < d.own_expires_at_ms then 'policy' else 'key' end
    )
  from due d
  where d.before_ms is not null
    and (d.end_ms - d.before_ms >= d.issued_at_ms or d.end_ms < d.own_expires_at_ms or d.before_ms = ${DAY_MS})
  on conflict on constraint notices_subject_key do nothing`;
