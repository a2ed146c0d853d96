import pg from 'pg';
import { type Category, Frontier, type RoleState, type SettingsState } from '@keyfold/domain';
import type { Fact, FactChange } from '../facts/fact.js';
import { applyInOneStatement, type NextState } from './apply-in-one-statement.js';
import { factOf, type FactRow, keysOf, loadFacts, writeFacts } from './fact-tables.js';

/**
 * Nothing here waits for the disk: what a crash of the tables' server takes is in the log and is sent again. A process
 * that lives on keeps its memory and takes nothing older from the tables; one that starts anew allows nothing before it
 * has applied a new head's size.
 */
const BEGIN = 'begin; set local synchronous_commit = off';

export interface StoredProjection {
  readonly appliedSize: number;
  readonly frontier: Frontier;
  readonly checkpoint: string | null;
  readonly settings: Fact<SettingsState> | undefined;
  readonly roles: readonly (readonly [string, Fact<RoleState>])[];
}

/** One batch's transaction: what is applied already, and what may be done. */
export interface ProjectionTransaction {
  /** Locked until the end, so that of several processes of one gateway one at a time applies. */
  readonly appliedSize: number;
  load(category: Category, ids: readonly string[]): Promise<Map<string, FactChange['fact']>>;
  write(changes: readonly FactChange[]): Promise<void>;
  /** Keys of a person who was erased. */
  keysOf(userId: string): Promise<string[]>;
  setPosition(position: { appliedSize: number; frontier: Frontier; checkpoint: string }): Promise<void>;
}

export class WrongLogError extends Error {
  override readonly name = 'WrongLogError';
}

/** @throws WrongLogError */
export function requireLog(found: string | undefined, logKeyId: string): void {
  if (found !== logKeyId)
    throw new WrongLogError(`this gateway's tables belong to the log ${found ?? '?'}, not to ${logKeyId}`);
}

/** The projection's tables: rows, frontier and applied position always change together. */
export class ProjectionStore {
  constructor(
    readonly pool: pg.Pool,
    private readonly logKeyId: string,
  ) {}

  /**
   * Makes the projection of an empty log where there is none. Processes of one gateway may start together.
   *
   * @throws WrongLogError if the tables were folded from another log
   */
  async prepare(): Promise<void> {
    await this.pool.query({
      text: `
        insert into projection (id, log_key_id, applied_size, frontier, checkpoint)
        values (1, $1::text, 0, ''::bytea, null)
        on conflict (id) do nothing`,
      values: [this.logKeyId],
    });
    const { rows } = await this.pool.query<{ log_key_id: string }>('select log_key_id from projection where id = 1');
    requireLog(rows[0]?.log_key_id, this.logKeyId);
  }

  /** Position, settings and roles, all in one snapshot. */
  async read(): Promise<StoredProjection> {
    return this.transaction('begin isolation level repeatable read read only', async (tx) => {
      const { rows } = await tx.query<{ applied_size: string; frontier: Buffer; checkpoint: string | null }>(
        'select applied_size, frontier, checkpoint from projection where id = 1',
      );
      const position = rows[0];
      if (position === undefined) throw new Error('the projection has not been prepared');
      const settings = await tx.query<FactRow>('select settings_id as id, version, state from settings');
      const roles = await tx.query<FactRow>('select role_id as id, version, state from roles');
      const appliedSize = Number(position.applied_size);
      return {
        appliedSize,
        frontier: Frontier.from(appliedSize, position.frontier),
        checkpoint: position.checkpoint,
        settings: settings.rows[0] && factOf<'settings'>(settings.rows[0]),
        roles: roles.rows.map((row) => [row.id, factOf<'role'>(row)] as const),
      };
    });
  }

  /** Where the tables stand at this moment; they may have moved on when the answer is there. */
  async appliedSize(): Promise<number> {
    const { rows } = await this.pool.query<{ applied_size: string }>({
      name: 'applied-size',
      text: 'select applied_size from projection where id = 1',
    });
    return Number(rows[0]?.applied_size);
  }

  /** Rows as they are now, outside any transaction. */
  load(category: Category, ids: readonly string[]): Promise<Map<string, FactChange['fact']>> {
    return loadFacts(this.pool, category, ids);
  }

  /**
   * Applies a small batch at once.
   *
   * @returns false if the tables do not stand where it begins; then nothing has been written
   */
  applyAtOnce(next: NextState): Promise<boolean> {
    return applyInOneStatement(this.pool, next);
  }

  /** Runs one batch: all of it is committed, or nothing. */
  apply(work: (tx: ProjectionTransaction) => Promise<void>): Promise<void> {
    return this.transaction(BEGIN, async (tx) => {
      const { rows } = await tx.query<{ applied_size: string }>({
        name: 'lock-projection',
        text: 'select applied_size from projection where id = 1 for update',
      });
      await work({
        appliedSize: Number(rows[0]?.applied_size),
        load: (category, ids) => loadFacts(tx, category, ids),
        write: (changes) => writeFacts(tx, changes),
        keysOf: (userId) => keysOf(tx, userId),
        setPosition: (position) => setPosition(tx, position),
      });
    });
  }

  private async transaction<T>(begin: string, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
    const tx = await this.pool.connect();
    try {
      await tx.query(begin);
      const result = await work(tx);
      await tx.query('commit');
      tx.release();
      return result;
    } catch (error) {
      // The connection is in an unknown state; Postgres rolls back when it goes.
      tx.release(true);
      throw error;
    }
  }
}

async function setPosition(
  tx: pg.PoolClient,
  position: { appliedSize: number; frontier: Frontier; checkpoint: string },
): Promise<void> {
  await tx.query({
    name: 'set-position',
    text: `
      update projection
      set applied_size = $1::bigint, frontier = $2::bytea, checkpoint = $3::text
      where id = 1`,
    values: [position.appliedSize, position.frontier.toBytes(), position.checkpoint],
  });
}
