import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { apiKeyStream, type Category, SETTINGS_STREAM, userStream } from '@keyfold/domain';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import { TABLES } from '../projection/fact-tables.js';

/**
 * A round of an installation of any size. Four rounds a minute make 23,000 rows a day, and as many entries of memory.
 */
const LEAST_ROWS = 4;
const MOST_ROWS = 96;
/** With a round each 15 s every row is compared within a week, as long as there are no more than four million. */
const ROUNDS_OF_A_WALK = 7 * 24 * 240;
/** Whatever the log's size: these decide over many keys at once. */
const ROLES = 2;
const ENTRIES_OF_MEMORY = 8;

/**
 * Chooses what a round compares: the settings each time, roles, keys and users by going through the tables, and keys
 * that memory holds, since these are what answers. Each process begins at a random row, so that processes of one
 * gateway that are restarted often do not all look at the beginning.
 */
export class AuditSample {
  private readonly walks = new Map<Category, string>();
  private remembered: Iterator<string> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly facts: Pick<GatewayFacts, 'heldKeyIds' | 'appliedSize'>,
    /** Processes that share the tables, and the work with them. */
    private readonly processes: number,
  ) {}

  /** @returns names of streams */
  async next(): Promise<string[]> {
    const wanted = Math.ceil(this.facts.appliedSize / ROUNDS_OF_A_WALK / this.processes);
    const rows = Math.min(Math.max(wanted, LEAST_ROWS), MOST_ROWS);
    const [roles, users, keys] = await Promise.all([
      this.walk('role', ROLES),
      this.walk('user', rows),
      this.walk('api-key', rows),
    ]);
    return [
      SETTINGS_STREAM,
      ...roles.map((id) => `role/${id}`),
      ...users.map(userStream),
      ...[...keys, ...this.inMemory(ENTRIES_OF_MEMORY)].map(apiKeyStream),
    ];
  }

  private async walk(category: Category, limit: number): Promise<string[]> {
    const { id, table } = TABLES[category];
    const after = this.walks.get(category) ?? randomBytes(4).toString('hex');
    const { rows } = await this.pool.query<{ id: string }>({
      name: `walk-${table}`,
      text: `select ${id} as id from ${table} where ${id} > $1::text order by ${id} limit $2::integer`,
      values: [after, limit],
    });
    // At the end it begins again, at the very beginning.
    this.walks.set(category, rows.length < limit ? '' : (rows.at(-1)?.id ?? ''));
    return rows.map((row) => row.id);
  }

  private inMemory(limit: number): string[] {
    const found: string[] = [];
    while (found.length < limit) {
      this.remembered ??= this.facts.heldKeyIds();
      const next = this.remembered.next();
      if (next.done === true) {
        this.remembered = undefined;
        break;
      }
      found.push(next.value);
    }
    return found;
  }
}
