import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ForkAlarm } from '@keyfold/messaging';
import { leafHash, openCheckpoint, parseVerifierKey, verifyInclusion } from '@keyfold/domain';
import type { Checkpoint } from '@keyfold/domain';
import { startTestAdminService } from '@keyfold/testing/admin-service';
import type { TestAdminService } from '@keyfold/testing/admin-service';
import { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres } from '@keyfold/testing/postgres';
import type { TestPostgres } from '@keyfold/testing/postgres';

const PASSWORD = 'correct horse battery staple';
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

type Item = Record<string, unknown> & { position: number; type: string; stream: string; recordedAt: string };

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let auditor: AdminClient;
let nobody: AdminClient;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await new AdminClient(service.url).signIn(service.adminUsername, service.adminPassword);
  auditor = await personWithRole('auditor', 'Auditor');
  nobody = await personWithRole('nobody', 'API Key Sign In');
});

afterAll(async () => {
  await service.close();
  await postgres.stop();
});

async function personWithRole(username: string, roleName: string): Promise<AdminClient> {
  const user = await admin.post('/v1/users', { username, displayName: `The ${username}`, password: PASSWORD });
  const roles = (await admin.get('/v1/roles')).body['items'] as { id: string; name: string }[];
  const role = roles.find(({ name }) => name === roleName);
  const granted = await admin.put(`/v1/users/${String(user.body['id'])}/roles/${role?.id ?? roleName}`);
  expect(granted.status).toBe(200);
  return new AdminClient(service.url).signIn(username, PASSWORD);
}

async function itemsOf(path: string, client = auditor): Promise<Item[]> {
  const answer = await client.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.body['items'] as Item[];
}

async function allItems(): Promise<Item[]> {
  const items: Item[] = [];
  for (let after = 0; ;) {
    const page = await itemsOf(`/v1/events?limit=200&after=${after}`);
    if (page.length === 0) return items;
    items.push(...page);
    after = page.at(-1)?.position ?? 0;
  }
}

const open = (note: string): Checkpoint => openCheckpoint(note, parseVerifierKey(service.logPublicKey));

async function fetchExport(query = '', client = auditor): Promise<{ response: Response; text: string }> {
  const headers = { authorization: `Bearer ${client.token ?? ''}` };
  const response = await fetch(`${service.url}/v1/audit/export${query}`, { headers });
  return { response, text: await response.text() };
}

describe('the events', () => {
  test('are the records themselves, all of them, in order', async () => {
    const items = await allItems();
    expect(items.map(({ position }) => position)).toEqual(items.map((_, index) => index + 1));
    for (const item of items) expect(Object.keys(item).sort()).toEqual(TEN_MEMBERS);
    const created = items.filter(({ type }) => type === 'UserCreated');
    expect(JSON.stringify(created)).not.toContain('The auditor');
  });

  test('come in pages that a cursor continues, with the first parameters repeated or not', async () => {
    const all = await allItems();
    const first = await auditor.get('/v1/events?limit=2&after=1');
    const cursor = String(first.body['nextCursor']);
    for (const path of [`/v1/events?limit=2&cursor=${cursor}`, `/v1/events?limit=2&after=1&cursor=${cursor}`]) {
      expect(await itemsOf(path)).toEqual(all.slice(3, 5));
    }
    const last = await auditor.get(`/v1/events?limit=200&after=${all.length - 1}`);
    expect(last.body).toMatchObject({ nextCursor: null, items: [all.at(-1)] });
  });

  test('are filtered by stream, type, actor and time', async () => {
    const all = await allItems();
    const some = all.find(({ type }) => type === 'RoleGranted') ?? all[0];
    const expectSame = async (query: string, keep: (item: Item) => boolean): Promise<void> => {
      expect(await itemsOf(`/v1/events?limit=200&${query}`)).toEqual(all.filter(keep).slice(0, 200));
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

  test.each(['/v1/events', '/v1/events/1', '/v1/events/1/proof', '/v1/audit/export'])(
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
    const items = answer.body['items'] as (Item & { revealed: Record<string, unknown> })[];
    expect(items.map(({ revealed }) => revealed['username'])).toEqual(['admin', 'auditor', 'nobody']);
    const recorded = (await allItems()).at(-1);
    expect(recorded).toMatchObject({ type: 'EventsRevealed', stream: expect.stringMatching(/^audit\//) as unknown });
    expect(recorded?.['data']).toMatchObject({ from: items[0]?.position, to: items.at(-1)?.position });
    expect(answer.headers.get('keyfold-position')).toBe(String(recorded?.position));
  });

  test('of one record likewise', async () => {
    const [first] = await itemsOf('/v1/events?type=UserCreated&limit=1');
    const before = (await allItems()).length;
    const answer = await admin.get(`/v1/events/${first?.position ?? 0}?reveal=true`);
    expect(answer.body).toMatchObject({ revealed: { username: 'admin' } });
    expect((await allItems()).length).toBe(before + 1);
  });

  test('that are hashes of credentials are shown to nobody', async () => {
    const items = await itemsOf('/v1/events?type=UserPasswordSet&reveal=true', admin);
    expect(items.length).toBeGreaterThan(0);
    for (const item of items)
      expect([item['revealed'], JSON.stringify(item)]).toEqual([{}, expect.not.stringContaining('$argon2')]);
  });

  test('are refused to an auditor, and nothing is recorded when nothing is shown', async () => {
    const before = (await allItems()).length;
    expect((await auditor.get(path)).status).toBe(403);
    expect((await auditor.get('/v1/events/1?reveal=true')).status).toBe(403);
    expect((await admin.get('/v1/events?type=Nothing&reveal=true')).status).toBe(200);
    expect((await auditor.get('/v1/events?type=UserCreated&reveal=false')).status).toBe(200);
    expect((await allItems()).length).toBe(before);
  });
});

describe('proofs', () => {
  test('hold for every record in every size of the log', async () => {
    const { text } = await fetchExport();
    const leaves = text.split('\n').slice(0, -2);
    for (let treeSize = 1; treeSize <= leaves.length; treeSize += 3) {
      for (const position of new Set([1, Math.ceil(treeSize / 2), treeSize])) {
        const { body } = await auditor.get(`/v1/events/${position}/proof?treeSize=${treeSize}`);
        const checkpoint = open(String(body['checkpoint']));
        expect([body['leafIndex'], body['treeSize'], checkpoint.size]).toEqual([position - 1, treeSize, treeSize]);
        const proof = (body['hashes'] as string[]).map((hash) => Buffer.from(hash, 'base64'));
        const hash = leafHash(Buffer.from(leaves[position - 1] ?? ''));
        const claim = { leafHash: hash, leafIndex: position - 1, treeSize, proof, root: checkpoint.root };
        expect(verifyInclusion(claim)).toBe(true);
      }
    }
  });

  test('are given in the log as it is unless a size is asked for', async () => {
    const size = (await allItems()).length;
    const { body } = await auditor.get('/v1/events/1/proof');
    expect(body['treeSize']).toBe(size);
    expect(open(String(body['checkpoint'])).size).toBe(size);
  });

  test('rest on a checkpoint that anyone can fetch', async () => {
    const response = await fetch(`${service.url}/v1/log/checkpoint`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(open(await response.text()).size).toBe((await allItems()).length);
  });
});

describe('an export', () => {
  test('is recorded first, has exactly the leaf bytes, and ends with a checkpoint over them', async () => {
    const { response, text } = await fetchExport();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('x-request-id')).toBeTruthy();
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    const { checkpoint } = JSON.parse(lines.pop() ?? '') as { checkpoint: string };
    expect(open(checkpoint).size).toBe(lines.length);
    expect(lines.map((line) => JSON.parse(line) as Item)).toEqual(await allItems());
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'ExportMade', data: { size: lines.length } });
    expect(response.headers.get('keyfold-position')).toBe(String(lines.length));
  });

  test('of an earlier size is the log as it was, byte for byte', async () => {
    const whole = (await fetchExport()).text.split('\n');
    const { text } = await fetchExport('?treeSize=3');
    const lines = text.split('\n');
    expect(lines.slice(0, 3)).toEqual(whole.slice(0, 3));
    expect(lines).toHaveLength(5);
    expect(open((JSON.parse(lines[3] ?? '') as { checkpoint: string }).checkpoint).size).toBe(3);
    expect((await allItems()).at(-1)).toMatchObject({ type: 'ExportMade', data: { size: 3 } });
  });

  test('is made by nothing but a GET', async () => {
    const before = (await allItems()).length;
    const headers = { authorization: `Bearer ${auditor.token ?? ''}` };
    const response = await fetch(`${service.url}/v1/audit/export`, { method: 'HEAD', headers });
    expect(response.status).toBe(405);
    expect((await allItems()).length).toBe(before);
  });
});

test('the routes are in the OpenAPI document', async () => {
  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  for (const path of [
    '/v1/events',
    '/v1/events/{position}',
    '/v1/events/{position}/proof',
    '/v1/log/checkpoint',
    '/v1/audit/export',
  ])
    expect(Object.keys(document.paths)).toContain(path);
});

// The last test: an alarm stays until the process ends.
test('a forked log shows its records, but neither signs nor exports', async () => {
  const before = (await allItems()).length;
  service.service.app
    .get(ForkAlarm, { strict: false })
    .raise({ noticedBy: 'signer', detail: 'planted', firstDifferingPosition: null });
  for (const path of ['/v1/log/checkpoint', '/v1/events/1/proof', '/v1/audit/export']) {
    expect(await auditor.get(path)).toMatchObject({ status: 503, body: { code: 'LOG_FORKED' } });
  }
  expect((await admin.get('/v1/events?reveal=true')).body).toMatchObject({ code: 'LOG_FORKED' });
  expect((await allItems()).length).toBe(before);
});
