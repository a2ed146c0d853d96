import type pg from 'pg';
import type { JsonObject } from '@keyfold/domain';
import { translated } from './errors.js';

/**
 * How long a claim keeps others away. Longer than an append may take, short enough to follow the death of a process.
 */
const CLAIM_SECONDS = 20;
/** How long an answer is remembered; the contract promises 24 h. */
const REMEMBERED_HOURS = 48;
/** How long a claim without an answer is kept. No request runs that long, so its process has died. */
const ABANDONED_HOURS = 1;

export interface IdempotencyClaim {
  readonly actor: string;
  readonly key: string;
  /**
   * Of method, path and body: what must be the same for a replay. The first is stored; a stored one that is any of them
   * is this request's.
   */
  readonly fingerprints: readonly string[];
  /** While Postgres's clock is suspect, no answer counts as too old to be given again. */
  readonly keepsOldAnswers?: boolean;
}

/** A claim as its holder names it. */
export interface HeldClaim {
  readonly actor: string;
  readonly key: string;
  /**
   * Of this claim alone. A claim that was taken over has another, so who lost it can neither complete nor release it.
   */
  readonly token: string;
}

export type ClaimOutcome =
  | { kind: 'claimed'; claim: HeldClaim }
  | { kind: 'replay'; status: number; body: JsonObject }
  /** The first request with this key is still running, or its process died less than {@link CLAIM_SECONDS} ago. */
  | { kind: 'in-use' }
  /** The key belongs to another request. */
  | { kind: 'reused' };

/** The token of a claim: when it was made, in microseconds. */
export const claimToken = (row: string): string => `(extract(epoch from ${row}.claimed_at) * 1000000)::bigint::text`;

// Takes over a claim of the same request whose process died, and an answer that need not be remembered any longer. A
// claim of another request stays as it is: that one may still run, and its answer must not be found under this
// request's fingerprint. The token changes with the claim, so of two processes that hold it only the later one can
// append.
const claimSql = `
  insert into keyfold.idempotency_keys as held (actor, key, fingerprint, claimed_at)
  values ($1::text, $2::text, ($3::text[])[1], clock_timestamp())
  on conflict (actor, key) do update
  set fingerprint = excluded.fingerprint, claimed_at = excluded.claimed_at, status = null, body = null, completed_at = null
  where (
      held.status is null
      and held.fingerprint = any ($3::text[])
      and held.claimed_at < clock_timestamp() - make_interval(secs => $4::double precision)
    )
    or (not $6::boolean and held.completed_at < clock_timestamp() - make_interval(hours => $5::integer))
  returning ${claimToken('held')} as token`;

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

/**
 * Claims a key for the request about to run. Whoever gets `claimed` appends with the key, completes it, or releases it.
 */
export async function claimIdempotencyKey(pool: pg.Pool, claim: IdempotencyClaim): Promise<ClaimOutcome> {
  const { actor, key, fingerprints, keepsOldAnswers = false } = claim;
  const values = [actor, key, fingerprints, CLAIM_SECONDS, REMEMBERED_HOURS, keepsOldAnswers];
  const claimed = await translated(pool.query<{ token: string }>(claimSql, values));
  const [taken] = claimed.rows;
  if (taken !== undefined) return { kind: 'claimed', claim: { actor, key, token: taken.token } };
  const found = await translated(pool.query<HeldRow>(findSql, [actor, key]));
  const held = found.rows[0];
  // Released between the two statements: the caller may ask again, like behind any request still running.
  if (held === undefined) return { kind: 'in-use' };
  if (!fingerprints.includes(held.fingerprint)) return { kind: 'reused' };
  if (held.status === null || held.body === null) return { kind: 'in-use' };
  return { kind: 'replay', status: held.status, body: held.body };
}

const releaseSql = `
  delete from keyfold.idempotency_keys as held
  where held.actor = $1::text
    and held.key = $2::text
    and held.status is null
    and ${claimToken('held')} = $3::text`;

/** Gives a claim back after anything but a 2xx: the same key may then be used again. An answered key stays. */
export async function releaseIdempotencyKey(pool: pg.Pool, { actor, key, token }: HeldClaim): Promise<void> {
  await translated(pool.query(releaseSql, [actor, key, token]));
}

const completeSql = `
  update keyfold.idempotency_keys as held
  set status = $4::smallint, body = $5::json, completed_at = clock_timestamp()
  where held.actor = $1::text
    and held.key = $2::text
    and held.status is null
    and ${claimToken('held')} = $3::text`;

/**
 * Remembers the answer of a write that appended nothing and did not go through an append. Does nothing if the claim was
 * taken over: then the answer of who has it now is remembered.
 *
 * @param answer a 2xx status, and a body without secrets and personal values.
 */
export async function completeIdempotencyKey(
  pool: pg.Pool,
  { actor, key, token }: HeldClaim,
  answer: { status: number; body: JsonObject },
): Promise<void> {
  const values = [actor, key, token, answer.status, JSON.stringify(answer.body)];
  await translated(pool.query(completeSql, values));
}

// Skips what an append holds, so that cleaning can neither wait for one nor deadlock with it.
const cleanSql = `
  with gone as (
    select actor, key
    from keyfold.idempotency_keys
    where completed_at < now() - make_interval(hours => $1::integer)
      or (completed_at is null and claimed_at < now() - make_interval(hours => $2::integer))
    limit $3::integer
    for update skip locked
  )
  delete from keyfold.idempotency_keys as held
  using gone
  where held.actor = gone.actor
    and held.key = gone.key`;

/**
 * Deletes answers older than {@link REMEMBERED_HOURS} and claims older than {@link ABANDONED_HOURS}, at most `limit` of
 * them; called now and then.
 *
 * @returns how many were deleted.
 */
export async function cleanIdempotencyKeys(db: pg.Pool | pg.ClientBase, limit = 10_000): Promise<number> {
  const { rowCount } = await translated(db.query(cleanSql, [REMEMBERED_HOURS, ABANDONED_HOURS, limit]));
  return rowCount ?? 0;
}
