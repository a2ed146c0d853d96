import type { Pool } from 'pg';
import { type ApiKeyState, initialUserState, isExistingKey, type UserState } from '@keyfold/domain';
import type { GatewayFacts, ReadRows } from './gateway-facts.js';

/** The tables could not be read in time; nothing can be said about the key. */
export class FactsUnavailableError extends Error {
  override readonly name = 'FactsUnavailableError';
}

interface Row {
  readonly applied_size: string;
  readonly key_version: number | null;
  readonly key_state: ApiKeyState | null;
  readonly user_version: number | null;
  readonly user_state: UserState | null;
  readonly proof: Buffer | null;
}

/** One statement, so one snapshot: the rows are exactly as of the position that comes with them. */
const READ_KEY = `
  select
    projection.applied_size,
    api_keys.version as key_version,
    api_keys.state as key_state,
    users.version as user_version,
    users.state as user_state,
    remembered_proofs.proof
  from projection
  left join api_keys on api_keys.key_id = $1::text
  left join users on users.user_id = api_keys.user_id
  left join remembered_proofs on remembered_proofs.key_id = api_keys.key_id
  where projection.id = 1`;

/** Memory follows a commit within microseconds; longer means that something is wrong. */
const MEMORY_WAIT_MS = 2_000;
/** Each further attempt means that a record has touched this very key or its owner meanwhile. */
const MAX_ATTEMPTS = 20;

/**
 * Brings keys that are not in memory there, each with its owner and its remembered proof. Requests for the same key
 * share the read of the rows, and nothing else.
 */
export class FactLoader {
  private readonly loads = new Map<string, Promise<'held' | 'absent'>>();
  /** Keys that were in memory when somebody presented them, since the start. */
  hits = 0;
  /** Keys that had to be brought there. */
  misses = 0;

  constructor(
    private readonly facts: GatewayFacts,
    /** Where the rows come from; all as of the position that comes with them. */
    private readonly readRows: (keyId: string) => Promise<ReadRows>,
  ) {}

  /**
   * Resolves once the key is in memory, or is known not to exist at a position that memory has reached.
   *
   * @throws FactsUnavailableError
   */
  load(keyId: string): Promise<'held' | 'absent'> {
    let load = this.loads.get(keyId);
    this.misses++;
    if (load === undefined) {
      load = this.loadUntilCurrent(keyId).finally(() => this.loads.delete(keyId));
      this.loads.set(keyId, load);
    }
    return load;
  }

  private async loadUntilCurrent(keyId: string): Promise<'held' | 'absent'> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { appliedSize: appliedBefore, trustGeneration } = this.facts;
      const rows = await this.read(keyId);
      // The tables' server has lost commits that memory has: rows from before a revocation must not get in.
      if (rows.appliedSize < appliedBefore) throw new FactsUnavailableError('the tables are behind memory');
      if (!(await this.facts.whenApplied(rows.appliedSize, MEMORY_WAIT_MS)))
        throw new FactsUnavailableError('memory did not follow the tables');
      // A row that was put right meanwhile may have been read as it was before.
      if (this.facts.trustGeneration !== trustGeneration) continue;
      // No await between here and the return: admitting and the check that nothing has touched the rows are one step.
      const found = this.facts.admit(rows);
      if (found === 'distrusted') throw new FactsUnavailableError('the row differs from the log');
      if (found !== 'stale') return found;
    }
    throw new FactsUnavailableError('the key changes faster than it can be read');
  }

  private async read(keyId: string): Promise<ReadRows> {
    try {
      return await this.readRows(keyId);
    } catch (error) {
      throw new FactsUnavailableError('the tables cannot be read', { cause: error });
    }
  }
}

/** Reads a key, its owner and its remembered proof: one query by primary keys. */
export async function readKeyRows(pool: Pool, keyId: string): Promise<ReadRows> {
  const { rows } = await pool.query<Row>({ name: 'read-key', text: READ_KEY, values: [keyId] });
  const [row] = rows;
  if (row === undefined) throw new Error('the projection has not been prepared');
  const appliedSize = Number(row.applied_size);
  if (row.key_state === null || row.key_version === null)
    return { appliedSize, keyId, key: undefined, user: undefined };
  const fact = { version: row.key_version, state: row.key_state };
  return { appliedSize, keyId, key: { fact, proof: row.proof }, user: ownerOf(row, row.key_state) };
}

/**
 * A key whose owner has no row is held with an owner who does not exist, so that it is not looked up again and again.
 */
function ownerOf(row: Row, key: ApiKeyState): ReadRows['user'] {
  if (!isExistingKey(key)) return undefined;
  const state = row.user_state === null ? initialUserState : row.user_state;
  return { userId: key.userId, fact: { version: row.user_version ?? 0, state } };
}
