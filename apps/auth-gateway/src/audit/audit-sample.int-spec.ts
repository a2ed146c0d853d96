import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { keyIssued, logOf, userCreated } from '../projection/projection-events.testing.js';
import { projectionSchema } from '../projection/projection-schema.js';
import { batchesOf, makeSchema, type TestProcess, type TestSchema } from '../projection/test-gateway.testing.js';
import { AuditSample } from './audit-sample.js';

/** More than memory holds, and more than a round takes. */
const KEYS = 40;
const IN_MEMORY = 10;
const ids = (prefix: string, count: number): string[] => [...Array(count).keys()].map((nth) => `${prefix}${nth}`);

let postgres: TestPostgres;
let schema: TestSchema;
let process: TestProcess;

beforeAll(async () => {
  postgres = await startTestPostgres();
  schema = await makeSchema((await postgres.createDatabase()).ownerUrl, projectionSchema('test-1'));
  process = await schema.start({ maxEntries: IN_MEMORY });
  const users = ids('u', KEYS).map(userCreated);
  const keys = ids('k', KEYS).map((id, nth) => keyIssued(id, `u${nth}`));
  for (const batch of batchesOf(logOf(...users, ...keys))) await process.projector.apply(batch);
});
afterAll(async () => {
  await schema.pool.end();
  await postgres.stop();
});

/** What so many rounds have chosen. */
async function chosenIn(rounds: number, of = process.facts): Promise<Set<string>> {
  const sample = new AuditSample(schema.pool, of, 1);
  const chosen = new Set<string>();
  for (let round = 0; round < rounds; round++) for (const stream of await sample.next()) chosen.add(stream);
  return chosen;
}

test('every row of the tables has its turn, wherever the walk begins', async () => {
  const none = { heldKeyIds: () => [].values(), appliedSize: process.facts.appliedSize };
  // Four rows a round; the first walk may begin behind the last row.
  const chosen = await chosenIn(2 * Math.ceil(KEYS / 4) + 2, none as unknown as TestProcess['facts']);
  expect([...chosen].filter((stream) => stream.startsWith('api-key/'))).toHaveLength(KEYS);
  expect([...chosen].filter((stream) => stream.startsWith('user/'))).toHaveLength(KEYS);
  expect(chosen).toContain('settings/security');
});

test('what memory holds has its turn, whatever rows there are', async () => {
  for (const id of ids('k', IN_MEMORY)) await process.loader.load(id);
  const held = [...process.facts.heldKeyIds()];
  expect(held.length).toBeGreaterThan(4);
  await schema.pool.query('delete from api_keys');
  const chosen = await chosenIn(1 + Math.ceil(IN_MEMORY / 8));
  for (const id of held) expect(chosen).toContain(`api-key/${id}`);
});
