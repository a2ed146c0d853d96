import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { DAY_MS } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { Database } from '../../platform/database.js';
import { deleteOldNotices } from './delete-old-notices.js';
import { ExpiryNotices } from './expiry-notices.js';
import { LogNotices } from './log-notices.js';

/*
 * Postgres ends statements that take too long; here those that write more rows than this, so that it takes no millions
 * of keys to see one.
 */
const MAX_ROWS = 3_000;
const KEYS = 6_000;

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let db: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  service = await startTestAdminService({ database });
  admin = await signInAdmin(service);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  db = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  await db.query(refuseManyRows);
});
afterAll(async () => {
  await db.end();
  await service.close();
  await postgres.stop();
});

// keyfold.notice_limit says after how many statements one more is refused, as if Postgres were busy just then.
const refuseManyRows = `
  create table keyfold.notice_limit (statements int not null);
  insert into keyfold.notice_limit values (1000000);
  create function keyfold.refuse_many_rows() returns trigger language plpgsql security definer as $function$
  begin
    if (select count(*) from touched) = 0 then return null; end if;
    update keyfold.notice_limit set statements = statements - 1;
    if (select count(*) from touched) > ${MAX_ROWS} or (select statements < 0 from keyfold.notice_limit)
      then raise exception 'canceling statement due to statement timeout' using errcode = '57014';
    end if;
    return null;
  end
  $function$;
  create trigger refuse_many_rows after insert on keyfold.notices
  referencing new table as touched for each statement execute function keyfold.refuse_many_rows();
  create trigger refuse_many_deletions after delete on keyfold.notices
  referencing old table as touched for each statement execute function keyfold.refuse_many_rows()`;

/**
 * Keys that no event has put there, at the positions of records that mean nothing; their lives are all alike. @returns
 * their owner
 */
async function insertKeys(prefix: string, startMs: number, endMs: number): Promise<Person> {
  const owner = await createPerson(service, admin, { roles: ['api-key-generate'] });
  const { body } = await owner.client.post('/v1/me/api-keys', { name: prefix });
  const store = service.service.app.get(PostgresEventStore, { strict: false });
  const event = { stream: 'journal/filler', type: 'Filled', schemaVersion: 1, data: {}, sealed: {} };
  const events = Array.from({ length: KEYS / 4 }, () => event);
  const author = { actor: 'system', correlationId: prefix };
  const filling = [1, 2, 3, 4].map(() => store.append({ expected: [], events, ...author }));
  const last = (await Promise.all(filling)).map((outcome) => (outcome.kind === 'appended' ? outcome.lastPosition : 0));
  await db.query(insertCopies, [String(body['id']), KEYS, prefix, startMs, endMs, Math.max(...last)]);
  await untilMade();
  return owner;
}

const insertCopies = `
  insert into keyfold.api_keys (
    key_id, stream_version, created_position, user_id, created_at_ms, issued_at_ms, own_expires_at_ms, is_pending, is_revoked, state
  )
  select $3::text || n, 1, $6::bigint + 1 - n, k.user_id, k.created_at_ms, $4::bigint, $5::bigint, false, false, k.state
  from keyfold.api_keys k
  cross join generate_series(1, $2::int) as n
  where k.key_id = $1::text`;

/** Notices are made of all that is in the log. */
const untilMade = (): Promise<void> =>
  eventually(async () => {
    await part(LogNotices).run();
    const { rows } = await db.query(
      `select 1 from keyfold.notice_makers m, keyfold.log_head h where m.name = 'log' and m.position = h.size`,
    );
    expect(rows).toHaveLength(1);
  });

const part = <Maker>(of: new (...args: never[]) => Maker): Maker => service.service.app.get(of, { strict: false });
const allow = (statements: number): Promise<unknown> =>
  db.query('update keyfold.notice_limit set statements = $1', [statements]);
const MANY = 1_000_000;

async function madeOf(prefix: string): Promise<number> {
  const { rows } = await db.query<{ notices: string; keys: string }>(
    `select count(*) as notices, count(distinct key_id) as keys from keyfold.notices where key_id like $1 || '%'`,
    [prefix],
  );
  // Each key once.
  expect(rows[0]?.notices).toBe(rows[0]?.keys);
  return Number(rows[0]?.notices);
}

/** Runs come as far as two statements, then fail; what they have made stays. */
async function interrupted(prefix: string, run: () => Promise<void>): Promise<void> {
  await eventually(async () => {
    await expect(run()).rejects.toThrow('statement timeout');
  });
  const made = await madeOf(prefix);
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(KEYS);
  await allow(MANY);
}

test('a bulk revocation of any number of keys is told page by page, goes on where it was interrupted, and keeps nothing behind it', async () => {
  const owner = await insertKeys('bulk-', Date.now(), Date.now() + 90 * DAY_MS);
  await allow(2);
  const revoked = await admin.post('/v1/api-keys/revoke', { filter: { userId: owner.id }, reason: 'UNSPECIFIED' });
  expect(revoked.body['revoked']).toBe(KEYS + 1);
  await interrupted('bulk-', () => part(LogNotices).run());
  const issued = await owner.client.post('/v1/me/api-keys', { name: 'later' });
  await untilMade();
  expect(await madeOf('bulk-')).toBe(KEYS);
  expect(await madeOf(String(issued.body['id']))).toBe(1);
});

describe('ends that come near for any number of keys in one millisecond are told page by page', () => {
  const runExpiry = (): Promise<void> => part(ExpiryNotices).run();

  /** One that another run has not taken: the service has its own. */
  async function untilTold(prefix: string): Promise<void> {
    await eventually(async () => {
      await runExpiry();
      expect(await madeOf(prefix)).toBe(KEYS);
    });
  }

  test('when all keys are looked at', async () => {
    await insertKeys('all-', Date.now() - 90 * DAY_MS, Date.now() + DAY_MS / 2);
    await db.query(`update keyfold.notice_makers set state = null where name = 'expiry'`);
    await allow(2);
    await interrupted('all-', runExpiry);
    await untilTold('all-');
  });

  test('when only those are that have come near since the last run', async () => {
    await insertKeys('near-', Date.now() - 60 * DAY_MS, Date.now() + 14 * DAY_MS - 60_000);
    const anHourAgo = `jsonb_set(state, '{atMs}', to_jsonb((state ->> 'atMs')::bigint - 3600000))`;
    await db.query(`update keyfold.notice_makers set state = ${anHourAgo} where name = 'expiry'`);
    await allow(2);
    await interrupted('near-', runExpiry);
    await untilTold('near-');
    const { rows } = await db.query(
      `select distinct data ->> 'daysLeft' as days from keyfold.notices where key_id like 'near-%'`,
    );
    expect(rows).toEqual([{ days: '14' }]);
  });
});

test('old notices are deleted page by page', async () => {
  await db.query(`update keyfold.notices set occurred_at = now() - interval '401 days' where key_id like 'bulk-%'`);
  const others = await madeOf('all-');
  await deleteOldNotices(part(Database));
  expect([await madeOf('bulk-'), await madeOf('all-')]).toEqual([0, others]);
});
