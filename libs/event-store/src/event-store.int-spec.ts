import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { createPool, PostgresEventStore } from './index.js';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

test('what was appended is read back', async () => {
  const { serviceUrl } = await postgres.createLogDatabase();
  const pool = createPool({ url: serviceUrl });
  const store = new PostgresEventStore({ pool });
  const outcome = await store.append({
    expected: [{ stream: 'user/1', version: 0 }],
    events: [
      {
        stream: 'user/1',
        type: 'UserCreated',
        schemaVersion: 1,
        data: { supervisorId: null },
        sealed: { username: 'ann' },
      },
    ],
    actor: 'system',
    correlationId: 'c1',
  });
  expect(outcome.kind).toBe('appended');
  const read = await store.readStream('user/1');
  expect(outcome).toMatchObject({ records: read });
  expect((await store.head()).root).toEqual(await store.rootAt(1));
  await store.close();
  await pool.end();
});
