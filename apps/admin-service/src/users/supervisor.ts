import { ProblemError } from '@keyfold/service-kit';
import type { Database } from '../core/database.js';

/** @throws ProblemError 400 if there is no such user; a supervisor may be deactivated, since that can be undone */
export async function demandSupervisor({ pool }: Database, supervisorId: string | null): Promise<void> {
  if (supervisorId === null) return;
  const found = await pool.query(selectSupervisor, [supervisorId]);
  if (found.rows.length === 0)
    throw new ProblemError(400, 'INVALID_REQUEST', 'The request has members that cannot be used.', {
      errors: [{ path: '/supervisorId', message: 'is no user' }],
    });
}

const selectSupervisor = `
  select 1
  from keyfold.users
  where user_id = $1::text
    and status in ('active', 'deactivated')`;
