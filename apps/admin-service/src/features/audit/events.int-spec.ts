import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commitmentOf } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { allEvents, type EventItem, itemsOf } from '@keyfold/testing/events-api';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, signInAdmin } from '@keyfold/testing/signed-in';

const TEN_MEMBERS = [
  'actor',
  'correlationId',
  'data',
  'position',
  'recordedAt',
  'schemaVersion',
  'sealed',
  'stream',
  'type',
  'version',
];

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let auditor: AdminClient;
let nobody: AdminClient;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
  ({ client: auditor } = await createPerson(service, admin, { username: 'auditor', roles: ['auditor'] }));
  ({ client: nobody } = await createPerson(service, admin, { username: 'nobody', roles: ['api-key-sign-in'] }));
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

describe('the events', () => {
  test('are the records themselves, all of them, in order', async () => {
    const items = await allEvents(auditor);
    expect(items.map(({ position }) => position)).toEqual(items.map((_, index) => index + 1));
    for (const item of items) expect(Object.keys(item).sort()).toEqual(TEN_MEMBERS);
    const created = items.filter(({ type }) => type === 'UserCreated');
    expect(JSON.stringify(created)).not.toContain('nobody');
  });

  test('come in pages that a cursor continues, with the first parameters repeated or not', async () => {
    const all = await allEvents(auditor);
    const first = await auditor.get('/v1/events?limit=2&after=1');
    const cursor = String(first.body['nextCursor']);
    for (const path of [`/v1/events?limit=2&cursor=${cursor}`, `/v1/events?limit=2&after=1&cursor=${cursor}`]) {
      expect(await itemsOf(auditor, path)).toEqual(all.slice(3, 5));
    }
    const last = await auditor.get(`/v1/events?limit=200&after=${all.length - 1}`);
    expect(last.body).toMatchObject({ nextCursor: null, items: [all.at(-1)] });
  });

  test('come newest first when asked, page by page, above a position', async () => {
    const all = await allEvents(auditor);
    const path = '/v1/events?order=desc&limit=3&after=2';
    const first = await auditor.get(path);
    const second = await auditor.get(`${path}&cursor=${String(first.body['nextCursor'])}`);
    const seen = [first, second].flatMap(({ body }) => body['items'] as EventItem[]);
    expect(seen).toEqual(all.toReversed().slice(0, 6));
    expect((await itemsOf(auditor, '/v1/events?order=desc&limit=200&after=2')).at(-1)).toEqual(all[2]);
    expect(await itemsOf(auditor, '/v1/events?order=desc&type=UserCreated')).toEqual(
      all.filter(({ type }) => type === 'UserCreated').toReversed(),
    );
    const turned = await auditor.get(`/v1/events?cursor=${String(first.body['nextCursor'])}`);
    expect(turned.body['errors']).toEqual([
      { path: '/cursor', message: 'is not a cursor of this list', code: 'CURSOR' },
    ]);
  });

  test('are filtered by stream, type, actor and time', async () => {
    const all = await allEvents(auditor);
    const some = all.find(({ type }) => type === 'RoleGranted') ?? all[0];
    const expectSame = async (query: string, keep: (item: EventItem) => boolean): Promise<void> => {
      expect(await itemsOf(auditor, `/v1/events?limit=200&${query}`)).toEqual(all.filter(keep).slice(0, 200));
    };
    const at = String(some?.recordedAt);
    await expectSame(`stream=${encodeURIComponent(String(some?.stream))}`, ({ stream }) => stream === some?.stream);
    await expectSame('type=RoleGranted', ({ type }) => type === 'RoleGranted');
    await expectSame('actor=system', (item) => item['actor'] === 'system');
    await expectSame(`from=${at}`, ({ recordedAt }) => recordedAt >= at);
    await expectSame(`to=${at}`, ({ recordedAt }) => recordedAt < at);
    await expectSame('from=0000-01-01T00:00:00Z', () => true);
    await expectSame('to=9999-12-31T23:59:59.999Z', () => true);
    await expectSame(`type=Nothing`, () => false);
  });

  test.each([
    '/v1/events?bogus=1',
    '/v1/events?limit=0',
    '/v1/events?limit=201',
    '/v1/events?limit=01',
    '/v1/events?limit=1&limit=2',
    '/v1/events?after=-1',
    '/v1/events?after=1e3',
    '/v1/events?cursor=nonsense',
    '/v1/events?from=yesterday',
    '/v1/events?order=down',
    '/v1/events?to=9999-12-31T23:59:59-23:59',
    '/v1/events?stream=',
    '/v1/events?stream=a%00b',
    '/v1/events?reveal=yes',
    '/v1/events/0',
    '/v1/events/abc',
    '/v1/events/1?bogus=1',
    '/v1/events/1/proof?treeSize=0',
    '/v1/events/2/proof?treeSize=1',
    '/v1/events/1/proof?treeSize=999999',
    '/v1/events/1/tlog-proof?treeSize=999999',
    '/v1/log/consistency?from=1&to=999999',
    '/v1/log/consistency?from=3&to=2',
    '/v1/log/consistency?from=3',
    '/v1/log/cosigned-checkpoints?from=yesterday',
    '/v1/audit/export?treeSize=0',
    '/v1/audit/export?treeSize=999999',
    '/v1/audit/export?bogus=1',
  ])('%s is a 400 that names what is wrong', async (path) => {
    const answer = await auditor.get(path);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [{ path: expect.stringMatching(/^\//) as unknown }],
    });
  });

  test.each(['/v1/events', '/v1/events/1', '/v1/events/1/proof', '/v1/events/1/tlog-proof', '/v1/audit/export'])(
    '%s needs audit.read',
    async (path) => {
      expect((await new AdminClient(service.url).get(path)).status).toBe(401);
      expect((await nobody.get(path)).status).toBe(403);
      expect((await nobody.get(`${path}?bogus=1`)).status).toBe(400);
    },
  );

  test('beyond the head are not found', async () => {
    expect((await auditor.get('/v1/events/999999')).status).toBe(404);
    expect((await auditor.get('/v1/events/999999/proof')).status).toBe(404);
  });
});

describe('sealed values', () => {
  const path = '/v1/events?type=UserCreated&reveal=true';

  test('are shown to who may see them, and that is in the log before they are', async () => {
    const answer = await admin.get(path);
    const items = answer.body['items'] as (EventItem & { revealed: Record<string, unknown> })[];
    expect(items.map(({ revealed }) => revealed['username'])).toEqual(['admin', 'auditor', 'nobody']);
    const recorded = (await allEvents(auditor)).at(-1);
    expect(recorded).toMatchObject({ type: 'EventsRevealed', stream: expect.stringMatching(/^audit\//) as unknown });
    expect(recorded?.['data']).toMatchObject({ from: items[0]?.position, to: items.at(-1)?.position });
    expect(answer.headers.get('keyfold-position')).toBe(String(recorded?.position));
  });

  test('come with the salts, by which anyone can compute their commitments again', async () => {
    const items = await itemsOf(admin, '/v1/events?type=UserCreated&reveal=true&order=desc');
    const recorded = (await allEvents(auditor)).at(-1);
    expect(recorded?.['data']).toMatchObject({ from: items.at(-1)?.position, to: items[0]?.position });
    for (const item of items) {
      const { revealed, salts, sealed } = item as EventItem &
        Record<'revealed' | 'salts' | 'sealed', Record<string, string>>;
      expect(Object.keys(salts)).toEqual(Object.keys(sealed));
      for (const [field, commitment] of Object.entries(sealed))
        expect(commitmentOf({ salt: String(salts[field]), value: revealed[field] ?? null })).toBe(commitment);
    }
  });

  test('of one record likewise', async () => {
    const [first] = await itemsOf(auditor, '/v1/events?type=UserCreated&limit=1');
    const before = (await allEvents(auditor)).length;
    const answer = await admin.get(`/v1/events/${first?.position ?? 0}?reveal=true`);
    expect(answer.body).toMatchObject({ revealed: { username: 'admin' } });
    expect((await allEvents(auditor)).length).toBe(before + 1);
  });

  test('that are hashes of credentials are shown to nobody', async () => {
    const items = await itemsOf(admin, '/v1/events?type=UserPasswordSet&reveal=true');
    expect(items.length).toBeGreaterThan(0);
    for (const item of items)
      expect([item['revealed'], JSON.stringify(item)]).toEqual([{}, expect.not.stringContaining('$argon2')]);
  });

  test('are refused to an auditor, and nothing is recorded when nothing is shown', async () => {
    const before = (await allEvents(auditor)).length;
    expect((await auditor.get(path)).status).toBe(403);
    expect((await auditor.get('/v1/events/1?reveal=true')).status).toBe(403);
    expect((await admin.get('/v1/events?type=Nothing&reveal=true')).status).toBe(200);
    expect((await auditor.get('/v1/events?type=UserCreated&reveal=false')).status).toBe(200);
    expect((await allEvents(auditor)).length).toBe(before);
  });
});
