import { DomainError, isExistingKey, keyStatus, type ApiKeyState } from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';
import type pg from 'pg';
import { readPolicy } from '../read-models/api-key-queries.js';

/** Refuses one more key for a user who has as many as allowed: active ones and those waiting to be claimed. Runs under the head lock. */
export async function refuseTooManyKeys(tx: Tx | pg.Pool, userId: string): Promise<DomainError | null> {
  const { settings, nowMs } = await readPolicy(tx);
  const candidates = await tx.query<{ state: ApiKeyState }>(selectCandidates, [userId, nowMs]);
  const counted = candidates.rows.filter(({ state }) => {
    if (!isExistingKey(state)) return false;
    const status = keyStatus(state, settings, nowMs);
    return status === 'active' || status === 'pending';
  });
  const maximum = settings.settings.maxActiveKeysPerUser;
  return counted.length < maximum
    ? null
    : new DomainError('KEY_LIMIT_REACHED', `A user may have at most ${maximum} active API keys.`);
}

/** Too many keys (409) is said before an expiry out of range (422), though it is only decided under the head lock. */
export async function limitBeforeExpiry(pool: pg.Pool, userId: string, error: unknown): Promise<never> {
  const comesAfter = error instanceof DomainError && error.code === 'EXPIRY_OUT_OF_RANGE';
  throw (comesAfter ? await refuseTooManyKeys(pool, userId) : null) ?? error;
}

const selectCandidates = `
  select state
  from keyfold.api_keys
  where user_id = $1::text
    and not is_revoked
    and superseded_until_ms is null
    and (own_expires_at_ms is null or own_expires_at_ms > $2::bigint)`;
