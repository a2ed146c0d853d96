import type { ClientBase, Pool, PoolClient } from 'pg';
import { CATEGORIES, type Category, isExistingKey } from '@keyfold/domain';
import type { Fact, FactChange, StateOf } from '../facts/fact.js';
import { type CopiedValue, copyRows } from './copy-rows.js';

/** Below this a single upsert is sooner done than a COPY, which takes a round trip more. */
const MIN_COPY_ROWS = 50;

/** Where the facts of a category are, and by what they are looked up. */
export const TABLES: Readonly<Record<Category, { readonly table: string; readonly id: string }>> = {
  settings: { table: 'settings', id: 'settings_id' },
  role: { table: 'roles', id: 'role_id' },
  user: { table: 'users', id: 'user_id' },
  'api-key': { table: 'api_keys', id: 'key_id' },
};

/** What the rows of a category have besides id, version and state. */
export const EXTRA_COLUMNS: Readonly<Record<Category, readonly ('commitments' | 'user_id')[]>> = {
  settings: [],
  role: [],
  user: ['commitments'],
  'api-key': ['commitments', 'user_id'],
};

export interface FactRow {
  readonly id: string;
  readonly version: number;
  readonly state: unknown;
}

/**
 * The row as a fact. The state was made by this gateway's own fold of the same shape, so it is trusted as it stands.
 */
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

/**
 * Writes what a batch changed. New rows go in by COPY where they are many; the caller knows that they do not exist yet.
 */
export async function writeFacts(tx: PoolClient, changes: readonly FactChange[]): Promise<void> {
  for (const category of CATEGORIES) {
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
  const columns = [id, 'version', 'state', ...EXTRA_COLUMNS[category]];
  await copyRows(tx, `${table} (${columns.join(', ')})`, copiedRows(category, changes));
}

function* copiedRows(category: Category, changes: readonly FactChange[]): Iterable<CopiedValue[]> {
  const further = EXTRA_COLUMNS[category];
  for (const change of changes) {
    const { version, state } = change.fact;
    const row: CopiedValue[] = [change.id, version, JSON.stringify(state)];
    for (const column of further) row.push(furtherValue(change, column));
    yield row;
  }
}

async function upsert(tx: PoolClient, category: Category, changes: readonly FactChange[]): Promise<void> {
  if (changes.length === 0) return;
  const { table } = TABLES[category];
  await tx.query({
    name: `upsert-${table}`,
    text: upsertStatement(category, { first: 1, from: '' }),
    values: upsertValues(category, changes),
  });
}

/** Values of {@link upsertStatement}: an array for each column. */
export function upsertValues(category: Category, changes: readonly FactChange[]): unknown[] {
  return [
    changes.map(({ id }) => id),
    changes.map(({ fact }) => fact.version),
    changes.map(({ fact }) => JSON.stringify(fact.state)),
    ...EXTRA_COLUMNS[category].map((column) => changes.map((change) => furtherValue(change, column))),
  ];
}

/**
 * Writes rows of one category. Commitments of fields that the batch did not bring stay.
 *
 * @param at.first number of the first parameter
 * @param at.from what the rows are cross-joined to, ending in a comma; '' for nothing
 */
export function upsertStatement(category: Category, { first, from }: { first: number; from: string }): string {
  const { table, id } = TABLES[category];
  const further = EXTRA_COLUMNS[category];
  const arrays = ['text', 'integer', 'text', ...further.map(() => 'text')].map(
    (type, at) => `$${first + at}::${type}[]`,
  );
  const list = (values: readonly string[]): string => values.join(', ');
  return `
    insert into ${table} as held (${list([id, 'version', 'state', ...further])})
    select ${list(['id', 'version', 'state::json', ...further.map(selected)].map((column) => `changed.${column}`))}
    from ${from} unnest(${list(arrays)}) as changed (${list(['id', 'version', 'state', ...further])})
    on conflict (${id}) do update
    set ${list(['version', 'state', ...further].map((column) => `${column} = ${replacing(column)}`))}`;
}

function selected(column: string): string {
  return column === 'commitments' ? 'commitments::json' : column;
}

function replacing(column: string): string {
  if (column !== 'commitments') return `excluded.${column}`;
  return `case excluded.commitments::text
      when '{}' then held.commitments
      else (held.commitments::jsonb || excluded.commitments::jsonb)::json
    end`;
}

function furtherValue(change: FactChange, column: 'commitments' | 'user_id'): string {
  return column === 'commitments' ? JSON.stringify(change.commitments) : ownerOf(change);
}

/** The user whose key it is; empty for what is no key, and for a key that nobody knows the owner of. */
export function ownerOf(change: FactChange): string {
  if (change.category !== 'api-key') return '';
  const { state } = change.fact;
  return isExistingKey(state) ? state.userId : '';
}

/** The ids of a user's keys. */
export async function keysOf(from: ClientBase, userId: string): Promise<string[]> {
  const { rows } = await from.query<{ key_id: string }>({
    name: 'keys-of-user',
    text: 'select key_id from api_keys where user_id = $1::text',
    values: [userId],
  });
  return rows.map((row) => row.key_id);
}
