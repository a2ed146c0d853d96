import { foldRole, initialRoleState, type RoleState } from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import { type FoldedRow, foldRows, type KnownRows } from './fold-rows.js';
import type { ProjectedRecord } from './projected-record.js';

export async function projectRoles(
  tx: Tx,
  records: readonly ProjectedRecord<'role'>[],
  known: KnownRows<RoleState>,
): Promise<void> {
  if (records.length === 0) return;
  const rows = await foldRows<'role', RoleState>(tx, records, {
    select: selectRoles,
    known,
    initial: initialRoleState,
    fold: foldRole,
  });
  // Names that become free are written before names that are taken: the unique index is checked row by row.
  for (const row of rows.sort((one, other) => rank(one) - rank(other))) tx.send(upsertRole, parameters(row));
}

const rank = ({ state }: FoldedRow<RoleState>): number => (state.status === 'active' ? 1 : 0);

function parameters({ id, state, version, createdPosition }: FoldedRow<RoleState>): unknown[] {
  const role = state.status === 'active' ? state : { name: null, permissions: [], system: false };
  return [
    id,
    version,
    createdPosition,
    role.name,
    role.permissions,
    role.system,
    state.status !== 'active',
    JSON.stringify(state),
  ];
}

export const selectRoles = prepared(
  'keyfold_project_select_roles',
  `
  select role_id as id, state, created_position
  from keyfold.roles
  where role_id = any ($1::text[])`,
);

const upsertRole = `
  insert into keyfold.roles (role_id, stream_version, created_position, name, permissions, is_system, is_deleted, state)
  values ($1::text, $2::bigint, $3::bigint, $4::text, $5::text[], $6::boolean, $7::boolean, $8::jsonb)
  on conflict on constraint roles_pkey do update
  set stream_version = excluded.stream_version, name = excluded.name, permissions = excluded.permissions,
    is_system = excluded.is_system, is_deleted = excluded.is_deleted, state = excluded.state`;
