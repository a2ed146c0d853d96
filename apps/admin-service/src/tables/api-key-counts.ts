import { Injectable } from '@nestjs/common';
import { prepared, type Tx } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { isNotBulkRevoked } from './bulk-revocations.js';

/** Which keys a bulk revocation is for. A member that is null does not restrict. */
export interface BulkFilter {
  readonly userId: string | null;
  readonly issuedBeforeMs: number | null;
}

/** How many keys matched, and the log's last position then. */
export interface KeyCount {
  readonly keys: number;
  readonly position: number;
}

const PAGE_KEYS = 200_000;

@Injectable()
export class ApiKeyCounts {
  constructor(private readonly database: Database) {}

  /**
   * Counts the keys that match and that nothing has revoked yet. Page by page, since one statement over some millions
   * of keys would meet its time limit. The position is that of the first page, and no key is ever un-revoked: zero
   * means that no key made up to it was left at the end.
   *
   * @param pageKeys that one statement looks at
   */
  async notRevoked({ userId, issuedBeforeMs }: BulkFilter, pageKeys = PAGE_KEYS): Promise<KeyCount> {
    let [keys, position, after]: [number, number | null, number] = [0, null, 0];
    for (;;) {
      const { rows } = await this.database.pool.query<PageRow>(countPage, [userId, issuedBeforeMs, after, pageKeys]);
      const [page] = rows;
      if (page === undefined) throw new Error('a count has a row');
      keys += Number(page.keys);
      position ??= Number(page.head_position);
      if (page.last === null) return { keys, position };
      after = Number(page.last);
    }
  }
}

interface PageRow {
  readonly keys: string;
  readonly head_position: string;
  /** The position that the page ends with; null if it was the last one. */
  readonly last: string | null;
}

/**
 * Whether a matching key was issued or promised after a position. Runs under the head lock, so it must not read more
 * keys than were made since then: the order makes Postgres walk an index from its end, where a search without one might
 * read the whole table.
 */
export async function wereMadeAfter(
  tx: Pick<Tx, 'query'>,
  { issuedBeforeMs, userId }: BulkFilter,
  position: number,
): Promise<boolean> {
  const found = await tx.query(
    userId === null ? selectNewer([position, issuedBeforeMs]) : selectNewerOf([position, issuedBeforeMs, userId]),
  );
  return found.rows.length > 0;
}

const countPage = `
  with page as materialized (
    select k.user_id, k.created_position, k.created_at_ms, k.is_revoked
    from keyfold.api_keys k
    where k.created_position > $3::bigint
      and ($1::text is null or k.user_id = $1::text)
    order by k.created_position
    limit $4::int
  )
  select count(*) filter (
      where ($2::bigint is null or k.created_at_ms < $2::bigint)
        and not k.is_revoked
        and ${isNotBulkRevoked}
    ) as keys,
    case when count(*) = $4::int then max(k.created_position) end as last,
    (select h.size from keyfold.log_head h where h.id = 1) as head_position
  from page k`;

const isNewer = `k.created_position > $1::bigint
    and ($2::bigint is null or k.created_at_ms < $2::bigint)`;

const selectNewer = prepared(
  'keyfold_newer_key',
  `
  select 1
  from keyfold.api_keys k
  where ${isNewer}
  order by k.created_position desc
  limit 1`,
);

const selectNewerOf = prepared(
  'keyfold_newer_key_of_user',
  `
  select 1
  from keyfold.api_keys k
  where k.user_id = $3::text
    and ${isNewer}
  order by k.created_position desc
  limit 1`,
);
