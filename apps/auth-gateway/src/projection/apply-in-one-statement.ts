import type { Pool } from 'pg';
import { CATEGORIES, type Category, type Frontier } from '@keyfold/domain';
import type { FactChange } from '../facts/fact.js';
import { EXTRA_COLUMNS, TABLES, upsertStatement, upsertValues } from './fact-tables.js';

/** The tables as they are to be after a batch. */
export interface NextState {
  /** Where they must stand for it. */
  readonly from: number;
  readonly changes: readonly FactChange[];
  readonly frontier: Frontier;
  readonly checkpoint: string;
}

/**
 * One statement is one transaction and one round trip: what a live record costs on its way to memory is mostly round
 * trips. The row of the projection is moved only from where the batch begins, and the others are written only if it
 * was. The commit does not wait for the disk, like every one of the projection.
 */
const APPLY = `
  with relaxed as materialized (
    select set_config('synchronous_commit', 'off', true)
  ),
  moved as (
    update projection
    set applied_size = $2::bigint, frontier = $3::bytea, checkpoint = $4::text
    from relaxed
    where id = 1 and applied_size = $1::bigint
    returning true
  )${CATEGORIES.map(upsertClause).join('')}
  select count(*)::integer as moved from moved`;

/**
 * Applies a small batch.
 *
 * @returns false if the tables do not stand where the batch begins; then nothing has been written
 */
export async function applyInOneStatement(pool: Pool, next: NextState): Promise<boolean> {
  const { changes, checkpoint, from, frontier } = next;
  const { rows } = await pool.query<{ moved: number }>({
    name: 'apply-in-one-statement',
    text: APPLY,
    values: [
      from,
      frontier.size,
      frontier.toBytes(),
      checkpoint,
      ...CATEGORIES.flatMap((category) =>
        upsertValues(
          category,
          changes.filter((change) => change.category === category),
        ),
      ),
    ],
  });
  return rows[0]?.moved === 1;
}

function upsertClause(category: Category, at: number): string {
  const before = CATEGORIES.slice(0, at).map((earlier) => 3 + EXTRA_COLUMNS[earlier].length);
  const first = 5 + before.reduce((sum, columns) => sum + columns, 0);
  return `,
  ${TABLES[category].table}_written as (${upsertStatement(category, { first, from: 'moved,' })}
  )`;
}
