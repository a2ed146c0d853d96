import { Injectable } from '@nestjs/common';
import {
  initialSettingsState,
  isExistingKey,
  type ApiKeyState,
  type ExistingApiKey,
  type RoleState,
  type SettingsState,
  type UserState,
} from '@keyfold/domain';
import type pg from 'pg';
import { apiKeyResource, type ApiKeyResource, type KeyView } from '../api-keys/api-key-resource.js';
import { Database } from '../core/database.js';
import { toPage, type Page, type PageRequest } from '../http/cursor.js';
import { withSnapshot } from './snapshot.js';

/** A key as the read model has it, and the owner's state of the same position: it decides who may see the key. */
export interface ApiKeyRecord {
  readonly version: number;
  readonly key: ExistingApiKey;
  readonly owner: UserState;
  readonly resource: ApiKeyResource;
}

@Injectable()
export class ApiKeyQueries {
  constructor(private readonly database: Database) {}

  async find(keyId: string): Promise<ApiKeyRecord | undefined> {
    return withSnapshot(this.database.pool, async (tx) => {
      const result = await tx.query<KeyRow>(selectKey, [keyId]);
      const [record] = await toRecords(tx, result.rows);
      return record;
    });
  }

  /** Newest first. */
  async listOfUser(userId: string, page: PageRequest): Promise<Page<ApiKeyResource>> {
    return withSnapshot(this.database.pool, async (tx) => {
      const result = await tx.query<KeyRow>(selectPageOfUser, [userId, page.after, page.limit + 1]);
      const records = await toRecords(tx, result.rows);
      return toPage(
        records,
        page,
        ({ resource }) => resource,
        ({ key }) => key.issuedPosition,
      );
    });
  }
}

interface KeyRow {
  readonly user_id: string;
  readonly stream_version: string;
  readonly state: ApiKeyState;
  readonly last_used_at: Date | null;
}

interface OwnerRow {
  readonly user_id: string;
  readonly state: UserState;
}

async function toRecords(tx: pg.PoolClient, rows: readonly KeyRow[]): Promise<ApiKeyRecord[]> {
  if (rows.length === 0) return [];
  const userIds = [...new Set(rows.map(({ user_id }) => user_id))];
  const { settings, nowMs } = await readPolicy(tx);
  const owners = new Map(
    (await tx.query<OwnerRow>(selectOwners, [userIds])).rows.map((row) => [row.user_id, row.state]),
  );
  const roles = new Map(
    (await tx.query<{ role_id: string; state: RoleState }>(selectRoles, [userIds])).rows.map((row) => [
      row.role_id,
      row.state,
    ]),
  );
  const role: KeyView['role'] = (roleId) => roles.get(roleId);
  return rows.flatMap((row) => {
    const { state } = row;
    if (!isExistingKey(state)) return [];
    const owner = owners.get(row.user_id) ?? { status: 'none' };
    const resource = apiKeyResource(state, { settings, owner, role, nowMs }, row.last_used_at);
    return [{ version: Number(row.stream_version), key: state, owner, resource }];
  });
}

/** The settings, and the log's clock: the later of the last record's time and Postgres's. */
export async function readPolicy(tx: pg.ClientBase | pg.Pool): Promise<{ settings: SettingsState; nowMs: number }> {
  const result = await tx.query<{ state: SettingsState | null; now_ms: string }>(selectPolicy);
  const [row] = result.rows;
  if (!row) throw new Error('no clock');
  return { settings: row.state ?? initialSettingsState, nowMs: Number(row.now_ms) };
}

const selectPolicy = `
  select
    (select state from keyfold.settings where id = 1) as state,
    floor(extract(epoch from greatest(clock_timestamp(), h.recorded_at)) * 1000)::bigint as now_ms
  from keyfold.log_head h
  where h.id = 1`;

const keyColumns = `k.user_id, k.stream_version, k.state, k.last_used_at`;

const selectKey = `
  select ${keyColumns}
  from keyfold.api_keys k
  where k.key_id = $1::text`;

const selectPageOfUser = `
  select ${keyColumns}
  from keyfold.api_keys k
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
