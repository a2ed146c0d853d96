import { DomainError } from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';
import { fieldProblem, invalidRequest } from '@keyfold/service-kit';
import type { Database } from '../../platform/database.js';

const INVALID_MEMBERS = 'The request has invalid members.';

/**
 * @param ofUserId whose supervisor it would be; null for one who is not there yet
 * @throws ProblemError 400 if there is no such user, or it is the user; a supervisor may be deactivated, since that can
 *   be undone
 */
export async function demandSupervisor(
  { pool }: Database,
  supervisorId: string | null,
  ofUserId: string | null = null,
): Promise<void> {
  if (supervisorId === null) return;
  if (supervisorId === ofUserId)
    throw invalidRequest(INVALID_MEMBERS, [fieldProblem('/supervisorId', 'OWN_SUPERVISOR')]);
  const found = await pool.query(selectSupervisor, [supervisorId]);
  if (found.rows.length === 0) throw invalidRequest(INVALID_MEMBERS, [fieldProblem('/supervisorId', 'NO_USER')]);
}

/** A supervisor who was erased since {@link demandSupervisor} found them. Runs under the head lock. */
export async function refuseGoneSupervisor(
  tx: Pick<Tx, 'query'>,
  supervisorId: string | null,
): Promise<DomainError | null> {
  if (supervisorId === null) return null;
  const found = await tx.query(selectSupervisor, [supervisorId]);
  return found.rows.length > 0 ? null : new DomainError('INVALID_REQUEST', 'The supervisor does not exist.');
}

const selectSupervisor = `
  select 1
  from keyfold.users
  where user_id = $1::text
    and status in ('active', 'deactivated')`;
