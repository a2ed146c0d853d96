import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import {
  type ErasedUser,
  type LivingUser,
  type Permission,
  permissionsOf,
  type RoleState,
  userStream,
} from '@keyfold/domain';
import { Database } from '../platform/database.js';
import { cutPage, type PageRequest, type RecordPage } from './page.js';
import { searchQuery } from './search-words.js';
import { withSnapshot } from './snapshot.js';

export type KnownUser = LivingUser | ErasedUser;

/** A user as the read model has it, with the roles and the log's last position of the same moment. */
export interface UserRecord {
  readonly id: string;
  readonly version: number;
  readonly position: number;
  readonly state: KnownUser;
  readonly permissions: readonly Permission[];
  /** Name of a role that the user holds; undefined if there is no such role any more. */
  readonly roleName: (roleId: string) => string | undefined;
}

export const USER_STATUSES = ['active', 'deactivated', 'erased'] as const;

/** What a list of users may be narrowed to. */
export interface UserFilter {
  /** Beginnings of words of the user name, the display name or the e-mail address; whoever has all of them is found. */
  readonly query?: string | undefined;
  /** Of a role that they hold. */
  readonly roleId?: string | undefined;
  readonly status?: (typeof USER_STATUSES)[number] | undefined;
}

/** A part of the holders of a role, and how many there are. */
export interface HolderPage extends RecordPage<UserRecord> {
  readonly total: number;
}

@Injectable()
export class UserQueries {
  constructor(private readonly database: Database) {}

  async find(userId: string): Promise<UserRecord | undefined> {
    return this.findOne(`where u.user_id = $1::text`, userId);
  }

  /** @param username in its stored form */
  async findByUsername(username: string): Promise<UserRecord | undefined> {
    return this.findOne(`where u.username = $1::text`, username);
  }

  /** The first of these names, in their stored form, that no user has; undefined if all are taken. */
  async firstFreeName(usernames: readonly string[]): Promise<string | undefined> {
    const { rows } = await this.database.pool.query<{ username: string }>(selectTaken, [usernames]);
    const taken = new Set(rows.map(({ username }) => username));
    return usernames.find((username) => !taken.has(username));
  }

  /** Whoever has this identity, in whatever status. */
  async findByOidcIdentity({ issuer, subject }: { issuer: string; subject: string }): Promise<UserRecord | undefined> {
    return this.findOne(`where u.oidc_identities @> $1::jsonb`, JSON.stringify([{ issuer, subject }]));
  }

  /** In the order in which they were created. */
  async list(filter: UserFilter, page: PageRequest): Promise<RecordPage<UserRecord>> {
    return listUsers(this.database.pool, filter, page);
  }

  /**
   * A page of the users who hold a role, in the order in which they were created, and how many hold it. All of one
   * moment: a total of another would contradict the pages.
   *
   * @returns undefined if there is no such role
   */
  async listHolders(roleId: string, page: PageRequest): Promise<HolderPage | undefined> {
    return withSnapshot(this.database.pool, async (tx) => {
      const { rows } = await tx.query<{ holders: string }>(selectHolders, [roleId]);
      const [role] = rows;
      return role && { ...(await listUsers(tx, { roleId }, page)), total: Number(role.holders) };
    });
  }

  /**
   * Whether the password is still the one that the installation has set, configured or generated: others can read it.
   */
  async hasInitialPassword(userId: string): Promise<boolean> {
    const { rows } = await this.database.pool.query<{ actor: string }>(selectPasswordSetter, [userStream(userId)]);
    return rows[0]?.actor === 'system';
  }

  private async findOne(where: string, value: string): Promise<UserRecord | undefined> {
    const result = await this.database.pool.query<UserRow>(`${selectUser} ${where} and ${isKnown}`, [value]);
    const [row] = result.rows;
    return row && toRecord(row);
  }
}

async function listUsers(
  db: pg.ClientBase | pg.Pool,
  { query = '', roleId, status }: UserFilter,
  page: PageRequest,
): Promise<RecordPage<UserRecord>> {
  const isSearch = query.trim() !== '';
  const words = isSearch ? searchQuery(query) : null;
  if (isSearch && words === null) return { records: [], next: null };
  const values: unknown[] = [page.after ?? 0, page.limit + 1];
  const bind = (value: string): string => `$${values.push(value)}`;
  // Only what is asked for: Postgres then plans for these conditions alone.
  const conditions = [
    ...(words === null ? [] : [`u.search_words @@ ${bind(words)}::tsquery`]),
    ...(status === undefined ? [] : [`u.status = ${bind(status)}::text`]),
    ...(roleId === undefined ? [] : [holdsRole(bind(roleId))]),
  ];
  const result = await db.query<UserRow>(selectPage(conditions), values);
  const { records, next } = cutPage(result.rows, page, (row) => row.created_position);
  return { records: records.map(toRecord), next };
}

interface UserRow {
  readonly user_id: string;
  readonly stream_version: string;
  readonly head_position: string;
  readonly created_position: string;
  readonly state: KnownUser;
  readonly roles: readonly { readonly id: string; readonly state: RoleState }[];
}

function toRecord(row: UserRow): UserRecord {
  const roles = new Map(row.roles.map(({ id, state }) => [id, state]));
  const roleName = (roleId: string): string | undefined => {
    const role = roles.get(roleId);
    return role?.status === 'active' ? role.name : undefined;
  };
  return {
    id: row.user_id,
    version: Number(row.stream_version),
    position: Number(row.head_position),
    state: row.state,
    permissions: permissionsOf(row.state, (roleId) => roles.get(roleId)),
    roleName,
  };
}

const selectUser = `
  select u.user_id, u.stream_version, u.created_position, u.state,
    (select h.size from keyfold.log_head h where h.id = 1) as head_position,
    (
      select coalesce(jsonb_agg(jsonb_build_object('id', r.role_id, 'state', r.state)), '[]'::jsonb)
      from keyfold.role_grants g
      join keyfold.roles r on r.role_id = g.role_id
      where g.user_id = u.user_id
    ) as roles
  from keyfold.users u`;

const selectPasswordSetter = `
  select actor
  from keyfold.events
  where stream = $1::text
    and type = 'UserPasswordSet'
  order by version desc
  limit 1`;

const selectTaken = `
  select username
  from keyfold.users
  where username = any ($1::text[])`;

const selectHolders = `
  select (select count(*) from keyfold.role_grants g where g.role_id = r.role_id) as holders
  from keyfold.roles r
  where r.role_id = $1::text
    and not r.is_deleted`;

const isKnown = `u.status in ('active', 'deactivated', 'erased')`;

const holdsRole = (roleId: string): string => `
    exists (
      select 1
      from keyfold.role_grants held
      where held.user_id = u.user_id
        and held.role_id = ${roleId}::text
    )`;

const selectPage = (conditions: readonly string[]): string => `
  ${selectUser}
  where u.created_position > $1::bigint
    and ${[isKnown, ...conditions].join('\n    and ')}
  order by u.created_position
  limit $2::int`;
