import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DAY_MS } from '@keyfold/domain';
import { Database } from '../../platform/database.js';
import { withTransaction } from '../../platform/with-transaction.js';
import { readPolicy } from '../../tables/api-key-queries.js';
import { isNotBulkRevoked } from '../../tables/bulk-revocations.js';

/** Days before the end. */
const NOTICE_DAYS = [30, 14, 7, 1];
const NOTICE_MS = NOTICE_DAYS.map((days) => days * DAY_MS);
/**
 * Keys that one statement makes notices of: it must end within its time limit, however many come near their end at
 * once.
 */
const PAGE_KEYS = 2_000;

/** What commits together with the notices: the run that was finished last, and the one under way. */
interface Progress {
  readonly atMs?: number | null;
  readonly maxDays?: number | null;
  readonly run?: Run | null;
}

/** Going through the keys that have come near their end within a time, and how far this has come. */
interface Run {
  /** The time of the last run; null: all keys that have not ended. */
  readonly fromMs: number | null;
  readonly toMs: number;
  readonly maxDays: number;
  readonly range: number;
  readonly after: Place | null;
}

/**
 * Of a key in a range: the range's value, and the position of the key's first record, which tells keys with the same
 * value apart.
 */
interface Place {
  readonly value: number;
  readonly position: number;
}

/** Keys whose lifetime begins or ends after a moment, up to another. */
interface Range {
  readonly column: 'own_expires_at_ms' | 'issued_at_ms';
  readonly afterMs: number;
  readonly upToMs: number;
}

/**
 * Notifies owners of keys that expire soon, by the effective expiry at that moment. A run checks the keys that have
 * come close to their expiry since the last run. If the policy has changed, it checks all keys that have not expired.
 * After a time without runs, each key gets one notice, for the shortest time left. Each page has a transaction of its
 * own, so an interrupted run continues where it stopped.
 */
@Injectable()
export class ExpiryNotices {
  constructor(private readonly database: Database) {}

  /**
   * Finishes the run under way or does a new one; nothing while another replica is at it. @param signal ends it between
   * two pages
   */
  async run(signal?: AbortSignal): Promise<void> {
    for (let mayBegin = true; await this.step(mayBegin); mayBegin = false) if (signal?.aborted === true) return;
  }

  /** @returns whether the run has more pages */
  private step(mayBegin: boolean): Promise<boolean> {
    return withTransaction(this.database.pool, async (tx) => {
      const { rows } = await tx.query<{ state: Progress | null }>(lockProgress);
      const [row] = rows;
      if (row === undefined) return false;
      const progress = row.state ?? {};
      const { nowMs, settings } = await readPolicy(tx, this.database.logTime);
      // The log time has been out of step, or is about to be: what ends soon is told once the clocks agree again.
      if (this.database.logTime.suspicion !== null) return false;
      const run = runUnder(progress, settings.settings.maxApiKeyLifetimeDays, mayBegin ? nowMs : null);
      if (run === null) return false;
      const rest = await makePage(tx, run);
      const { atMs = null, maxDays = null } = progress;
      const next: Progress = rest ? { atMs, maxDays, run: rest } : { atMs: run.toMs, maxDays: run.maxDays, run: null };
      await tx.query(keepProgress, [JSON.stringify(next)]);
      return rest !== null;
    });
  }
}

/**
 * The run to go on with. One that began under another maximum lifetime is given up for a new one.
 *
 * @param nowMs null: begin none
 */
function runUnder({ atMs, maxDays: lastMaxDays, run }: Progress, maxDays: number, nowMs: number | null): Run | null {
  if (run?.maxDays === maxDays) return run;
  if (nowMs === null) return null;
  return { fromMs: lastMaxDays === maxDays ? (atMs ?? null) : null, toMs: nowMs, maxDays, range: 0, after: null };
}

/** Makes the notices of the next page of keys. @returns what is left of the run; null: nothing */
async function makePage(tx: pg.ClientBase, run: Run): Promise<Run | null> {
  const ranges = rangesOf(run);
  let { after } = run;
  for (const [nth, range] of ranges.entries()) {
    if (nth < run.range) continue;
    const { rows } = await tx.query<PageRow>(selectPage(range.column), [
      after?.value ?? range.afterMs,
      after?.position ?? Number.MAX_SAFE_INTEGER,
      range.upToMs,
      PAGE_KEYS,
    ]);
    const last = rows.at(-1);
    if (last !== undefined) await insertNotices(tx, run, rows);
    if (rows.length === PAGE_KEYS && last !== undefined)
      return { ...run, range: nth, after: { value: Number(last.value), position: Number(last.position) } };
    after = null;
  }
  return null;
}

// A key comes near its end by its own expiry, or by the maximum lifetime counted from its beginning. One that begins
// may be near its end already.
function rangesOf({ fromMs, maxDays, toMs }: Run): Range[] {
  if (fromMs === null) return [{ column: 'own_expires_at_ms', afterMs: toMs, upToMs: Number.MAX_SAFE_INTEGER }];
  const longestMs = maxDays * DAY_MS;
  return [
    ...NOTICE_MS.map((ms) => range('own_expires_at_ms', ms)),
    ...[...NOTICE_MS, longestMs].map((ms) => range('issued_at_ms', ms - longestMs)),
  ];

  function range(column: Range['column'], shiftMs: number): Range {
    return { column, afterMs: Number(fromMs) + shiftMs, upToMs: toMs + shiftMs };
  }
}

async function insertNotices(tx: pg.ClientBase, { maxDays, toMs }: Run, rows: readonly PageRow[]): Promise<void> {
  await tx.query(insertExpiring, [rows.map(({ key_id }) => key_id), NOTICE_MS, maxDays * DAY_MS, toMs]);
}

interface PageRow {
  readonly key_id: string;
  readonly value: string;
  readonly position: string;
}

const lockProgress = `
  select state
  from keyfold.notice_makers
  where name = 'expiry'
  for update skip locked`;

const keepProgress = `
  update keyfold.notice_makers
  set state = $1::jsonb
  where name = 'expiry'`;

const selectPage = (column: Range['column']): string => `
  select k.key_id, k.${column} as value, k.created_position as position
  from keyfold.api_keys k
  where (k.${column}, k.created_position) > ($1::bigint, $2::bigint)
    and k.${column} <= $3::bigint
    and not k.is_pending
    and not k.is_revoked
  order by k.${column}, k.created_position
  limit $4::int`;

// $1 the keys, $2 times before the end, $3 the longest lifetime, $4 now; times in milliseconds. A time before the end
// counts only if the key was meant to live longer than that, else every new key would come with a notice of its end;
// but one notice, of the last day, every key gets, and a policy that shortens lives is told whenever it does.
const insertExpiring = `
  with living as (
    select k.key_id, k.user_id, k.issued_at_ms, k.own_expires_at_ms,
      least(k.own_expires_at_ms, k.issued_at_ms + $3::bigint) as end_ms
    from keyfold.api_keys k
    join keyfold.users u on u.user_id = k.user_id
    where k.key_id = any ($1::text[])
      and not k.is_pending
      and not k.is_revoked
      and k.superseded_until_ms is null
      and u.status <> 'erased'
      and ${isNotBulkRevoked}
  ), due as (
    select l.*, (
      select min(before.ms)
      from unnest($2::bigint[]) as before (ms)
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
