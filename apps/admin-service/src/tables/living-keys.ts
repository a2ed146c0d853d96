import type pg from 'pg';
import { type ExistingApiKey, isExistingKey, type RoleLookup, type UserState } from '@keyfold/domain';
import { type OwnedRow, readOwners } from './api-key-queries.js';

const BATCH_ROWS = 500;

/** A key, and what decides over it besides the settings. */
export interface KeyWithFacts {
  readonly key: ExistingApiKey;
  readonly owner: UserState;
  readonly role: RoleLookup;
}

/**
 * All keys that may be active, owner by owner, read by a cursor of this transaction. What is surely over by itself is
 * left out.
 */
export async function* streamLivingKeys(tx: pg.PoolClient, nowMs: number): AsyncGenerator<KeyWithFacts> {
  await tx.query(declareCursor(notSuperseded), [nowMs]);
  yield* fetchAll(tx);
}

/** All keys of the holders of a role that may pass a gateway: also rotated ones within their grace. */
export async function* streamPassingKeysOfRole(
  tx: pg.PoolClient,
  nowMs: number,
  roleId: string,
): AsyncGenerator<KeyWithFacts> {
  await tx.query(declareCursor(withinGraceOfHolder), [nowMs, roleId]);
  yield* fetchAll(tx);
}

async function* fetchAll(tx: pg.PoolClient): AsyncGenerator<KeyWithFacts> {
  for (;;) {
    const { rows } = await tx.query<OwnedRow>(`fetch ${BATCH_ROWS} from living_keys`);
    if (rows.length === 0) break;
    yield* await withFacts(tx, rows);
  }
  await tx.query('close living_keys');
}

async function withFacts(tx: pg.PoolClient, rows: readonly OwnedRow[]): Promise<KeyWithFacts[]> {
  const { owners, role } = await readOwners(tx, rows);
  return rows.flatMap(({ user_id, state }) =>
    isExistingKey(state) ? [{ key: state, owner: owners.get(user_id) ?? { status: 'none' }, role }] : [],
  );
}

const notSuperseded = `k.superseded_until_ms is null`;

const withinGraceOfHolder = `coalesce(k.superseded_until_ms > $1::bigint, true)
    and exists (
      select 1
      from keyfold.role_grants g
      where g.user_id = k.user_id
        and g.role_id = $2::text
    )`;

const declareCursor = (condition: string): string => `
  declare living_keys no scroll cursor for
  select k.user_id, k.state
  from keyfold.api_keys k
  where not k.is_pending
    and not k.is_revoked
    and ${condition}
    and k.own_expires_at_ms > $1::bigint
  order by k.user_id, k.created_position`;
