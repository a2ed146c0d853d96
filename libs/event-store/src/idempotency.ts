import type { JsonObject } from '@keyfold/domain';
import type pg from 'pg';
import { translated } from './errors.js';

/** How long a claim keeps others away. Longer than an append may take, short enough to follow the death of a process. */
export const CLAIM_SECONDS = 20;
/** How long an answer is remembered; the contract promises 24 h. */
export const REMEMBERED_HOURS = 48;

export interface IdempotencyClaim {
  readonly actor: string;
  readonly key: string;
  /** Of method, path and body: what must be the same for a replay. The first is stored; a stored one that is any of them is this request's. */
  readonly fingerprints: readonly string[];
}

export type ClaimOutcome =
  | { kind: 'claimed' }
  | { kind: 'replay'; status: number; body: JsonObject }
  /** The first request with this key is still running, or its process died less than {@link CLAIM_SECONDS} ago. */
  | { kind: 'in-use' }
  /** The key belongs to another request. */
  | { kind: 'reused' };

// Takes over a claim whose process died and an answer that need not be remembered any longer. Only an open claim can be
// completed, and only under the head lock, so of two processes that hold one claim at most one appends.
const claimSql = `
  insert into keyfold.idempotency_keys as held (actor, key, fingerprint, claimed_at)
  values ($1::text, $2::text, $3::text, clock_timestamp())
  on conflict (actor, key) do update
  set fingerprint = excluded.fingerprint, claimed_at = excluded.claimed_at, status = null, body = null, completed_at = null
  where (held.status is null and held.claimed_at < clock_timestamp() - make_interval(secs => $4::double precision))
     or held.completed_at < clock_timestamp() - make_interval(hours => $5::integer)
  returning true`;

const findSql = `
  select fingerprint, status, body
  from keyfold.idempotency_keys
  where actor = $1::text
    and key = $2::text`;

interface HeldRow {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly body: JsonObject | null;
}

/** Claims a key for the request about to run. Whoever gets `claimed` appends with the key, completes it, or releases it. */
export async function claimIdempotencyKey(pool: pg.Pool, claim: IdempotencyClaim): Promise<ClaimOutcome> {
  const { actor, key, fingerprints } = claim;
  const values = [actor, key, fingerprints[0], CLAIM_SECONDS, REMEMBERED_HOURS];
  const claimed = await translated(pool.query(claimSql, values));
  if (claimed.rows.length > 0) return { kind: 'claimed' };
  const found = await translated(pool.query<HeldRow>(findSql, [actor, key]));
  const held = found.rows[0];
  // Released between the two statements: the caller may ask again, like behind any request still running.
  if (held === undefined) return { kind: 'in-use' };
  if (!fingerprints.includes(held.fingerprint)) return { kind: 'reused' };
  if (held.status === null || held.body === null) return { kind: 'in-use' };
  return { kind: 'replay', status: held.status, body: held.body };
}

const releaseSql = `
  delete from keyfold.idempotency_keys
  where actor = $1::text
    and key = $2::text
    and status is null`;

/** Gives a claim back after anything but a 2xx: the same key may then be used again. An answered key stays. */
export async function releaseIdempotencyKey(pool: pg.Pool, claim: { actor: string; key: string }): Promise<void> {
  await translated(pool.query(releaseSql, [claim.actor, claim.key]));
}

const completeSql = `
  update keyfold.idempotency_keys
  set status = $3::smallint, body = $4::json, completed_at = clock_timestamp()
  where actor = $1::text
    and key = $2::text
    and status is null`;

/**
 * Remembers the answer of a write that appended nothing and did not go through an append.
 *
 * @param answer a 2xx status, and a body without secrets and personal values.
 */
export async function completeIdempotencyKey(
  pool: pg.Pool,
  claim: { actor: string; key: string },
  answer: { status: number; body: JsonObject },
): Promise<void> {
  const values = [claim.actor, claim.key, answer.status, JSON.stringify(answer.body)];
  await translated(pool.query(completeSql, values));
}

// Skips what an append holds, so that cleaning can neither wait for one nor deadlock with it.
const cleanSql = `
  with gone as (
    select actor, key
    from keyfold.idempotency_keys
    where completed_at < clock_timestamp() - make_interval(hours => $1::integer)
    order by completed_at
    limit $2::integer
    for update skip locked
  )
  delete from keyfold.idempotency_keys as held
  using gone
  where held.actor = gone.actor
    and held.key = gone.key`;

/**
 * Deletes answers older than {@link REMEMBERED_HOURS}, at most `limit` of them; called now and then.
 *
 * @returns how many were deleted.
 */
export async function cleanIdempotencyKeys(pool: pg.Pool, limit = 10_000): Promise<number> {
  const { rowCount } = await translated(pool.query(cleanSql, [REMEMBERED_HOURS, limit]));
  return rowCount ?? 0;
}
