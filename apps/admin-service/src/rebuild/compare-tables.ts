import type pg from 'pg';
import { MODEL_TABLES, type ModelTable } from './model-tables.js';

/** A row that says something else than the log. */
export interface DifferentRow {
  readonly table: string;
  /** The values of its primary key, as a JSON list. */
  readonly key: string;
  readonly kind: 'missing' | 'differs' | 'not-in-log';
  /** Which columns differ. Names, never values. */
  readonly columns: readonly string[];
}

/** What a comparison has looked at. */
export interface TableComparison {
  readonly table: string;
  /** That the log says there are. */
  readonly rows: number;
  readonly different: readonly DifferentRow[];
}

/** Compares each read model with what the scratch tables say, row by row and column by column. */
export async function compareTables(client: pg.ClientBase): Promise<TableComparison[]> {
  const comparisons: TableComparison[] = [];
  for (const table of MODEL_TABLES) {
    await client.query(`analyze pg_temp.${table.name}`);
    const { rows: counted } = await client.query<{ rows: string }>(
      `select count(*) as rows from pg_temp.${table.name}`,
    );
    const { rows: different } = await client.query<DifferentRow>(compareStatement(table));
    comparisons.push({ table: table.name, rows: Number(counted[0]?.rows), different });
  }
  return comparisons;
}

function compareStatement({ columns, key, name }: ModelTable): string {
  const [first = ''] = key;
  const differing = columns.map((column) => `case when l.${column} is distinct from s.${column} then '${column}' end`);
  const isDifferent = columns.map((column) => `l.${column} is distinct from s.${column}`);
  return `
    select
      '${name}' as table,
      json_build_array(${key.map((column) => `coalesce(l.${column}, s.${column})`).join(', ')})::text as key,
      case
        when l.${first} is null then 'missing'
        when s.${first} is null then 'not-in-log'
        else 'differs'
      end as kind,
      case
        when l.${first} is null or s.${first} is null then '{}'::text[]
        else array_remove(array[${differing.join(', ')}]::text[], null)
      end as columns
    from keyfold.${name} l
    full join pg_temp.${name} s on ${key.map((column) => `s.${column} = l.${column}`).join(' and ')}
    where ${[`l.${first} is null`, `s.${first} is null`, ...isDifferent].join(' or ')}
    order by 2`;
}
