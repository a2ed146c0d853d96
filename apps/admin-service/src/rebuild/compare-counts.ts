import type pg from 'pg';
import { selectDifferences } from '../tables/key-count-changes.js';
import type { TableComparison } from './compare-tables.js';

interface DifferenceRow {
  readonly measure: string;
  readonly list_class: string;
  readonly bucket: number;
}

/**
 * Compares the counts of keys with the keys' rows in the database: what they count depends on the time as well, and no
 * fold of the log has it. Where a row of a key differs from the log, the counts may agree with it.
 */
export async function compareCounts(client: pg.ClientBase): Promise<TableComparison> {
  const { rows: counted } = await client.query<{ rows: string }>('select count(*) as rows from keyfold.key_counts');
  const { rows } = await client.query<DifferenceRow>(`${selectDifferences} order by 1, 2, 3`);
  const different = rows.map(({ bucket, list_class, measure }) => ({
    table: 'key_counts',
    key: JSON.stringify([measure, list_class, bucket]),
    kind: 'differs' as const,
    columns: ['keys'],
  }));
  return { table: 'key_counts', rows: Number(counted[0]?.rows), different };
}
