import { DAY_MS } from '@keyfold/domain';

/*
 * What the summary and the report of keys count alike: by calendar weeks, page by page, and each revoked key at the
 * moment at which it was revoked first.
 */

const WEEK_MS = 7 * DAY_MS;
/** 5 January 1970 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** That are counted, this one included. */
export const WEEKS = 52;
/** Keys whose rows one statement reads: all of them at once would meet its time limit. */
export const PAGE_KEYS = 100_000;

/** The number of the week that an instant is in. Weeks begin on Monday, UTC. */
export function weekOf(ms: number): number {
  return Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS);
}

/** When a week begins, milliseconds since 1970. */
export function startOf(week: number): number {
  return FIRST_MONDAY_MS + week * WEEK_MS;
}

/** {@link weekOf} in SQL. */
export const weekIn = (ms: string): string => `(${ms} - ${FIRST_MONDAY_MS}) / ${WEEK_MS}`;

/** Where the page `page` ends, of at most `$2` keys; null if it was the last one. */
export const pageEnd = (place: string): string =>
  `(select case when count(*) = $2::int then max(${place}) end from page) as last`;

/** When the key `k` was revoked by a record of its own; null for one that was not. */
export const ownRevokedAtMs = `case when k.is_revoked then (k.state ->> 'revokedAtMs')::bigint end`;

/**
 * When a revoked key was revoked. Agrees with `revocationOf`: by the first of its own record, a bulk revocation and its
 * owner's erasure.
 *
 * @param key a row with `own_revoked_at_ms` ({@link ownRevokedAtMs}), `user_id`, `created_position`, `created_at_ms`
 */
export const firstRevokedAtMs = (key: string): string => `least(
        ${key}.own_revoked_at_ms,
        (
          select min(b.at_ms)
          from keyfold.bulk_revocation_records b
          where b.user_id in (${key}.user_id, '')
            and b.position > ${key}.created_position
            and (b.issued_before_ms is null or ${key}.created_at_ms < b.issued_before_ms)
        ),
        (select (o.state ->> 'erasedAtMs')::bigint from keyfold.users o where o.user_id = ${key}.user_id)
      )`;
