import { Injectable } from '@nestjs/common';
import { prepared, type Tx } from '@keyfold/event-store';
import { Database } from '../core/database.js';
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

@Injectable()
export class ApiKeyCounts {
  constructor(private readonly database: Database) {}

  /** Counts the keys that match and that nothing has revoked yet, in one snapshot with the log's position. */
  async notRevoked({ userId, issuedBeforeMs }: BulkFilter): Promise<KeyCount> {
    const { rows } = await this.database.pool.query<{ keys: string; position: string }>(countNotRevoked, [
      userId,
      issuedBeforeMs,
    ]);
    return { keys: Number(rows[0]?.keys ?? 0), position: Number(rows[0]?.position ?? 0) };
  }
}

/**
 * Whether a matching key was issued or promised after a position. Runs under the head lock, so it must not read more keys than were made since
 * then: the order makes Postgres walk an index from its end, where a search without one might read the whole table.
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

const countNotRevoked = `
  select count(*) as keys, (select h.size from keyfold.log_head h where h.id = 1) as position
  from keyfold.api_keys k
  where ($1::text is null or k.user_id = $1::text)
    and ($2::bigint is null or k.created_at_ms < $2::bigint)
    and not k.is_revoked
    and ${isNotBulkRevoked}`;

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
