import { BUILT_IN_ROLES, type BuiltInRole, decideRole, foldRole, initialRoleState, roleStream } from '@keyfold/domain';
import type { PostgresEventStore } from '@keyfold/event-store';
import { foldRecords } from '../write/stream-reader.js';
import { SYSTEM_ACTOR, untilAppended } from '../write/until-appended.js';

/**
 * Makes the built-in roles, or brings them up to what this version says they are. Doing it again, or in several
 * replicas at once, changes nothing.
 */
export async function installBuiltInRoles(store: PostgresEventStore, correlationId: string): Promise<void> {
  for (const role of BUILT_IN_ROLES) await untilAppended(() => install(store, role, correlationId));
}

async function install(
  store: PostgresEventStore,
  role: BuiltInRole,
  correlationId: string,
): ReturnType<PostgresEventStore['append']> {
  const stream = roleStream(role.id);
  const records = await store.readStream(stream);
  const state = foldRecords({ category: 'role', initial: initialRoleState, fold: foldRole }, records);
  const events = decideRole({ type: 'InstallBuiltInRole', role }, state);
  // Nothing is written, so the start need not wait until the log may be.
  if (events.length === 0) return { kind: 'unchanged', headPosition: records.length };
  return store.append({
    expected: [{ stream, version: records.length }],
    events,
    actor: SYSTEM_ACTOR,
    correlationId,
  });
}
