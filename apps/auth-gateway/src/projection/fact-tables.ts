import { isExistingKey, type Category } from '@keyfold/domain';
import type { ClientBase, Pool, PoolClient } from 'pg';
import type { Fact, FactChange, StateOf } from '../facts/fact.js';
import { copyRows, type CopiedValue } from './copy-rows.js';

/** Below this a single upsert is sooner done than a COPY, which takes a round trip more. */
const MIN_COPY_ROWS = 50;

/** Where the facts of a category are, and by what they are looked up. */
export const TABLES: Readonly<Record<Category, { readonly table: string; readonly id: string }>> = {
  settings: { table: 'settings', id: 'settings_id' },
  role: { table: 'roles', id: 'role_id' },
  user: { table: 'users', id: 'user_id' },
  'api-key': { table: 'api_keys', id: 'key_id' },
};

export interface FactRow {
  readonly id: string;
  readonly version: number;
  readonly state: unknown;
}

/** The row as a fact. The state was made by this gateway's own fold of the same shape, so it is trusted as it stands. */
export function factOf<C extends Category>(row: Omit<FactRow, 'id'>): Fact<StateOf[C]> {
  return { version: row.version, state: row.state as StateOf[C] };
}

/** Rows of one category, by id. */
export async function loadFacts(
  from: ClientBase | Pool,
  category: Category,
  ids: readonly string[],
): Promise<Map<string, FactChange['fact']>> {
  const { table, id } = TABLES[category];
  const { rows } = await from.query<FactRow>({
    name: `load-${table}`,
    text: `select ${id} as id, version, state from ${table} where ${id} = any($1::text[])`,
    values: [ids],
  });
  // A table holds facts of its own category only.
  return new Map(rows.map((row) => [row.id, factOf(row) as FactChange['fact']]));
}

/** Writes what a batch changed. New rows go in by COPY where they are many; the caller knows that they do not exist yet. */
export async function writeFacts(tx: PoolClient, changes: readonly FactChange[]): Promise<void> {
  for (const category of ['settings', 'role', 'user', 'api-key'] as const) {
    const ofCategory = changes.filter((change) => change.category === category);
    const fresh = ofCategory.filter((change) => change.isNew);
    if (fresh.length < MIN_COPY_ROWS) {
      await upsert(tx, category, ofCategory);
      continue;
    }
    await copy(tx, category, fresh);
    await upsert(
      tx,
      category,
      ofCategory.filter((change) => !change.isNew),
    );
  }
}

async function copy(tx: PoolClient, category: Category, changes: readonly FactChange[]): Promise<void> {
  const { table, id } = TABLES[category];
  const owner = category === 'api-key' ? ', user_id' : '';
  await copyRows(tx, `${table} (${id}, version, state${owner})`, copiedRows(changes));
}

function* copiedRows(changes: readonly FactChange[]): Iterable<CopiedValue[]> {
  for (const change of changes) {
    const { version, state } = change.fact;
    const row: CopiedValue[] = [change.id, version, JSON.stringify(state)];
    if (change.category === 'api-key') row.push(ownerOf(change));
    yield row;
  }
}

async function upsert(tx: PoolClient, category: Category, changes: readonly FactChange[]): Promise<void> {
  if (changes.length === 0) return;
  const { table, id } = TABLES[category];
  const values: unknown[] = [
    changes.map((change) => change.id),
    changes.map((change) => change.fact.version),
    changes.map((change) => JSON.stringify(change.fact.state)),
  ];
  const hasOwner = category === 'api-key';
  if (hasOwner) values.push(changes.map(ownerOf));
  await tx.query({
    name: `upsert-${table}`,
    text: `
      insert into ${table} (${id}, version, state${hasOwner ? ', user_id' : ''})
      select changed.id, changed.version, changed.state::json${hasOwner ? ', changed.user_id' : ''}
      from unnest($1::text[], $2::integer[], $3::text[]${hasOwner ? ', $4::text[]' : ''})
        as changed (id, version, state${hasOwner ? ', user_id' : ''})
      on conflict (${id}) do update
      set version = excluded.version, state = excluded.state${hasOwner ? ', user_id = excluded.user_id' : ''}`,
    values,
  });
}

/** The user whose key it is; empty for what is no key, and for a key that nobody knows the owner of. */
export function ownerOf(change: FactChange): string {
  if (change.category !== 'api-key') return '';
  const { state } = change.fact;
  return isExistingKey(state) ? state.userId : '';
}
