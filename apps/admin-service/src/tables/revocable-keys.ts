import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import type { BulkFilter } from './api-key-counts.js';
import { isNotBulkRevoked } from './bulk-revocations.js';

/** Which keys a revocation of many is for: all conditions must hold, and a member that is null does not restrict. */
export interface RevocationFilter extends BulkFilter {
  readonly keyIds: readonly string[] | null;
  /**
   * Made before this instant and not used since; whose own expiry has passed is left out, as nothing brings it back.
   */
  readonly unusedSinceMs: number | null;
}

export interface OwnedKey {
  readonly keyId: string;
  readonly userId: string;
}

/** Owners that one statement looks at: all keys at once would meet its time limit. */
const PAGE_OWNERS = 20_000;

/** The keys that nothing has revoked yet. */
@Injectable()
export class RevocableKeys {
  constructor(private readonly database: Database) {}

  /** The newest first, at most `limit`. */
  async list(filter: RevocationFilter, limit: number): Promise<OwnedKey[]> {
    const values = [...this.values(filter), limit];
    const { rows } = await this.database.pool.query<{ key_id: string; user_id: string }>(selectKeys, values);
    return rows.map(({ key_id: keyId, user_id: userId }) => ({ keyId, userId }));
  }

  async count(filter: RevocationFilter): Promise<{ readonly keys: number; readonly users: number }> {
    let [keys, users, after]: [number, number, string | null] = [0, 0, ''];
    while (after !== null) {
      const values: unknown[] = [...this.values(filter), after, PAGE_OWNERS];
      const { rows } = await this.database.pool.query<CountRow>(countPage, values);
      const page: CountRow | undefined = rows[0];
      if (page === undefined) throw new Error('a count has a row');
      keys += Number(page.keys);
      users += Number(page.users);
      after = page.last;
    }
    return { keys, users };
  }

  private values({ issuedBeforeMs, keyIds, unusedSinceMs, userId }: RevocationFilter): unknown[] {
    return [userId, issuedBeforeMs, keyIds, unusedSinceMs, this.database.logTime.now().getTime()];
  }
}

interface CountRow {
  readonly keys: string;
  readonly users: string;
  /** The owner that the page ends with; null if it was the last one. */
  readonly last: string | null;
}

const matches = `
  ($1::text is null or k.user_id = $1::text)
    and ($2::bigint is null or k.created_at_ms < $2::bigint)
    and ($3::text[] is null or k.key_id = any ($3::text[]))
    and (
      $4::bigint is null
      or (
        k.created_at_ms < $4::bigint
        and (k.own_expires_at_ms is null or k.own_expires_at_ms > $5::bigint)
        and exists (
          select 1
          from keyfold.key_uses u
          where u.created_position = k.created_position
            and u.last_use < to_timestamp($4::float8 / 1000)
        )
      )
    )
    and not k.is_revoked
    and ${isNotBulkRevoked}`;

const selectKeys = `
  select k.key_id, k.user_id
  from keyfold.api_keys k
  where ${matches}
  order by k.created_position desc
  limit $6::int`;

const countPage = `
  with owners as materialized (
    select distinct k.user_id
    from keyfold.api_keys k
    where k.user_id > $6::text
      and ($1::text is null or k.user_id = $1::text)
    order by k.user_id
    limit $7::int
  )
  select count(*) as keys, count(distinct k.user_id) as users,
    (select case when count(*) = $7::int then max(user_id) end from owners) as last
  from keyfold.api_keys k
  join owners on owners.user_id = k.user_id
  where ${matches}`;
