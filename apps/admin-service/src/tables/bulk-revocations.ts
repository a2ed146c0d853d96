import type pg from 'pg';
import {
  type ExistingApiKey,
  isBulkRevoked,
  type Revocation,
  type RevocationReason,
  type SettingsState,
} from '@keyfold/domain';

/** The user id of the row that concerns the keys of all users; no user has it. */
export const EVERYBODY = '';

/** The classes but `revoked`. */
const otherThanRevoked = `'live', 'over', 'pending', 'superseded'`;

/** Below this position every key is revoked. The planner evaluates it once for a statement, not for each row. */
export const revokedBelow = `coalesce(
      (select everybody.before_position from keyfold.bulk_revocations everybody where everybody.user_id = '${EVERYBODY}'), 0
    )`;

/**
 * That no bulk revocation concerns the key `k`: what `isBulkRevoked` finds in the settings' state, as a condition over
 * many rows.
 */
export const isNotBulkRevoked = `k.created_position >= ${revokedBelow}
    and not exists (
      select 1
      from keyfold.bulk_revocations b
      where b.user_id = k.user_id
        and k.created_position < b.before_position
    )`;

/**
 * Whether a bulk revocation concerns keys whose class does not say so yet. Looks at the first key of each other class,
 * of all keys and of each user whose keys were revoked: some index look-ups, whatever the number of keys.
 */
export async function areRevocationsUnswept(db: Pick<pg.ClientBase, 'query'>): Promise<boolean> {
  const { rows } = await db.query<{ are_unswept: boolean }>(selectUnswept);
  return rows[0]?.are_unswept ?? false;
}

/** That the class of the key `k` does not say that it is revoked. */
export const isOtherThanRevoked = `k.list_class in (${otherThanRevoked})`;
const otherClasses = `unnest(array[${otherThanRevoked}]) as other (list_class)`;

// By the expression that the indexes have, descending: the first position.
const firstOther = (user: string): string => `
    select k.created_position
    from keyfold.api_keys k
    where k.list_class = other.list_class
      ${user}
    order by (-k.created_position) desc
    limit 1`;

const selectUnswept = `
  select exists (
    select 1
    from ${otherClasses}
    cross join lateral (${firstOther('')}) as first
    where first.created_position < ${revokedBelow}
  ) or exists (
    select 1
    from keyfold.bulk_revocations b
    cross join ${otherClasses}
    cross join lateral (${firstOther('and k.user_id = b.user_id')}) as first
    where first.created_position < b.before_position
  ) as are_unswept`;

/**
 * The first bulk revocation of each of these keys, by key id; keys that none concerns are left out. The settings say
 * which keys are revoked in bulk, so this asks the database only where one is.
 */
export async function firstRevocations(
  db: Pick<pg.ClientBase, 'query'>,
  keys: readonly ExistingApiKey[],
  settings: SettingsState,
): Promise<ReadonlyMap<string, Revocation>> {
  const revoked = keys.filter((key) => isBulkRevoked(key, settings.bulkRevocations)).map(({ keyId }) => keyId);
  if (revoked.length === 0) return new Map();
  const { rows } = await db.query<FirstRow>(selectFirst, [revoked]);
  return new Map(rows.map(({ at_ms: atMs, key_id: keyId, reason }) => [keyId, { atMs: Number(atMs), reason }]));
}

/** Position of the first bulk revocation of a key; null if none concerns it. */
export async function firstBulkRevocation(db: Pick<pg.ClientBase, 'query'>, keyId: string): Promise<number | null> {
  const { rows } = await db.query<FirstRow>(selectFirst, [[keyId]]);
  return rows[0] === undefined ? null : Number(rows[0].position);
}

interface FirstRow {
  readonly position: string;
  readonly key_id: string;
  readonly at_ms: string;
  readonly reason: RevocationReason;
}

// Two index scans for each key, each ending at the first hit; together in one condition they would be a scan of all
// that came later.
const firstOf = (userId: string): string => `
    (
      select b.position, b.at_ms, b.reason
      from keyfold.bulk_revocation_records b
      where b.user_id = ${userId}
        and b.position > k.created_position
        and (b.issued_before_ms is null or k.created_at_ms < b.issued_before_ms)
      order by b.position
      limit 1
    )`;

const selectFirst = `
  select k.key_id, first.position, first.at_ms, first.reason
  from keyfold.api_keys k
  cross join lateral (
    select found.position, found.at_ms, found.reason
    from (${firstOf('k.user_id')} union all ${firstOf(`'${EVERYBODY}'`)}) as found
    order by found.position
    limit 1
  ) as first
  where k.key_id = any ($1::text[])`;
