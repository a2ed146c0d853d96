import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import {
  type ApiKeyState,
  type ExistingApiKey,
  initialSettingsState,
  isExistingKey,
  type Revocation,
  type RoleLookup,
  type RoleState,
  type SettingsState,
  type UserState,
} from '@keyfold/domain';
import { clockColumns, type ClockRow, type LogTime, prepared } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { firstRevocations } from './bulk-revocations.js';
import { cursorText, type KeyCursor, type KeyFilter, keyListQuery, orderOf } from './key-list.js';
import { readListPolicy } from './key-status-conditions.js';
import { cutPage, type PageRequest, type RecordPage } from './page.js';
import { withSnapshot } from './snapshot.js';

/** A key as the tables have it. The owner's state of the same position decides who may see the key. */
export interface ApiKeyRecord {
  readonly version: number;
  readonly key: ExistingApiKey;
  readonly view: KeyView;
  readonly lastUsedAt: Date | null;
}

/** What a key is seen in: the facts of one position, and the log's clock. */
export interface KeyView {
  readonly settings: SettingsState;
  readonly owner: UserState;
  readonly role: RoleLookup;
  /** The first one that concerns the key. */
  readonly bulkRevocation: Revocation | null;
  readonly nowMs: number;
}

@Injectable()
export class ApiKeyQueries {
  constructor(private readonly database: Database) {}

  async find(keyId: string): Promise<ApiKeyRecord | undefined> {
    return withSnapshot(this.database.pool, async (tx) => {
      const result = await tx.query<KeyRow>(selectKey, [keyId]);
      const [record] = await toRecords(tx, result.rows, await readPolicy(tx, this.database.logTime));
      return record;
    });
  }

  /** Whose key it is and when it was last used, by one query: for commands, which judge the key by the log. */
  async findOwner(keyId: string): Promise<{ readonly userId: string; readonly lastUsedAt: Date | null } | undefined> {
    const { rows } = await this.database.pool.query<OwnerOfKeyRow>(selectOwnerOfKey([keyId]));
    const [row] = rows;
    return row && { userId: row.user_id, lastUsedAt: row.last_used_at };
  }

  /** Those that there are, in any order. */
  async findAll(keyIds: readonly string[]): Promise<ApiKeyRecord[]> {
    return withSnapshot(this.database.pool, async (tx) => {
      const { rows } = await tx.query<KeyRow>(selectKeysById, [keyIds]);
      return toRecords(tx, rows, await readPolicy(tx, this.database.logTime));
    });
  }

  /** Newest first. */
  async listOfUser(userId: string, page: PageRequest): Promise<RecordPage<ApiKeyRecord>> {
    return withSnapshot(this.database.pool, async (tx) => {
      const { rows } = await tx.query<ListedRow>(selectPageOfUser, [userId, page.after, page.limit + 1]);
      const keyOf = ({ created_position }: ListedRow): string => created_position;
      return pageOf(tx, rows, { page, keyOf, policy: await readPolicy(tx, this.database.logTime) });
    });
  }

  /** In the order that the filter asks for: see `orderOf`. */
  async list(filter: KeyFilter, page: PageRequest<KeyCursor>): Promise<RecordPage<ApiKeyRecord>> {
    return withSnapshot(this.database.pool, async (tx) => {
      // Read once: what the filter takes for active must not show as expired.
      const policy = await readPolicy(tx, this.database.logTime);
      const { nowMs, settings } = policy;
      const listPolicy = await readListPolicy(tx, { settings: settings.settings, nowMs });
      const bounds = { after: page.after, rows: page.limit + 1, policy: listPolicy };
      const query = keyListQuery(keyColumns, filter, bounds);
      const { rows } = await tx.query<SortedRow>(query);
      const order = orderOf(filter);
      const keyOf = (row: SortedRow): string => cursorText(order, row.cursor_value, row.created_position);
      return pageOf(tx, rows, { page, keyOf, policy });
    });
  }
}

interface OwnerOfKeyRow {
  readonly user_id: string;
  readonly last_used_at: Date | null;
}

/** A key and whose it is. */
export interface OwnedRow {
  readonly user_id: string;
  readonly state: ApiKeyState;
}

interface KeyRow extends OwnedRow {
  readonly stream_version: string;
  readonly last_used_at: Date | null;
}

interface ListedRow extends KeyRow {
  readonly created_position: string;
}

interface SortedRow extends ListedRow {
  readonly cursor_value: string;
}

/** The rows are paged, not the keys in them: one that cannot be read any more is left out without ending the list. */
async function pageOf<Row extends KeyRow>(
  tx: pg.PoolClient,
  rows: readonly Row[],
  options: { page: PageRequest<unknown>; keyOf: (row: Row) => string; policy: Policy },
): Promise<RecordPage<ApiKeyRecord>> {
  const { page, keyOf, policy } = options;
  const { records, next } = cutPage(rows, page, keyOf);
  return { records: await toRecords(tx, records, policy), next };
}

interface OwnerRow {
  readonly user_id: string;
  readonly state: UserState;
}

async function toRecords(tx: pg.PoolClient, rows: readonly KeyRow[], policy: Policy): Promise<ApiKeyRecord[]> {
  if (rows.length === 0) return [];
  const { settings, nowMs } = policy;
  const { owners, role } = await readOwners(tx, rows);
  const keys = rows.map(({ state }) => state).filter((state) => isExistingKey(state));
  const inBulk = await firstRevocations(tx, keys, settings);
  return rows.flatMap((row) => {
    const { state } = row;
    if (!isExistingKey(state)) return [];
    const owner = owners.get(row.user_id) ?? { status: 'none' };
    const bulkRevocation = inBulk.get(state.keyId) ?? null;
    const view = { settings, owner, role, bulkRevocation, nowMs };
    return [{ version: Number(row.stream_version), key: state, view, lastUsedAt: row.last_used_at }];
  });
}

/** The owners of these keys, and the roles that they hold. */
export async function readOwners(
  tx: pg.PoolClient,
  rows: readonly OwnedRow[],
): Promise<{ owners: ReadonlyMap<string, UserState>; role: KeyView['role'] }> {
  const userIds = [...new Set(rows.map(({ user_id }) => user_id))];
  const owners = await tx.query<OwnerRow>(selectOwners, [userIds]);
  const roles = await tx.query<RoleRow>(selectRoles, [userIds]);
  const byRoleId = new Map(roles.rows.map((row) => [row.role_id, row.state]));
  return {
    owners: new Map(owners.rows.map((row) => [row.user_id, row.state])),
    role: (roleId) => byRoleId.get(roleId),
  };
}

interface RoleRow {
  readonly role_id: string;
  readonly state: RoleState;
}

/** The settings, and the log time of this moment in whole milliseconds: no earlier than the last record. */
export interface Policy {
  readonly settings: SettingsState;
  readonly nowMs: number;
}

export async function readPolicy(tx: pg.ClientBase | pg.Pool, logTime: LogTime): Promise<Policy> {
  const asked = logTime.moment();
  const result = await tx.query<ClockRow & { state: SettingsState | null }>(selectPolicy());
  const [row] = result.rows;
  if (!row) throw new Error('no clock');
  return { settings: row.state ?? initialSettingsState, nowMs: Math.floor(logTime.observe(row, asked) / 1_000) };
}

const selectPolicy = prepared(
  'keyfold_select_policy',
  `
  select
    (select state from keyfold.settings where id = 1) as state,
    ${clockColumns()}
  from keyfold.log_head h
  where h.id = 1`,
);

// Of `k` and its use `u`.
const keyColumns = `k.user_id, k.stream_version, k.state, nullif(u.last_use, '-infinity') as last_used_at`;

const selectKey = `
  select ${keyColumns}
  from keyfold.api_keys k
  left join keyfold.key_uses u on u.created_position = k.created_position
  where k.key_id = $1::text`;

const selectOwnerOfKey = prepared(
  'keyfold_select_owner_of_key',
  `
  select k.user_id, nullif(u.last_use, '-infinity') as last_used_at
  from keyfold.api_keys k
  left join keyfold.key_uses u on u.created_position = k.created_position
  where k.key_id = $1::text`,
);

const selectKeysById = `
  select ${keyColumns}
  from keyfold.api_keys k
  left join keyfold.key_uses u on u.created_position = k.created_position
  where k.key_id = any ($1::text[])`;

const selectPageOfUser = `
  select ${keyColumns}, k.created_position
  from keyfold.api_keys k
  left join keyfold.key_uses u on u.created_position = k.created_position
  where k.user_id = $1::text
    and ($2::bigint is null or k.created_position < $2::bigint)
  order by k.created_position desc
  limit $3::int`;

const selectOwners = `
  select user_id, state
  from keyfold.users
  where user_id = any ($1::text[])`;

const selectRoles = `
  select role_id, state
  from keyfold.roles
  where role_id in (
    select g.role_id
    from keyfold.role_grants g
    where g.user_id = any ($1::text[])
  )`;
