import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createLogger } from '@keyfold/service-kit';
import { eventually } from '@keyfold/testing/eventually';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { FirstShapeProcess } from './first-shape.testing.js';
import { OtherShapes } from './other-shapes.js';
import { keyIssued, logOf, userCreated } from './projection-events.testing.js';
import { projectionSchema, STATE_SHAPE } from './projection-schema.js';
import { WrongLogError } from './projection-store.js';
import { batchesOf, LOG_KEY_ID, makeSchema, type TestSchema } from './test-gateway.testing.js';

const GATEWAY_ID = 'test-1';

let postgres: TestPostgres;
let url: string;
let schema: TestSchema;
let old: FirstShapeProcess;
const lines: string[] = [];
const shapes: OtherShapes[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = (await postgres.createDatabase()).ownerUrl;
  old = await FirstShapeProcess.start(url, { gatewayId: GATEWAY_ID, logKeyId: LOG_KEY_ID });
  schema = await makeSchema(url, projectionSchema(GATEWAY_ID));
  await schema.start();
});
afterEach(async () => {
  for (const each of shapes.splice(0)) await each.close();
  lines.length = 0;
  await Promise.all([schema.pool.end(), old.close()]);
});

function otherShapes(logKeyId = LOG_KEY_ID): OtherShapes {
  const log = createLogger({ service: 'test' }, { write: (line) => void lines.push(line) });
  const made = new OtherShapes(schema.pool, {
    gatewayId: GATEWAY_ID,
    schema: projectionSchema(GATEWAY_ID),
    logKeyIds: [logKeyId],
    log,
  });
  shapes.push(made);
  return made;
}

async function select<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await schema.pool.query<Row>(sql, values)).rows;
}

async function schemas(): Promise<string[]> {
  const rows = await select<{ name: string }>(
    `select nspname as name from pg_namespace where nspname like 'gateway%' order by 1`,
  );
  return rows.map(({ name }) => name);
}

describe('a process of another version', () => {
  test('writes to rows of its own alone', async () => {
    const { projector } = await schema.start();
    for (const batch of batchesOf(logOf(userCreated('u1'), keyIssued('k1', 'u1')))) await projector.apply(batch);
    const rows = (): Promise<object[]> =>
      select('select k.key_id, k.state, p.applied_size from api_keys k, projection p');
    const before = await rows();
    expect(before).toMatchObject([{ key_id: 'k1', state: { allowedIpRanges: ['10.0.0.0/8'] }, applied_size: '2' }]);
    // Of a shape that knows nothing of address ranges.
    for (const keyId of ['k1', 'k2']) await old.apply(keyId);
    expect(await rows()).toEqual(before);
    const { rows: ofOld } = await old.pool.query('select key_id, state from api_keys order by 1');
    expect(ofOld).toEqual(['k1', 'k2'].map((key_id) => ({ key_id, state: { status: 'issued' } })));
  });

  test('of another log means that this gateway has the id of another one', async () => {
    await otherShapes().requireSameLog();
    await expect(otherShapes('01234567').requireSameLog()).rejects.toThrow(WrongLogError);
    // A start that was cut short has left a schema and nothing in it.
    await old.pool.query('drop table projection');
    await otherShapes('01234567').requireSameLog();
  });
});

describe('proofs of another version', () => {
  const keyIds = Array.from({ length: 12_001 }, (_, at) => `k${String(at).padStart(6, '0')}`);
  const [ofOld, ofNew] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const kept = (): Promise<object[]> =>
    select('select proof, count(*)::int as keys from remembered_proofs group by proof order by 1');

  beforeEach(async () => {
    await old.remember(keyIds, ofOld);
    await select('insert into remembered_proofs values ($1, $2)', [keyIds[7_000], ofNew]);
  });

  test('are taken over, but for keys that have been proven here', async () => {
    expect(await otherShapes().carryProofs()).toBe(12_000);
    const expected = [
      { proof: ofOld, keys: 12_000 },
      { proof: ofNew, keys: 1 },
    ];
    expect(await kept()).toEqual(expected);
    await old.remember(['later'], ofOld);
    expect(await otherShapes().carryProofs()).toBe(1);
  });

  test('are taken over to the end by a repeat where it was cut short', async () => {
    // What another session is just writing holds up the second part.
    const writer = new pg.Client({
      connectionString: url,
      options: `-c search_path="${projectionSchema(GATEWAY_ID)}"`,
    });
    await writer.connect();
    await writer.query('begin');
    await writer.query('insert into remembered_proofs values ($1, $2)', [keyIds[8_000], ofNew]);
    const cut = otherShapes();
    cut.start();
    await eventually(async () => {
      const ended = await select<{ ended: boolean }>(
        `select pg_terminate_backend(pid) as ended from pg_stat_activity where wait_event_type = 'Lock'`,
      );
      expect(ended).toEqual([{ ended: true }]);
    });
    await cut.close();
    await writer.query('rollback');
    await writer.end();
    expect(await kept()).toMatchObject([{ keys: 5_000 }, { keys: 1 }]);
    const repeated = otherShapes();
    // The server may need a moment to notice that the first one is gone.
    await eventually(async () => {
      await repeated.tend();
      expect(await kept()).toMatchObject([{ keys: 12_000 }, { keys: 1 }]);
    });
  });
});

describe('the tables of another version', () => {
  const OLD = projectionSchema(GATEWAY_ID, 1);
  const NEWER = projectionSchema(GATEWAY_ID, STATE_SHAPE + 1);
  const OTHERS = ['gateway_test-1-2', 'gateway_test-1.x/2', 'gateway_test-1/x', 'gateway_test-10'];

  /** As if what was seen so far had been so for all of a day but a moment. */
  const almostADay = (ago = '1 minute'): Promise<object[]> =>
    select(
      `update other_shapes set unused_for = interval '1 day' - interval '1 second', checked_at = clock_timestamp() - $1::interval`,
      [ago],
    );
  const unusedFor = async (): Promise<unknown> =>
    (
      await select<{ hours: number }>(`select extract(epoch from unused_for)::float8 / 3600 as hours from other_shapes`)
    )[0]?.hours;
  /** What the process has done so far counts. */
  const counted = async (): Promise<void> => {
    await old.pool.query('select pg_stat_force_next_flush()');
    await old.pool.query('select 1');
  };

  test('go after a day unused, those of a newer one like those of an older one, and no schema that is not of this gateway', async () => {
    for (const name of [NEWER, ...OTHERS])
      await select(`create schema "${name}"; create table "${name}".api_keys (key_id text)`);
    await counted();
    const ours = otherShapes();
    await ours.tend();
    expect(await schemas()).toEqual(expect.arrayContaining([OLD, NEWER]));
    await almostADay();
    await ours.tend();
    expect(await schemas()).toEqual([projectionSchema(GATEWAY_ID), ...OTHERS].sort());
    expect(lines.join('')).toContain(JSON.stringify(OLD));
    expect(await select('select 1 from other_shapes')).toEqual([]);
  });

  test.each([
    ['applies a record', () => old.apply('k1')],
    ['looks up a key', () => old.pool.query("set enable_seqscan = off; select 1 from api_keys where key_id = 'k1'")],
  ])('stay while a process of it %s now and then', async (_, use) => {
    await counted();
    await otherShapes().tend();
    await almostADay();
    await use();
    await counted();
    await otherShapes().tend();
    expect(await unusedFor()).toBe(0);
    expect(await schemas()).toContain(OLD);
  });

  test('are not used by a backup, nor by taking over their proofs', async () => {
    await old.remember(['k1', 'k2'], Buffer.alloc(32, 1));
    await counted();
    await otherShapes().tend();
    await almostADay();
    for (const table of ['projection', 'users', 'api_keys', 'remembered_proofs'])
      await old.pool.query(`table ${table}`);
    await counted();
    await otherShapes().tend();
    expect(await schemas()).not.toContain(OLD);
  });

  test('do not go because nobody looked, or because a clock jumped', async () => {
    await counted();
    await otherShapes().tend();
    await select(`update other_shapes set checked_at = clock_timestamp() - interval '30 days'`);
    await otherShapes().tend();
    expect(await unusedFor()).toBe(1);
    await select(`update other_shapes set checked_at = clock_timestamp() + interval '30 days'`);
    await otherShapes().tend();
    expect(await unusedFor()).toBe(1);
    expect(await schemas()).toContain(OLD);
  });

  test('stay while somebody holds a lock on them', async () => {
    await counted();
    await otherShapes().tend();
    await almostADay();
    await old.pool.query('begin; lock table settings in access share mode');
    await otherShapes().tend();
    expect(await schemas()).toContain(OLD);
    expect(lines.join('')).toContain('could not be checked; will retry');
    await old.pool.query('rollback');
    await otherShapes().tend();
    expect(await schemas()).not.toContain(OLD);
  });

  test('are looked after by one process of the gateway at a time', async () => {
    await old.pool.query(`select pg_advisory_lock(hashtextextended($1, 0))`, [projectionSchema(GATEWAY_ID)]);
    await otherShapes().tend();
    expect(await select('select 1 from other_shapes')).toEqual([]);
  });
});
