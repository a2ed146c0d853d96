import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { type FactsView, Frontier, leafHash } from '@keyfold/domain';
import { FEED_FIELDS } from '@keyfold/messaging';
import { projectionSchema } from '../../../apps/auth-gateway/src/projection/projection-schema.js';
import { FactsAlong, type SeenRecord } from '../log-copy.js';
import type { GatewayNode } from '../world.js';

/** Where a gateway's tables differ from what the log comes to. */
export async function problemsOfRows(
  { databaseUrl, id }: Pick<GatewayNode, 'databaseUrl' | 'id'>,
  records: readonly SeenRecord[],
): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, options: `-c search_path="${projectionSchema(id)}"` });
  await client.connect();
  try {
    const problems = await problemsOfProjection(client, records);
    const facts = new FactsAlong(records, FEED_FIELDS).at(records.length);
    for (const [table, states] of Object.entries(statesOf(facts))) {
      const idColumn =
        table === 'settings' ? 'settings_id' : table === 'api_keys' ? 'key_id' : `${table.slice(0, -1)}_id`;
      const { rows } = await client.query<{ id: string; state: unknown }>(
        `select ${idColumn} as id, state from ${table}`,
      );
      problems.push(...differences(table, new Map(rows.map((row) => [row.id, row.state])), states));
    }
    return problems.map((problem) => `${id}: ${problem}`);
  } finally {
    await client.end();
  }
}

async function problemsOfProjection(client: pg.Client, records: readonly SeenRecord[]): Promise<string[]> {
  const { rows } = await client.query<{ applied_size: string; frontier: Buffer }>(
    'select applied_size, frontier from projection',
  );
  const frontier = Frontier.empty();
  for (const { leaf } of records) frontier.append(leafHash(leaf));
  const [row] = rows;
  const problems: string[] = [];
  if (Number(row?.applied_size) !== records.length)
    problems.push(`has applied ${String(row?.applied_size)} of ${records.length}`);
  if (row?.frontier.equals(frontier.toBytes()) !== true) problems.push('has another tree');
  return problems;
}

function statesOf(facts: FactsView): Record<string, ReadonlyMap<string, unknown>> {
  return {
    settings: new Map([['security', facts.settings]]),
    roles: facts.roles,
    users: facts.users,
    api_keys: facts.keys,
  };
}

function differences(
  table: string,
  rows: ReadonlyMap<string, unknown>,
  states: ReadonlyMap<string, unknown>,
): string[] {
  const ids = new Set([...rows.keys(), ...states.keys()]);
  return [...ids].flatMap((id) => {
    const [row, state] = [rows.get(id), plain(states.get(id))];
    return isDeepStrictEqual(row, state) ? [] : [`${table} ${id}: ${JSON.stringify(row)}, is ${JSON.stringify(state)}`];
  });
}

function plain(state: unknown): unknown {
  return state === undefined ? undefined : JSON.parse(JSON.stringify(state));
}
