import { DAY_MS, DomainError, type SecuritySettings } from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import type { Database } from '../../platform/database.js';
import { readPolicy } from '../../tables/api-key-queries.js';
import { isNotBulkRevoked } from '../../tables/bulk-revocations.js';

/**
 * Refuses one more key for a user who has as many as allowed: active ones and those waiting to be claimed. Runs under
 * the head lock.
 *
 * @param policy the settings in force, and the log time that is decided by
 */
export async function refuseTooManyKeys(
  tx: Pick<Tx, 'query'>,
  userId: string,
  { nowMs, settings }: { readonly settings: SecuritySettings; readonly nowMs: number },
): Promise<DomainError | null> {
  const { maxActiveKeysPerUser: maximum } = settings;
  return (await countKeysOf(tx, userId, { nowMs, settings, most: maximum })) < maximum
    ? null
    : new DomainError('KEY_LIMIT_REACHED', `A user may have at most ${maximum} active API keys.`);
}

/**
 * How many keys of a user count against the limit: active ones and those waiting to be claimed.
 *
 * @param policy.most where counting ends
 */
export async function countKeysOf(
  tx: Pick<Tx, 'query'>,
  userId: string,
  policy: { readonly settings: SecuritySettings; readonly nowMs: number; readonly most: number },
): Promise<number> {
  const { most, nowMs, settings } = policy;
  const counted = await tx.query<{ keys: string }>(
    countKeys([userId, most, settings.maxApiKeyLifetimeDays * DAY_MS, nowMs]),
  );
  return Number(counted.rows[0]?.keys);
}

/** Too many keys (409) is said before an expiry out of range (422), though it is only decided under the head lock. */
export async function limitBeforeExpiry({ logTime, pool }: Database, userId: string, error: unknown): Promise<never> {
  if (!(error instanceof DomainError) || error.code !== 'EXPIRY_OUT_OF_RANGE') throw error;
  const { nowMs, settings } = await readPolicy(pool, logTime);
  throw (await refuseTooManyKeys(pool, userId, { nowMs, settings: settings.settings })) ?? error;
}

// Agrees with `keyStatus` on which keys are active or pending; ends at the maximum.
const countKeys = prepared(
  'keyfold_count_keys',
  `
  select count(*) as keys
  from (
    select 1
    from keyfold.api_keys k
    where k.user_id = $1::text
      and not k.is_revoked
      and ${isNotBulkRevoked}
      and k.superseded_until_ms is null
      and (k.own_expires_at_ms is null or k.own_expires_at_ms > $4::bigint)
      and (k.is_pending or k.issued_at_ms + $3::bigint > $4::bigint)
    limit $2::int
  ) as counted`,
);
