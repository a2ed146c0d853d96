import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { DAY_MS, deriveSharedKeys } from '@keyfold/domain';
import { sealUseReport } from '@keyfold/messaging';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { eventually } from '@keyfold/testing/eventually';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, type Person, signInAdmin } from '@keyfold/testing/signed-in';
import { ExpiryNotices } from './expiry-notices.js';
import { LogNotices } from './log-notices.js';

let postgres: TestPostgres;
let first: TestAdminService;
let second: TestAdminService;
let admin: AdminClient;
let anna: Person;
let db: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  first = await startTestAdminService({ database });
  second = await startTestAdminService({ database, secrets: first });
  db = new pg.Pool({ connectionString: database.serviceUrl, max: 2 });
  admin = await signInAdmin(first);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  anna = await createPerson(first, admin, { roles: ['api-key-generate', 'api-key-sign-in'] });
});
afterAll(async () => {
  await db.end();
  await Promise.all([first.close(), second.close()]);
  await postgres.stop();
});

interface Notice {
  readonly id: string;
  readonly type: string;
  readonly keyId: string;
  readonly keyName: string | null;
  readonly occurredAt: string;
  readonly data: Record<string, unknown>;
}

async function issue(by: Person = anna, body: object = {}): Promise<string> {
  const answer = await by.client.post('/v1/me/api-keys', body);
  expect(answer.status).toBe(201);
  return String(answer.body['id']);
}

async function noticesOf(keyId: string, by = anna): Promise<Notice[]> {
  const answer = await by.client.get('/v1/me/notices?limit=200');
  expect(answer.status).toBe(200);
  return (answer.body['items'] as Notice[]).filter((notice) => notice.keyId === keyId);
}

/** The newest first. */
async function expectTypes(keyId: string, types: string[], by = anna): Promise<Notice[]> {
  await eventually(async () => {
    expect((await noticesOf(keyId, by)).map(({ type }) => type)).toEqual(types);
  });
  return noticesOf(keyId, by);
}

const revoke = (keyId: string): Promise<unknown> =>
  anna.client.post(`/v1/api-keys/${keyId}/revoke`, { reason: 'KEY_COMPROMISE' });

const makersOf = <Maker>(maker: new (...args: never[]) => Maker): Maker[] =>
  [first, second].map(({ service }) => service.app.get(maker, { strict: false }));

/** Several runs of both replicas at once. */
const runExpiry = async (): Promise<void> => {
  await Promise.all([...makersOf(ExpiryNotices), ...makersOf(ExpiryNotices)].map((maker) => maker.run()));
};

/** Moves a key's life into the past, so that it ends so many days from now. */
async function endsIn(keyId: string, days: number): Promise<void> {
  const shift = `k.own_expires_at_ms - (extract(epoch from clock_timestamp()) * 1000)::bigint - $2::bigint`;
  await db.query(
    `update keyfold.api_keys k
     set own_expires_at_ms = k.own_expires_at_ms - (${shift}), issued_at_ms = k.issued_at_ms - (${shift})
     where k.key_id = $1`,
    [keyId, Math.round(days * DAY_MS)],
  );
}

const forgetLastRun = (): Promise<unknown> =>
  db.query(`update keyfold.notice_makers set state = null where name = 'expiry'`);

async function reportRetired(keyId: string, at: string, addresses: string[], by = first): Promise<number> {
  const report = { gatewayId: 'gateway-x', uses: [], retired: [{ keyId, at, addresses }] };
  const keys = deriveSharedKeys([first.sharedSecret]);
  const body = sealUseReport(report, { protocol: 2, keys }).text;
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${by.internalUrl}/internal/v1/use`, { method: 'POST', body, headers })).status;
}

describe('notices of records', () => {
  test('tell the owner of issue and revocation, once each', async () => {
    const keyId = await issue(anna, { name: 'nightly job' });
    const [issued] = await expectTypes(keyId, ['ApiKeyIssued']);
    expect(issued).toMatchObject({ keyName: 'nightly job', data: { pending: false, createdBy: `user/${anna.id}` } });
    await revoke(keyId);
    await revoke(keyId);
    const [revoked] = await expectTypes(keyId, ['ApiKeyRevoked', 'ApiKeyIssued']);
    expect(revoked?.data).toEqual({ reason: 'KEY_COMPROMISE' });
  });

  test('tell of a rotation once, and not of the successor besides', async () => {
    const keyId = await issue();
    const rotated = await anna.client.post(`/v1/api-keys/${keyId}/rotate`, { graceSeconds: 60 });
    expect(rotated.status).toBe(201);
    const [notice] = await expectTypes(keyId, ['ApiKeyRotated', 'ApiKeyIssued']);
    expect(notice?.data).toEqual({ successorId: rotated.body['id'], graceSeconds: 60 });
    expect(await noticesOf(String(rotated.body['id']))).toEqual([]);
  });

  test('tell each owner of a bulk revocation', async () => {
    const bob = await createPerson(first, admin, { roles: ['api-key-generate'] });
    const [one, two] = [await issue(bob), await issue(bob)];
    const answer = await admin.post('/v1/api-keys/revoke', { filter: { userId: bob.id }, reason: 'UNSPECIFIED' });
    expect([answer.status, answer.body['revoked']]).toEqual([200, 2]);
    for (const keyId of [one, two]) await expectTypes(keyId, ['ApiKeyRevoked', 'ApiKeyIssued'], bob);
  });

  test('are made again by nobody: not by both replicas at once, not from an earlier position', async () => {
    const keyId = await issue();
    await expectTypes(keyId, ['ApiKeyIssued']);
    const count = async (): Promise<unknown> => (await db.query(`select count(*) from keyfold.notices`)).rows[0];
    const before = await count();
    // As after a crash between notices and position, if they did not commit together.
    await db.query(`update keyfold.notice_makers set position = position - 5 where name = 'log'`);
    await Promise.all([...makersOf(LogNotices), ...makersOf(LogNotices)].map((maker) => maker.run()));
    // A maker of a replica may have been running already, and ends by itself.
    await eventually(async () => {
      const { rows } = await db.query(
        `select 1 from keyfold.notice_makers m, keyfold.log_head h where m.name = 'log' and m.position = h.size`,
      );
      return rows.length === 1;
    });
    expect(await count()).toEqual(before);
  });
});

/**
 * A key whose owner knows of it: notices of records follow within moments, those of ends come when a test asks for
 * them.
 */
async function issueKnown(body: object = {}): Promise<string> {
  const keyId = await issue(anna, body);
  await expectTypes(keyId, ['ApiKeyIssued']);
  return keyId;
}

describe('notices of an end that comes near', () => {
  test('come at 30, 14, 7 and 1 days, once each', async () => {
    const keyId = await issueKnown();
    for (const days of [31, 29.5, 29, 13.9, 6.9, 0.5]) {
      await endsIn(keyId, days);
      await forgetLastRun();
      await runExpiry();
    }
    const notices = (await noticesOf(keyId)).filter(({ type }) => type === 'ApiKeyExpiring');
    // The second at 30 days is another one, since its end had been moved.
    expect(notices.map(({ data }) => data['daysLeft'])).toEqual([1, 7, 14, 30, 30]);
    await runExpiry();
    expect((await noticesOf(keyId)).filter(({ type }) => type === 'ApiKeyExpiring')).toHaveLength(5);
  });

  test('come for what has come near since the last run, without looking at all keys', async () => {
    const keyId = await issueKnown();
    await runExpiry();
    await db.query(
      `update keyfold.notice_makers set state = jsonb_set(state, '{atMs}', to_jsonb((state ->> 'atMs')::bigint - 3600000)) where name = 'expiry'`,
    );
    await endsIn(keyId, 14 - 0.01);
    await runExpiry();
    const [notice] = await expectTypes(keyId, ['ApiKeyExpiring', 'ApiKeyIssued']);
    expect(notice?.data).toMatchObject({ daysLeft: 14, boundBy: 'key' });
  });

  test('come at once when the policy shortens lives, and not for a key that is new and short anyway', async () => {
    const long = await issueKnown();
    const short = await issueKnown({ expiresInDays: 5 });
    await admin.patch('/v1/settings/security', { maxApiKeyLifetimeDays: 6 });
    await runExpiry();
    await admin.patch('/v1/settings/security', { maxApiKeyLifetimeDays: 180 });
    await runExpiry();
    const [notice] = await expectTypes(long, ['ApiKeyExpiring', 'ApiKeyIssued']);
    expect(notice?.data).toMatchObject({ daysLeft: 7, boundBy: 'policy' });
    await expectTypes(short, ['ApiKeyIssued']);
  });

  test('do not come for a key that is revoked', async () => {
    const keyId = await issue();
    await revoke(keyId);
    await endsIn(keyId, 5);
    await forgetLastRun();
    await runExpiry();
    await expectTypes(keyId, ['ApiKeyRevoked', 'ApiKeyIssued']);
  });
});

describe('notices of retired keys in use', () => {
  test('come once an hour for a key, with the number of addresses, whichever replica hears of it', async () => {
    const keyId = await issue();
    await revoke(keyId);
    await expectTypes(keyId, ['ApiKeyRevoked', 'ApiKeyIssued']);
    const at = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const reports = [
      reportRetired(keyId, at(50), ['192.0.2.1', '192.0.2.2']),
      reportRetired(keyId, at(50), ['192.0.2.2', '2001:db8::1'], second),
      reportRetired(keyId, at(30), ['192.0.2.1'], second),
    ];
    expect(await Promise.all(reports)).toEqual([200, 200, 200]);
    expect(await reportRetired(keyId, at(180), ['198.51.100.1'])).toBe(200);
    const notices = (await noticesOf(keyId)).filter(({ type }) => type === 'RetiredKeyUsed');
    expect(notices.map(({ data }) => data['addresses'])).toEqual([1, 3]);
    expect(notices[1]?.data['keyStatus']).toBe('revoked');
    const seen = await admin.get(`/v1/notices?type=RetiredKeyUsed&keyId=${keyId}`);
    expect((seen.body['items'] as Notice[]).map(({ id }) => id)).toEqual(notices.map(({ id }) => id));
  });

  test('do not come for a key that is not retired, whatever a report says', async () => {
    const keyId = await issue();
    expect(await reportRetired(keyId, new Date().toISOString(), ['192.0.2.1'])).toBe(200);
    await expectTypes(keyId, ['ApiKeyIssued']);
  });
});

describe('the lists of notices', () => {
  test("show each person their own, and everybody's only to who manages all keys", async () => {
    const bob = await createPerson(first, admin, { roles: ['api-key-generate'] });
    const keyId = await issue();
    await expectTypes(keyId, ['ApiKeyIssued']);
    expect((await bob.client.get('/v1/me/notices')).body['items']).toEqual([]);
    expect((await bob.client.get('/v1/notices')).status).toBe(403);
    expect((await bob.client.get('/v1/notices?type=nonsense')).status).toBe(400);
  });

  test('are cut into pages that later notices do not move', async () => {
    const all = (await anna.client.get('/v1/me/notices?limit=200')).body['items'] as Notice[];
    const page = await anna.client.get('/v1/me/notices?limit=2');
    const keyId = await issue();
    await expectTypes(keyId, ['ApiKeyIssued']);
    const next = await anna.client.get(`/v1/me/notices?limit=2&cursor=${String(page.body['nextCursor'])}`);
    const shown = [...(page.body['items'] as Notice[]), ...(next.body['items'] as Notice[])];
    expect(shown.map(({ id }) => id)).toEqual(all.slice(0, 4).map(({ id }) => id));
  });

  test('say what has been read, up to the notice that the owner names', async () => {
    const bob = await createPerson(first, admin, { roles: ['api-key-generate'] });
    for (const n of [1, 2, 3]) await issue(bob, { name: `n${n}` });
    const unread = async (): Promise<string[]> => {
      const { body } = await bob.client.get('/v1/me/notices?unread=true&limit=200');
      return (body['items'] as Notice[]).map(({ id }) => id);
    };
    await eventually(async () => {
      expect(await unread()).toHaveLength(3);
    });
    const [newest, middle, oldest] = await unread();
    const read = (upTo: unknown, by = bob): Promise<Answer> => by.client.post('/v1/me/notices/read', { upTo });
    const answer = await read(middle);
    expect([answer.status, answer.body]).toEqual([200, { unread: 1 }]);
    expect(answer.headers.get('keyfold-position')).toMatch(/^\d+$/);
    expect(await unread()).toEqual([newest]);
    const all = (await bob.client.get('/v1/me/notices')).body['items'] as (Notice & { read: boolean })[];
    expect(all.map(({ id, read: isRead }) => [id, isRead])).toEqual([
      [newest, false],
      [middle, true],
      [oldest, true],
    ]);
    // Nobody marks another person's, and reading an older one again takes nothing back.
    for (const refused of [await read(newest, anna), await read('none'), await read(anna.id)])
      expect([refused.status, refused.body['code']]).toEqual([404, 'NOT_FOUND']);
    expect((await read(oldest)).body).toEqual({ unread: 1 });
    expect((await read(newest)).body).toEqual({ unread: 0 });
    expect((await read(undefined)).status).toBe(400);
  });
});
