import type { Permission, RoleState } from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';

/** A role of whatever status, with the log's last position of the same moment. */
export interface RoleOfMoment {
  readonly state: RoleState;
  readonly version: number;
  readonly position: number;
}

/** @returns the role; of status `none` if there never was one */
export async function readRoleOfMoment(tx: Pick<Tx, 'query'>, roleId: string): Promise<RoleOfMoment> {
  const { rows } = await tx.query<RoleRow>(selectRole, [roleId]);
  const [row] = rows;
  if (row === undefined) throw new Error('log_head has no row');
  return {
    state: row.state ?? { status: 'none' },
    version: Number(row.stream_version ?? 0),
    position: Number(row.position),
  };
}

interface RoleRow {
  readonly state: RoleState | null;
  readonly stream_version: string | null;
  readonly position: string;
}

/** How many people have these permissions by this role and by no other. */
export interface SoleHolders {
  /** People for whom that is so of at least one of the permissions. */
  readonly users: number;
  readonly byPermission: ReadonlyMap<Permission, number>;
}

export async function countSoleHolders(
  tx: Pick<Tx, 'query'>,
  roleId: string,
  permissions: readonly Permission[],
): Promise<SoleHolders> {
  const { rows } = await tx.query<CountRow>(selectSoleHolders, [roleId, permissions]);
  const counts = rows.map(({ permission, users }) => [permission, Number(users)] as const);
  return {
    users: counts.find(([permission]) => permission === null)?.[1] ?? 0,
    byPermission: new Map(counts.flatMap(([permission, users]) => (permission === null ? [] : [[permission, users]]))),
  };
}

interface CountRow {
  /** Null in the row of all together. */
  readonly permission: Permission | null;
  readonly users: string;
}

const selectRole = `
  select h.size as position, r.state, r.stream_version
  from keyfold.log_head h
  left join keyfold.roles r on r.role_id = $1::text
  where h.id = 1`;

const selectSoleHolders = `
  select p.permission, count(distinct g.user_id) as users
  from keyfold.role_grants g
  cross join unnest($2::text[]) as p (permission)
  where g.role_id = $1::text
    and not exists (
      select 1
      from keyfold.role_grants other
      join keyfold.roles r on r.role_id = other.role_id
      where other.user_id = g.user_id
        and other.role_id <> g.role_id
        and not r.is_deleted
        and p.permission = any (r.permissions)
    )
  group by grouping sets ((p.permission), ())`;
