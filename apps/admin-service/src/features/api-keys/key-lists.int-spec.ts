import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { KEY_STATUSES } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { SWEEP_LOCK } from '../../tables/key-list-sweep.js';

const KEY_ROLES = ['api-key-generate', 'api-key-sign-in'];
const DAY_MS = 86_400_000;

let postgres: TestPostgres;
let database: TestDatabase;
let service: TestAdminService;
let sql: pg.Pool;
let admin: AdminClient;
let supervisor: Person;
let people: Person[];

type Key = Record<string, unknown> & {
  readonly id: string;
  readonly userId: string;
  readonly lastUsedAt: string | null;
};

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  service = await startTestAdminService({ database });
  // One connection for all of them, since it holds a lock from one statement to the next.
  sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1, idleTimeoutMillis: 0 });
  admin = await signInAdmin(service);
  await settings({ apiKeyAuthenticationEnabled: true });
  supervisor = await createPerson(service, admin, { roles: ['supervisor'] });
  const unsupervised = await createPerson(service, admin, { roles: KEY_ROLES });
  const options = { roles: KEY_ROLES, supervisorId: supervisor.id };
  people = [unsupervised, await createPerson(service, admin, options), await createPerson(service, admin, options)];
  await everyKindOfKey();
  for (const { id } of people) await admin.patch(`/v1/users/${id}`, { displayName: 'Hidden Name' });
});
afterAll(async () => {
  await sql.end();
  await service.close();
  await postgres.stop();
});

const code = ({ status, body }: Answer): [number, unknown] => [status, body['code']];
const settings = async (changes: object): Promise<void> => {
  expect((await admin.patch('/v1/settings/security', changes)).status).toBe(200);
};
const post = async (by: AdminClient, path: string, body: object): Promise<Key> => {
  const answer = await by.post(path, body);
  if (answer.status > 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Key;
};
const instant = (ms: number): string => new Date(ms).toISOString();

/** For each person: a key in every state, by its own doing, by its owner's and by a bulk revocation's. */
async function everyKindOfKey(): Promise<void> {
  let soon = '';
  for (const { client, id } of people) {
    soon = instant(Date.now() + 6000);
    const issue = (body: object = {}): Promise<Key> => post(client, '/v1/me/api-keys', body);
    const promise = (body: object = {}): Promise<Key> => post(admin, `/v1/users/${id}/api-keys`, body);
    await promise({ expiresAt: soon });
    await issue({ expiresAt: soon });
    const claimed = await promise({ expiresInDays: 5 });
    await post(client, `/v1/me/api-keys/${claimed.id}/claim`, {});
    for (const days of [1, 5, 30, 180]) await issue({ expiresInDays: days, name: `Zapier ${days} Übersicht` });
    await promise();
    await post(client, `/v1/api-keys/${(await issue()).id}/rotate`, { graceSeconds: 3600 });
    await post(client, `/v1/api-keys/${(await issue()).id}/revoke`, { reason: 'UNSPECIFIED' });
  }
  await post(admin, '/v1/api-keys/revoke', { filter: { userId: people[2]?.id }, reason: 'UNSPECIFIED' });
  await settings({ maxActiveKeysPerUser: 1000 });
  for (const days of [2, 20]) await post(people[2]?.client ?? admin, '/v1/me/api-keys', { expiresInDays: days });
  await eventually(() => Date.now() > Date.parse(soon));
  // As use reports would leave them; to the microsecond, and two alike.
  await sql.query(`
    update keyfold.key_uses u
    set last_use = timestamptz '2026-01-01 00:00:00.123456+00' + (u.created_position / 4) * interval '1 second'
    where u.created_position % 2 = 0`);
}

/** All pages of a list. */
async function all(query: string, by = admin, limit = 3): Promise<Key[]> {
  const items: Key[] = [];
  let cursor: string | null = null;
  do {
    const page: Answer = await by.get(
      `/v1/api-keys?limit=${limit}&${query}${cursor === null ? '' : `&cursor=${cursor}`}`,
    );
    if (page.status !== 200) throw new Error(`${query}: ${page.status} ${JSON.stringify(page.body)}`);
    items.push(...(page.body['items'] as Key[]));
    cursor = page.body['nextCursor'] as string | null;
  } while (cursor !== null);
  return items;
}

const sortedIds = (keys: readonly Key[]): string[] => keys.map(({ id }) => id).sort();

describe.each([
  { maximum: 180, isSwept: true },
  { maximum: 180, isSwept: false },
  { maximum: 10, isSwept: true },
  { maximum: 10, isSwept: false },
])('with a maximum lifetime of $maximum days, swept: $isSwept', ({ maximum, isSwept }) => {
  let everything: Key[];

  beforeAll(async () => {
    await settings({ maxApiKeyLifetimeDays: maximum });
    // What a policy of 10 days ends: keys older than that, which a test can only pretend.
    if (maximum === 10 && isSwept) await sql.query(makeOlder);
    if (!isSwept) await sql.query('select pg_advisory_lock($1)', [SWEEP_LOCK]);
    await sql.query('update keyfold.key_list_sweeps set is_due = true, generation = generation + 1');
    if (isSwept)
      await eventually(async () => {
        expect((await sql.query(selectUnswept)).rows).toEqual([]);
      });
    everything = await all('', admin, 200);
    expect(new Set(everything.map((key) => key['status'])).size).toBe(KEY_STATUSES.length);
  });
  afterAll(() => sql.query('select pg_advisory_unlock_all()'));

  test.each(KEY_STATUSES)('the keys with status %s are those that show it', async (status) => {
    const listed = await all(`status=${status}`);
    expect(listed.every((key) => key['status'] === status)).toBe(true);
    expect(sortedIds(listed)).toEqual(sortedIds(everything.filter((key) => key['status'] === status)));
  });

  test.each([0, 3, 7, 25, 200])(
    'the keys that expire before day %i are those whose effective expiry says so',
    async (days) => {
      const before = Date.now() + days * DAY_MS;
      const listed = await all(`expiresBefore=${instant(before)}`);
      const expected = everything.filter((key) => Date.parse(String(key['effectiveExpiresAt'])) < before);
      expect(sortedIds(listed)).toEqual(sortedIds(expected));
      const active = await all(`expiresBefore=${instant(before)}&status=active`);
      expect(sortedIds(active)).toEqual(sortedIds(expected.filter((key) => key['status'] === 'active')));
    },
  );

  test('the keys unused since an instant are those never used, and those used before it', async () => {
    const used = everything.flatMap(({ lastUsedAt }) => lastUsedAt ?? []).sort();
    const middle = instant(Date.parse(String(used[Math.floor(used.length / 2)])) + 1);
    const listed = await all(`unusedSince=${middle}`);
    const expected = everything.filter(({ lastUsedAt }) => lastUsedAt === null || lastUsedAt < middle);
    expect(sortedIds(listed)).toEqual(sortedIds(expected));
    expect(expected.length).toBeLessThan(everything.length);
    const last = listed.map(({ lastUsedAt }) => lastUsedAt ?? '');
    expect(last).toEqual([...last].sort().reverse());
  });

  test('the keys made before an instant are those, also among the unused ones', async () => {
    const made = everything.map((key) => String(key['createdAt'])).sort();
    const middle = String(made[Math.floor(made.length / 2)]);
    const older = everything.filter((key) => String(key['createdAt']) < middle);
    expect(older.length).toBeGreaterThan(0);
    expect(sortedIds(await all(`createdBefore=${middle}`))).toEqual(sortedIds(older));
    const unused = older.filter(({ lastUsedAt }) => lastUsedAt === null || lastUsedAt < middle);
    for (const sort of ['', '&sort=effectiveExpiresAt'])
      expect(sortedIds(await all(`createdBefore=${middle}&unusedSince=${middle}${sort}`))).toEqual(sortedIds(unused));
  });

  test.each([
    // By position: a test has made some keys older than the log could.
    { sort: 'createdAt', value: ({ id }: Key) => String(900 - everything.findIndex((key) => key.id === id)) },
    { sort: 'effectiveExpiresAt', value: (key: Key) => (key['effectiveExpiresAt'] as string | null) ?? '9999' },
    { sort: 'lastUsedAt', value: (key: Key) => key.lastUsedAt ?? '' },
  ])('sorted by $sort they are all there, in order, either way round', async ({ sort, value }) => {
    const ascending = await all(`sort=${sort}`);
    expect(sortedIds(ascending)).toEqual(sortedIds(everything));
    expect(ascending.map(value)).toEqual(ascending.map(value).sort());
    const descending = await all(`sort=-${sort}`, admin, 7);
    expect(descending.map(({ id }) => id)).toEqual(ascending.map(({ id }) => id).reverse());
    for (const status of ['active', 'pending']) {
      const narrowed = ascending.filter((key) => key['status'] === status && key.userId !== people[0]?.id);
      const listed = await all(`sort=${sort}&status=${status}`, supervisor.client, 2);
      expect(listed.map(({ id }) => id)).toEqual(narrowed.map(({ id }) => id));
    }
  });

  test("a search finds the beginnings of words of a key's name, or of its owner's user name", async () => {
    const [, second] = people;
    const isNamed = (key: Key): boolean => String(key['name']).startsWith('Zapier');
    expect(sortedIds(await all('query=übersicht%20ZAP'))).toEqual(sortedIds(everything.filter(isNamed)));
    const thirty = everything.filter((key) => String(key['name']).includes('30'));
    const byEnd = await all('query=30%20zapier&sort=effectiveExpiresAt&status=active');
    expect(sortedIds(byEnd)).toEqual(sortedIds(thirty.filter((key) => key['status'] === 'active')));
    const owned = everything.filter(({ userId }) => userId === second?.id);
    for (const query of [second?.username ?? '', (second?.username ?? '').slice(0, 8).toUpperCase()])
      expect(sortedIds(await all(`query=${query}&unusedSince=${instant(Date.now())}`))).toEqual(sortedIds(owned));
    // Not by what the list does not show of the owner, not by an end of a word, and not by signs alone.
    for (const query of ['Hidden', 'apier', '%2E%2E', 'zapier%20nowhere'])
      expect(await all(`query=${query}`)).toEqual([]);
    expect(sortedIds(await all('query=%20'))).toEqual(sortedIds(everything));
  });

  test('filters narrow together, and a supervisor sees the keys of subordinates alone', async () => {
    const [, second] = people;
    const mine = await all('', supervisor.client, 7);
    expect(sortedIds(mine)).toEqual(sortedIds(everything.filter(({ userId }) => userId !== people[0]?.id)));
    const narrowed = await all(
      `status=active&userId=${String(second?.id)}&unusedSince=${instant(Date.now())}`,
      supervisor.client,
    );
    const isNarrowed = (key: Key): boolean => key.userId === second?.id && key['status'] === 'active';
    expect(sortedIds(narrowed)).toEqual(sortedIds(everything.filter(isNarrowed)));
    expect(await all(`userId=${String(people[0]?.id)}`, supervisor.client)).toEqual([]);
    expect(await all('userId=nobody')).toEqual([]);
  });
});

test('lists by use go by the classes and supervisors that the keys have', async () => {
  const { rows } = await sql.query(`
    select k.key_id
    from keyfold.api_keys k
    full join keyfold.key_uses u using (created_position)
    where (k.list_class, k.supervisor_id) is distinct from (u.list_class, u.supervisor_id)`);
  expect(rows).toEqual([]);
});

// A sweep that is due, or keys that have ended since the last one.
const selectUnswept = `
  select 1
  from keyfold.key_list_sweeps
  where is_due
  union all
  select 1
  from keyfold.api_keys
  where list_class in ('live', 'pending')
    and ends_at_ms <= extract(epoch from clock_timestamp()) * 1000`;

// Of each person the key of 30 days, in what lists are made of: no log could be written with such times within a test.
const makeOlder = `
  update keyfold.api_keys k
  set issued_at_ms = issued_at_ms - ${11 * DAY_MS}, created_at_ms = created_at_ms - ${11 * DAY_MS},
    state = state || jsonb_build_object('issuedAtMs', (state ->> 'issuedAtMs')::bigint - ${11 * DAY_MS})
  where not is_pending
    and state ->> 'claimedAtMs' is null
    and own_expires_at_ms - issued_at_ms between ${29 * DAY_MS}::bigint and ${31 * DAY_MS}::bigint`;

test('a supervisor lists the keys of those whom they supervise now, whatever was issued before', async () => {
  const moved = people[1];
  const other = await createPerson(service, admin, { roles: ['supervisor'] });
  const before = sortedIds(await all(`userId=${String(moved?.id)}`));
  const supervise = async (supervisorId: string): Promise<void> => {
    expect((await admin.patch(`/v1/users/${String(moved?.id)}`, { supervisorId })).status).toBe(200);
  };
  expect(await all('', other.client)).toEqual([]);
  await supervise(other.id);
  expect(before.length).toBeGreaterThan(0);
  expect(sortedIds(await all('', other.client))).toEqual(before);
  expect(sortedIds(await all('', supervisor.client)).filter((id) => before.includes(id))).toEqual([]);
  await supervise(supervisor.id);
  expect(await all('', other.client)).toEqual([]);
});

test('a list is for who manages keys, and its query is read strictly', async () => {
  const [person] = people;
  expect(code(await (person?.client ?? admin).get('/v1/api-keys'))).toEqual([403, 'PERMISSION_DENIED']);
  for (const query of [
    'status=lost',
    'expiresBefore=tomorrow',
    'expiresBefore=2026-01-01',
    'unusedSince=1',
    'createdBefore=yesterday',
    'limit=0',
    'state=active',
    'sort=name',
    'sort=--createdAt',
    'query=a&query=b',
    'cursor=bm9uZQ',
  ])
    for (const by of [admin, person?.client ?? admin])
      expect(code(await by.get(`/v1/api-keys?${query}`))).toEqual([400, 'INVALID_REQUEST']);
  const { body } = await admin.get('/v1/api-keys?limit=1');
  const turned = await admin.get(`/v1/api-keys?sort=createdAt&cursor=${String(body['nextCursor'])}`);
  expect(code(turned)).toEqual([400, 'INVALID_REQUEST']);
  const other = await admin.get(`/v1/api-keys?status=expired&cursor=${String(body['nextCursor'])}`);
  expect([code(other), other.body['errors']]).toEqual([
    [400, 'INVALID_REQUEST'],
    [{ path: '/cursor', message: 'is not a cursor of this list', code: 'CURSOR' }],
  ]);
});

describe('a dry run', () => {
  const preview = (changes: object, by = admin, headers = {}): Promise<Answer> =>
    by.patch('/v1/settings/security?dryRun=true', changes, headers);

  test('counts the active keys whose acceptance or expiry would change, and writes nothing', async () => {
    await settings({ maxApiKeyLifetimeDays: 180 });
    const before = await admin.get('/v1/settings/security');
    const active = await all('status=active', admin, 200);
    const lowered = await preview({ maxApiKeyLifetimeDays: 25 });
    const wouldBe = (key: Key): string => instant(Date.parse(String(key['createdAt'])) + 25 * DAY_MS);
    const bound = active.filter((key) => String(key['effectiveExpiresAt']) > wouldBe(key));
    expect(bound.length).toBeGreaterThan(2);
    expect(lowered.body['affected']).toEqual({
      keys: bound.length,
      users: new Set(bound.map(({ userId }) => userId)).size,
    });
    const sample = (lowered.body['sample'] as Record<string, string>[]).sort((a, b) =>
      String(a['keyId']) < String(b['keyId']) ? -1 : 1,
    );
    const expected = bound
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((key) => ({
        keyId: key.id,
        username: key['username'],
        effectiveExpiresAt: key['effectiveExpiresAt'],
        wouldBe: wouldBe(key),
      }));
    expect(sample).toEqual(expected);
    const off = await preview({ apiKeyAuthenticationEnabled: false });
    expect(off.body['affected']).toMatchObject({ keys: active.length });
    expect((off.body['sample'] as Key[]).every((key) => key['wouldBe'] === null)).toBe(true);
    expect((await preview({ maxApiKeyLifetimeDays: 180, journal: 'all' })).body).toEqual({
      affected: { keys: 0, users: 0 },
      sample: [],
    });
    const after = await admin.get('/v1/settings/security');
    expect([after.body, after.headers.get('etag')]).toEqual([before.body, before.headers.get('etag')]);
  });

  test('that would end a key says when that was', async () => {
    const days = await preview({ maxApiKeyLifetimeDays: 1 });
    const ended = (days.body['sample'] as Key[]).filter((key) => Date.parse(String(key['wouldBe'])) < Date.now());
    expect(ended.length).toBeGreaterThan(0);
  });

  test('is checked like the change itself', async () => {
    expect(code(await preview({ maxApiKeyLifetimeDays: 181 }))).toEqual([400, 'INVALID_REQUEST']);
    expect(code(await admin.patch('/v1/settings/security?dryRun=yes', {}))).toEqual([400, 'INVALID_REQUEST']);
    expect(code(await admin.patch('/v1/settings/security?dryrun=true', {}))).toEqual([400, 'INVALID_REQUEST']);
    expect(code(await preview({}, admin, { 'if-match': '"0"' }))).toEqual([412, 'VERSION_CONFLICT']);
    const reader = await createPerson(service, admin, { roles: [await createRole(admin, ['settings.read'])] });
    expect(code(await preview({}, reader.client))).toEqual([403, 'PERMISSION_DENIED']);
    expect((await admin.patch('/v1/settings/security?dryRun=false', { journal: 'off' })).body['journal']).toBe('off');
  });
});
