import { Injectable } from '@nestjs/common';
import type { ActiveRole } from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { cutPage, type PageRequest, type RecordPage } from './page.js';

/** A role as the table has it. */
export interface RoleRecord {
  readonly id: string;
  readonly version: number;
  readonly state: ActiveRole;
}

@Injectable()
export class RoleQueries {
  constructor(private readonly database: Database) {}

  async find(roleId: string): Promise<RoleRecord | undefined> {
    const result = await this.database.pool.query<RoleRow>(selectRole, [roleId]);
    const [row] = result.rows;
    return row && toRecord(row);
  }

  /** Of those names that are some role's, in this very spelling. */
  idsOf(names: readonly string[]): Promise<string[]> {
    return roleIdsNamed(this.database.pool, names);
  }

  async list(page: PageRequest): Promise<RecordPage<RoleRecord>> {
    const result = await this.database.pool.query<RoleRow>(selectPage, [page.after ?? 0, page.limit + 1]);
    const { records, next } = cutPage(result.rows, page, (row) => row.created_position);
    return { records: records.map(toRecord), next };
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

function toRecord({ role_id: id, state, stream_version }: RoleRow): RoleRecord {
  return { id, version: Number(stream_version), state };
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
