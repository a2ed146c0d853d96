import { mayManageKeysOf, MissingPermissionError } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import type { Caller } from '../../http/caller.js';
import type { UserQueries } from '../../tables/user-queries.js';

/**
 * Refuses who manages nobody's keys. Whose keys a supervisor manages is decided for each user.
 *
 * @throws MissingPermissionError
 */
export function requireManager(caller: Caller): void {
  if (!caller.may('api-keys.manage') && !caller.may('api-keys.supervise'))
    throw new MissingPermissionError(
      ['api-keys.manage'],
      'This needs the permission api-keys.manage, or api-keys.supervise for a user whom you supervise.',
    );
}

/** @throws MissingPermissionError; ProblemError 404 for a user who is none of the caller's business */
export async function requireManagerOf(users: UserQueries, caller: Caller, userId: string): Promise<void> {
  requireManager(caller);
  const user = await users.find(userId);
  if (!user || !mayManageKeysOf(caller.authority, user.state))
    throw new ProblemError(404, 'NOT_FOUND', 'There is no such user.');
}
