import type { Pool, PoolClient } from 'pg';
import { CATEGORIES, type Category } from '@keyfold/domain';
import type { FactChange } from '../facts/fact.js';
import { EXTRA_COLUMNS, TABLES, writeFacts } from '../projection/fact-tables.js';
import { rowDifference, type StoredRow } from './row-difference.js';

/** Rows of some streams, all as of one position. */
export interface RowsOfStreams {
  readonly appliedSize: number;
  /** By stream. */
  readonly rows: ReadonlyMap<string, StoredRow>;
}

/** The columns of a {@link StoredRow}, of a category's table. */
export function storedColumns(category: Category): string {
  const { id } = TABLES[category];
  const extra = EXTRA_COLUMNS[category];
  const commitments = extra.includes('commitments') ? 'commitments::text' : 'null::text';
  const userId = extra.includes('user_id') ? 'user_id' : 'null::text';
  return `${id} as id, version, state::text as state, ${commitments} as commitments, ${userId} as user_id`;
}

/** A row of {@link storedColumns}. */
export interface StoredColumns {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly commitments: string | null;
  readonly user_id: string | null;
}

export function storedRow({ commitments, id, state, user_id: userId, version }: StoredColumns): StoredRow {
  return { id, version, state, commitments, userId };
}

// One statement, so one snapshot: the rows are exactly as of the position that comes with them.
const SELECT_ROWS = `
  select p.applied_size, r.category, r.id, r.version, r.state, r.commitments, r.user_id
  from projection p
  left join (${CATEGORIES.map(
    (category, at) => `
    select '${category}' as category, ${storedColumns(category)}
    from ${TABLES[category].table}
    where ${TABLES[category].id} = any ($${at + 1}::text[])`,
  ).join(`
    union all`)}
  ) r on true
  where p.id = 1`;

/** Reads the rows of these streams, those that there are. */
export async function readRowsOf(from: Pool | PoolClient, streams: Iterable<string>): Promise<RowsOfStreams> {
  const ids: Record<Category, string[]> = { settings: [], role: [], user: [], 'api-key': [] };
  for (const stream of streams) {
    const { category, id } = placeOf(stream);
    ids[category].push(id);
  }
  type Row = StoredColumns & { readonly applied_size: string; readonly category: Category | null };
  const { rows } = await from.query<Row>({
    name: 'rows-of-streams',
    text: SELECT_ROWS,
    values: CATEGORIES.map((category) => ids[category]),
  });
  const [first] = rows;
  if (first === undefined) throw new Error('the projection has not been prepared');
  const found = rows.flatMap((row) =>
    row.category === null ? [] : [[`${row.category}/${row.id}`, storedRow(row)] as const],
  );
  return { appliedSize: Number(first.applied_size), rows: new Map(found) };
}

/** Where the row of a stream is. */
export function placeOf(stream: string): { readonly category: Category; readonly id: string } {
  const slash = stream.indexOf('/');
  const category = CATEGORIES.find((name) => name === stream.slice(0, slash));
  if (category === undefined) throw new TypeError(`${stream} is no stream of the projection`);
  return { category, id: stream.slice(slash + 1) };
}

/** What a row has to become. */
export interface Mending {
  readonly stream: string;
  /** As it was compared; null if there was none. */
  readonly stored: StoredRow | null;
  /** As the log says; null if there is to be none. */
  readonly expected: FactChange | null;
}

/**
 * Puts rows right, under the lock of whoever applies records: none of them can be in between. A row that has changed
 * since it was compared is left alone, since a record that was applied meanwhile may be why. Whoever reads sees a row
 * as it was or as it is to be.
 *
 * @returns the streams whose rows were put right
 */
export async function mendRows(pool: Pool, mendings: readonly Mending[]): Promise<string[]> {
  const tx = await pool.connect();
  try {
    await tx.query('begin');
    await tx.query({ name: 'lock-for-mending', text: 'select from projection where id = 1 for update' });
    const { rows } = await readRowsOf(
      tx,
      mendings.map(({ stream }) => stream),
    );
    const due = mendings.filter(({ stored, stream }) => isSame(rows.get(stream) ?? null, stored));
    for (const { stream } of due) {
      const { category, id } = placeOf(stream);
      const { id: column, table } = TABLES[category];
      await tx.query({
        name: `delete-for-mending-${table}`,
        text: `delete from ${table} where ${column} = $1::text`,
        values: [id],
      });
    }
    // After the deletion each row is new, so that commitments are replaced and not added to.
    await writeFacts(
      tx,
      due.flatMap(({ expected }) => (expected === null ? [] : [{ ...expected, isNew: true }])),
    );
    const mended = due.map(({ stream }) => stream);
    await tx.query({
      name: 'note-mended',
      text: 'insert into mended_streams (stream) select unnest($1::text[])',
      values: [mended],
    });
    await tx.query('commit');
    tx.release();
    return mended;
  } catch (error) {
    // The connection is in an unknown state; Postgres rolls back when it goes.
    tx.release(true);
    throw error;
  }
}

function isSame(one: StoredRow | null, other: StoredRow | null): boolean {
  return rowDifference(one, other) === null;
}
