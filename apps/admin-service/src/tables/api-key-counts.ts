import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DAY_MS } from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { isNotBulkRevoked, isOtherThanRevoked, revokedBelow } from './bulk-revocations.js';
import { kept } from './key-count-changes.js';
import { withSnapshot } from './snapshot.js';

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

  /**
   * Counts the keys that match and that nothing has revoked yet, on one snapshot. No key is ever un-revoked: zero means
   * that no key made up to the position was left. Those of a user are read; those of everybody are counted from what is
   * kept for that (migration 0020), and only of the day that the instant falls into keys are read, from an index. Where
   * that says that none is left, the keys themselves are asked: on a number that is wrong a revocation must not rest.
   */
  notRevoked({ issuedBeforeMs, userId }: BulkFilter): Promise<KeyCount> {
    return withSnapshot(this.database.pool, async (tx) => {
      const { rows } = await tx.query<StateRow>(selectState);
      const [state] = rows;
      if (state === undefined) throw new Error('log_head has no row');
      const position = Number(state.head_position);
      if (userId !== null) {
        const keys = await count(tx, selectOfUser, [userId, issuedBeforeMs, state.revoked_below]);
        return { keys, position };
      }
      const limit = issuedBeforeMs === null ? ALL_KEYS : { ms: issuedBeforeMs, position: 0 };
      const counted = await keptBefore(tx, limit, state);
      return { keys: counted > 0 ? counted : await count(tx, selectLeft, [limit.ms]), position };
    });
  }
}

async function keptBefore(tx: pg.ClientBase, limit: Limit, state: StateRow): Promise<number> {
  const unrevoked = await unrevokedBefore(tx, limit);
  // Only then the class of a key may not say that it is revoked.
  if (!state.is_due) return unrevoked;
  const first = { ms: Number(state.first_made_ms ?? ALL_KEYS.ms), position: Number(state.revoked_below) };
  const unswept = await unrevokedBefore(tx, first);
  const ofUsers = await count(tx, selectUnsweptOfUsers, [limit.ms, state.revoked_below]);
  return unrevoked - unswept - ofUsers;
}

interface StateRow {
  readonly head_position: string;
  /** Whether keys may be revoked in bulk without their class saying so. */
  readonly is_due: boolean;
  /** All keys before this position are revoked. */
  readonly revoked_below: string;
  /** Of the first key that is not among those; null if there is none. */
  readonly first_made_ms: string | null;
}

/** A place in the order of keys, which is that of their instants: the log's times never go back. */
interface Limit {
  readonly ms: number;
  /** Keys of that instant come before the limit if their position does. */
  readonly position: number;
}

const ALL_KEYS: Limit = { ms: Number.MAX_SAFE_INTEGER, position: 0 };

/** Keys of a day that are read on one side of a limit before the other side is tried, which may have fewer. */
const FEW = 1_000;

/**
 * Keys before a limit whose class says that they are not revoked. Those of whole days are kept. Of the day that the
 * limit cuts keys are read: behind the limit where those before it are many. Who means all keys so far has none there.
 */
async function unrevokedBefore(tx: pg.ClientBase, { ms, position }: Limit): Promise<number> {
  const day = Math.min(Math.floor(ms / DAY_MS), LAST_DAY);
  const limit = [ms, position];
  const before = [day, 1, day * DAY_MS, 0, ...limit];
  const after = [day + 1, -1, ...limit, (day + 1) * DAY_MS, 0];
  for (const side of [before, after]) {
    const { rows } = await tx.query<DaysRow>(selectDays, [...side, FEW]);
    if (rows[0] !== undefined && rows[0].read < FEW) return Number(rows[0].keys);
  }
  return count(tx, selectDays, [...before, null]);
}

interface DaysRow {
  readonly keys: string;
  /** Keys that were read. */
  readonly read: number;
}

async function count(tx: pg.ClientBase, text: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await tx.query<{ keys: string }>(text, [...values]);
  return Number(rows[0]?.keys ?? 0);
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

/** A day that no key is made on; the number of the next one is a bucket's as well. */
const LAST_DAY = 2_147_483_646;

const selectState = `
  select h.size as head_position, s.is_due, revoked.below as revoked_below,
    (
      select k.created_at_ms
      from keyfold.api_keys k
      where k.created_position >= revoked.below
      order by k.created_position
      limit 1
    ) as first_made_ms
  from keyfold.log_head h
  cross join keyfold.key_list_sweeps s
  cross join (select ${revokedBelow} as below) as revoked
  where h.id = 1`;

const selectOfUser = `
  select count(*) as keys
  from keyfold.api_keys k
  where k.user_id = $1::text
    and ${isOtherThanRevoked}
    and ($2::bigint is null or k.created_at_ms < $2::bigint)
    and k.created_position >= $3::bigint
    and k.created_position >= coalesce(
      (select b.before_position from keyfold.bulk_revocations b where b.user_id = $1::text), 0
    )`;

// Ordered as the index is: the planner takes the range for a part of all keys, and would read the table.
const selectDays = `
  select part.read, part.keys * $2::int + coalesce(
      (
        select sum(c.keys)
        from ${kept} as c
        where c.measure = 'unrevoked'
          and c.bucket < $1::int
      ),
      0
    ) as keys
  from (
    select count(*)::int as read, count(*) filter (where k.list_class <> 'revoked') as keys
    from (
      select k.list_class
      from keyfold.api_keys k
      where (k.created_at_ms, k.created_position) >= ($3::bigint, $4::bigint)
        and (k.created_at_ms, k.created_position) < ($5::bigint, $6::bigint)
      order by k.created_at_ms, k.created_position
      limit $7::int
    ) as k
  ) as part`;

// User by user, which the planner would not do on its own: it cannot know how few they are.
const selectUnsweptOfUsers = `
  select count(*) as keys
  from keyfold.bulk_revocations b
  cross join lateral (
    select 1
    from keyfold.api_keys k
    where k.user_id = b.user_id
      and ${isOtherThanRevoked}
      and k.created_position < b.before_position
      and k.created_position >= $2::bigint
      and k.created_at_ms < $1::bigint
    offset 0
  ) as k`;

// Few are looked at where none is left: those whose class does not say yet that they are revoked.
const selectLeft = `
  select count(*) as keys
  from keyfold.api_keys k
  where ${isOtherThanRevoked}
    and k.created_at_ms < $1::bigint
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
