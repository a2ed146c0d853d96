import { DAY_MS, DomainError, type SecuritySettings } from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import type pg from 'pg';
import { clockMs, readPolicy } from '../read-models/api-key-queries.js';
import { isNotBulkRevoked } from '../read-models/bulk-revocations.js';

/**
 * Refuses one more key for a user who has as many as allowed: active ones and those waiting to be claimed. Runs under the head lock.
 *
 * @param settings the ones in force
 */
export async function refuseTooManyKeys(
  tx: Pick<Tx, 'query'>,
  userId: string,
  settings: SecuritySettings,
): Promise<DomainError | null> {
  const { maxActiveKeysPerUser: maximum, maxApiKeyLifetimeDays } = settings;
  const counted = await tx.query<{ keys: string }>(countKeys([userId, maximum, maxApiKeyLifetimeDays * DAY_MS]));
  return Number(counted.rows[0]?.keys) < maximum
    ? null
    : new DomainError('KEY_LIMIT_REACHED', `A user may have at most ${maximum} active API keys.`);
}

/** Too many keys (409) is said before an expiry out of range (422), though it is only decided under the head lock. */
export async function limitBeforeExpiry(pool: pg.Pool, userId: string, error: unknown): Promise<never> {
  if (!(error instanceof DomainError) || error.code !== 'EXPIRY_OUT_OF_RANGE') throw error;
  const { settings } = await readPolicy(pool);
  throw (await refuseTooManyKeys(pool, userId, settings.settings)) ?? error;
}

// Agrees with `keyStatus` on which keys are active or pending; ends at the maximum.
const countKeys = prepared(
  'keyfold_count_keys',
  `
  with clock as materialized (
    select ${clockMs} as now_ms
    from keyfold.log_head h
    where h.id = 1
  )
  select count(*) as keys
  from (
    select 1
    from clock
    cross join keyfold.api_keys k
    where k.user_id = $1::text
      and not k.is_revoked
      and ${isNotBulkRevoked}
      and k.superseded_until_ms is null
      and (k.own_expires_at_ms is null or k.own_expires_at_ms > clock.now_ms)
      and (k.is_pending or k.issued_at_ms + $3::bigint > clock.now_ms)
    limit $2::int
  ) as counted`,
);
