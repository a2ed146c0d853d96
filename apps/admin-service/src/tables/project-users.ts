import { isDeepStrictEqual } from 'node:util';
import { foldUser, initialUserState, type UserState } from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import { type FoldedRow, foldRows, type KnownRows } from './fold-rows.js';
import type { ProjectedRecord } from './projected-record.js';
import { searchWords } from './search-words.js';

export async function projectUsers(
  tx: Tx,
  records: readonly ProjectedRecord<'user'>[],
  known: KnownRows<UserState>,
): Promise<void> {
  if (records.length === 0) return;
  const rows = await foldRows<'user', UserState>(tx, records, {
    select: selectUsers,
    known,
    initial: initialUserState,
    fold: foldUser,
  });
  for (const row of rows) tx.send(upsertUser(parameters(row)));
  replaceGrants(tx, rows);
  followSupervisors(tx, rows);
  for (const record of records) endSessions(tx, record);
}

function replaceGrants(tx: Tx, rows: readonly FoldedRow<UserState>[]): void {
  const changed = rows.filter(({ before, state }) => !isDeepStrictEqual(roleIdsOf(before), roleIdsOf(state)));
  if (changed.length === 0) return;
  const grants = changed.flatMap(({ id, state }) =>
    roleIdsOf(state).map((roleId) => ({ user_id: id, role_id: roleId })),
  );
  tx.send(writeGrants([changed.map(({ id }) => id), JSON.stringify(grants)]));
}

/** Keys carry their owner's supervisor, for the supervisor's lists. */
function followSupervisors(tx: Tx, rows: readonly FoldedRow<UserState>[]): void {
  for (const { id, before, state } of rows)
    if (before !== null && supervisorOf(before) !== supervisorOf(state))
      tx.send(updateSupervisor, [id, supervisorOf(state)]);
}

const supervisorOf = (state: UserState): string | null =>
  state.status === 'active' || state.status === 'deactivated' ? state.supervisorId : null;

const roleIdsOf = (state: UserState | null): readonly string[] =>
  state !== null && 'roleIds' in state ? state.roleIds : [];

/** In this transaction, so that no session outlives, even by a moment or a crash, the event that ends it. */
function endSessions(tx: Tx, { read, id, correlationId }: ProjectedRecord<'user'>): void {
  if (read.kind !== 'event') return;
  const { type } = read.recorded.event;
  if (type === 'UserPasswordSet') tx.send(deleteOtherSessions, [id, correlationId]);
  if (type === 'UserDeactivated' || type === 'UserErased') tx.send(deleteSessions, [id]);
}

function parameters({ id, state, version, createdPosition }: FoldedRow<UserState>): unknown[] {
  const user =
    state.status === 'none' || state.status === 'unusable'
      ? { username: null, displayName: null, email: null, supervisorId: null, createdAtMs: 0 }
      : state;
  const profile = [user.username, user.displayName, user.email, state.status, user.supervisorId];
  const words = searchWords(user.username, user.displayName, user.email);
  return [id, version, createdPosition, new Date(user.createdAtMs), ...profile, JSON.stringify(state), words];
}

export const selectUsers = prepared(
  'keyfold_project_select_users',
  `
  select user_id as id, state, created_position
  from keyfold.users
  where user_id = any ($1::text[])`,
);

const upsertUser = prepared(
  'keyfold_project_upsert_user',
  `
  insert into keyfold.users (
    user_id, stream_version, created_position, created_at, username, display_name, email, status, supervisor_id, state,
    search_words
  )
  values (
    $1::text, $2::bigint, $3::bigint, $4::timestamptz, $5::text, $6::text, $7::text, $8::text, $9::text, $10::jsonb,
    array_to_tsvector($11::text[])
  )
  on conflict on constraint users_pkey do update
  set stream_version = excluded.stream_version, username = excluded.username, display_name = excluded.display_name,
    email = excluded.email, status = excluded.status, supervisor_id = excluded.supervisor_id, state = excluded.state,
    search_words = excluded.search_words`,
);

// Both parts see the table as it was, and none writes a row that the other one does.
const writeGrants = prepared(
  'keyfold_project_write_grants',
  `
  with held as materialized (
    select user_id, role_id
    from jsonb_to_recordset($2::jsonb) as r (user_id text, role_id text)
  ),
  withdrawn as (
    delete from keyfold.role_grants g
    where g.user_id = any ($1::text[])
      and not exists (
        select 1
        from held
        where held.user_id = g.user_id
          and held.role_id = g.role_id
      )
  )
  insert into keyfold.role_grants (user_id, role_id)
  select user_id, role_id
  from held
  on conflict on constraint role_grants_pkey do nothing`,
);

const updateSupervisor = `
  update keyfold.api_keys
  set supervisor_id = $2::text
  where user_id = $1::text`;

const deleteSessions = `
  delete from keyfold.sessions
  where user_id = $1::text`;

const deleteOtherSessions = `
  delete from keyfold.sessions
  where user_id = $1::text
    and kept_by_correlation_id is distinct from $2::text`;
