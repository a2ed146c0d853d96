import { Injectable } from '@nestjs/common';
import type { ActiveRole } from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { toPage, type Page, type PageRequest } from '../http/cursor.js';
import { roleResource, type RoleResource } from '../features/roles/role-resource.js';

@Injectable()
export class RoleQueries {
  constructor(private readonly database: Database) {}

  async find(roleId: string): Promise<{ resource: RoleResource; version: number } | undefined> {
    const result = await this.database.pool.query<RoleRow>(selectRole, [roleId]);
    const [row] = result.rows;
    return row && { resource: roleResource(row.role_id, row.state), version: Number(row.stream_version) };
  }

  /** Of those names that are some role's, in this very spelling. */
  idsOf(names: readonly string[]): Promise<string[]> {
    return roleIdsNamed(this.database.pool, names);
  }

  async list(page: PageRequest): Promise<Page<RoleResource>> {
    const result = await this.database.pool.query<RoleRow>(selectPage, [page.after ?? 0, page.limit + 1]);
    return toPage(
      result.rows,
      page,
      (row) => roleResource(row.role_id, row.state),
      (row) => Number(row.created_position),
    );
  }
}

/** @returns the ids of the roles with one of these names, in this very spelling, in the order of the ids */
export async function roleIdsNamed(tx: Pick<Tx, 'query'>, names: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ role_id: string }>(selectIds([names]));
  return rows.map(({ role_id: id }) => id);
}

interface RoleRow {
  readonly role_id: string;
  readonly stream_version: string;
  readonly created_position: string;
  readonly state: ActiveRole;
}

const selectRole = `
  select role_id, stream_version, created_position, state
  from keyfold.roles
  where role_id = $1::text
    and not is_deleted`;

const selectIds = prepared(
  'keyfold_role_ids_named',
  `
  select role_id
  from keyfold.roles
  where name = any ($1::text[])
    and not is_deleted
  order by role_id`,
);

const selectPage = `
  select role_id, stream_version, created_position, state
  from keyfold.roles
  where created_position > $1::bigint
    and not is_deleted
  order by created_position
  limit $2::int`;
