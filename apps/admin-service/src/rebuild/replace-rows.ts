import type pg from 'pg';
import type { DifferentRow } from './compare-tables.js';
import { MODEL_TABLES, type ModelTable } from './model-tables.js';

/**
 * Puts the scratch tables' rows in the place of rows that differed. To be called under the head lock, with all of the
 * log folded: rows that a record has changed since they were compared are right in both. All of it in one transaction,
 * so whoever reads sees the rows as they were or as they are to be.
 */
export async function replaceRows(client: pg.ClientBase, different: readonly DifferentRow[]): Promise<void> {
  for (const table of MODEL_TABLES) {
    const keys = different.filter((row) => row.table === table.name).map(({ key }) => key);
    if (keys.length > 0) await replaceIn(client, table, keys);
  }
  // See tables/key-list-sweep.ts: lists do without the swept columns until it has been through all keys.
  await client.query('update keyfold.key_list_sweeps set is_due = true, generation = generation + 1, max_days = null');
}

// All of a table are deleted before any is inserted: a name may have been moved from one row to another.
async function replaceIn(client: pg.ClientBase, table: ModelTable, keys: readonly string[]): Promise<void> {
  const { columns, key, name, swept = [] } = table;
  const all = [...key, ...columns, ...swept].join(', ');
  const isConcerned = (alias: string): string => `(${key.map((column) => `${alias}.${column}::text`).join(', ')}) in (
    select ${key.map((_, at) => `wanted.key ->> ${at}`).join(', ')} from unnest($1::json[]) as wanted (key)
  )`;
  if (name === 'api_keys') await setUsesAside(client, isConcerned, keys);
  await client.query(`delete from keyfold.${name} l where ${isConcerned('l')}`, [keys]);
  await client.query(
    `insert into keyfold.${name} (${all}) select ${all} from pg_temp.${name} s where ${isConcerned('s')}`,
    [keys],
  );
  if (name === 'api_keys') await client.query(bringUsesBack);
}

// A trigger makes the row of a key's use when the key is inserted; what gateways have reported is in no record and must
// outlive that.
async function setUsesAside(
  client: pg.ClientBase,
  isConcerned: (alias: string) => string,
  keys: readonly string[],
): Promise<void> {
  await client.query('drop table if exists pg_temp.uses_aside');
  await client.query(
    `create temporary table uses_aside as
     select u.created_position, u.last_use, u.last_used_surface, u.last_used_address, u.is_erased
     from keyfold.key_uses u
     with no data`,
  );
  await client.query(
    `with concerned as (
       select l.created_position from keyfold.api_keys l where ${isConcerned('l')}
       union
       select s.created_position from pg_temp.api_keys s where ${isConcerned('s')}
     ), gone as (
       delete from keyfold.key_uses u using concerned c where u.created_position = c.created_position
       returning u.created_position, u.last_use, u.last_used_surface, u.last_used_address, u.is_erased
     )
     insert into pg_temp.uses_aside select * from gone`,
    [keys],
  );
}

const bringUsesBack = `
  update keyfold.key_uses u
  set last_use = a.last_use, last_used_surface = a.last_used_surface, last_used_address = a.last_used_address,
    is_erased = a.is_erased
  from pg_temp.uses_aside a
  where u.created_position = a.created_position`;
