import {
  ADMINISTRATOR_ROLE_ID,
  type Decided,
  decideUser,
  foldRole,
  foldUsername,
  initialRoleState,
  initialUserState,
  type RoleState,
  roleStream,
  SYSTEM,
  type UserEvent,
  userStream,
} from '@keyfold/domain';
import type { PostgresEventStore } from '@keyfold/event-store';
import { ConfigError } from '@keyfold/service-kit';
import { normalisePassword } from '../features/users/password-rules.js';
import type { AdminConfig } from '../platform/admin-config.js';
import type { SecretHasher } from '../platform/secret-hasher.js';
import { userAfter } from '../write/state-after.js';
import { foldRecords } from '../write/stream-reader.js';
import { SYSTEM_ACTOR, untilAppended } from '../write/until-appended.js';
import { type FirstPassword, obtainFirstPassword } from './first-password.js';

/**
 * Fixed, so that the stream's version says whether there has ever been a first administrator: one who was erased, or
 * lost the role, is not brought back by a restart, and of several replicas that start at once one makes the user.
 */
const FIRST_ADMINISTRATOR_ID = 'first-administrator';

export interface FirstAdministrator {
  readonly username: string;
  /** Where the password was kept; null if it was configured, or only the operator's terminal has it. */
  readonly passwordFile: string | null;
  /** Set if it was generated and could not be kept in a file: must be shown now, nobody will know it later. */
  readonly passwordToShow: string | null;
}

/** Whether there has never been an administrator: whatever a first start decides is decided before there is one. */
export async function isFirstStart(store: PostgresEventStore): Promise<boolean> {
  return (await store.readStream(userStream(FIRST_ADMINISTRATOR_ID))).length === 0;
}

/** @returns what was made, or null if there has been a first administrator already */
export async function createFirstAdministrator(
  parts: { store: PostgresEventStore; hasher: SecretHasher; config: AdminConfig },
  correlationId: string,
): Promise<FirstAdministrator | null> {
  const { store, hasher, config } = parts;
  const stream = userStream(FIRST_ADMINISTRATOR_ID);
  if (!(await isFirstStart(store))) return null;
  const username = foldUsername(config.settings.KEYFOLD_ADMIN_USERNAME);
  if (username === null)
    throw new ConfigError("KEYFOLD_ADMIN_USERNAME: must be 1 to 128 characters of a-z, 0-9 and . _ @ + ' -");

  // If we crash after this line, the next start finds the file and uses the password in it.
  const password = await obtainFirstPassword(config);
  const passwordHash = await hasher.hash(normalisePassword(password.password));
  const outcome = await untilAppended(async () => {
    if ((await store.readStream(stream)).length > 0) return { kind: 'unchanged', headPosition: 0 };
    const role = await store.readStream(roleStream(ADMINISTRATOR_ROLE_ID));
    const administrator = foldRecords({ category: 'role', initial: initialRoleState, fold: foldRole }, role);
    return store.append({
      expected: [
        { stream, version: 0 },
        { stream: roleStream(ADMINISTRATOR_ROLE_ID), version: role.length },
      ],
      events: decideAdministrator(username, passwordHash, administrator),
      actor: SYSTEM_ACTOR,
      correlationId,
    });
  });
  if (outcome.kind === 'appended') return announcement(username, password);
  // Another replica was faster, so ours is nobody's password.
  await password.discard();
  return null;
}

function decideAdministrator(username: string, passwordHash: string, administrator: RoleState): Decided<UserEvent>[] {
  const about = { userId: FIRST_ADMINISTRATOR_ID, by: SYSTEM } as const;
  const profile = { username, displayName: null, email: null, supervisorId: null, passwordHash };
  const lookup = (): RoleState => administrator;
  const created = decideUser({ type: 'CreateUser', ...about, ...profile }, initialUserState, lookup);
  const grant = { type: 'GrantRole', ...about, roleId: ADMINISTRATOR_ROLE_ID } as const;
  return [...created, ...decideUser(grant, userAfter(initialUserState, created), lookup)];
}

function announcement(username: string, { source, file, password }: FirstPassword): FirstAdministrator {
  return { username, passwordFile: file, passwordToShow: source === 'generated' && file === null ? password : null };
}
