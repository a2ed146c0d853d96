import { ProblemError } from '@keyfold/service-kit';
import type { Caller } from '../../http/caller.js';
import type { ApiKeyQueries, ApiKeyRecord } from '../../tables/api-key-queries.js';

/**
 * The caller's own key, looked up before a secret is made and hashed for it: hashing is dear.
 *
 * @throws ProblemError 404
 */
export async function findOwn(keys: ApiKeyQueries, keyId: string, caller: Caller): Promise<ApiKeyRecord> {
  const known = await keys.find(keyId);
  if (known?.key.userId !== caller.userId) throw new ProblemError(404, 'NOT_FOUND', 'There is no such key.');
  return known;
}
