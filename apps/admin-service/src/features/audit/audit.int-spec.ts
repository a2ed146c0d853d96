import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Checkpoint, CosignatureVerifier, NoteVerifier } from '@keyfold/domain';
import {
  cosignedAt,
  leafHash,
  openCheckpoint,
  openCosignerCertificate,
  parseVerifierKey,
  verifyConsistency,
  verifyInclusion,
} from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { ForkAlarm } from '@keyfold/messaging';
import type { TestAdminService } from '@keyfold/testing/admin-service';
import { startTestAdminService } from '@keyfold/testing/admin-service';
import { allEvents, type EventItem } from '@keyfold/testing/events-api';
import { eventually } from '@keyfold/testing/eventually';
import { AdminClient } from '@keyfold/testing/http-client';
import type { TestPostgres } from '@keyfold/testing/postgres';
import { startTestPostgres } from '@keyfold/testing/postgres';
import { createPerson, signInAdmin } from '@keyfold/testing/signed-in';
import { openTlogProof } from '@keyfold/testing/tlog-proof';

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let auditor: AdminClient;
let nobody: AdminClient;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({
    database: await postgres.createDatabase(),
    env: { KEYFOLD_LOG_COSIGN_SECONDS: '1' },
  });
  admin = await signInAdmin(service);
  ({ client: auditor } = await createPerson(service, admin, { username: 'auditor', roles: ['auditor'] }));
  ({ client: nobody } = await createPerson(service, admin, { username: 'nobody', roles: ['api-key-sign-in'] }));
});

afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const logKey = (): NoteVerifier => parseVerifierKey(service.logPublicKey);
const open = (note: string): Checkpoint => openCheckpoint(note, logKey());

async function fetchExport(query = '', client = auditor): Promise<{ response: Response; text: string }> {
  const headers = { authorization: `Bearer ${client.token ?? ''}` };
  const response = await fetch(`${service.url}/v1/audit/export${query}`, { headers });
  return { response, text: await response.text() };
}

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
    const size = (await allEvents(auditor)).length;
    const { body } = await auditor.get('/v1/events/1/proof');
    expect(body['treeSize']).toBe(size);
    expect(open(String(body['checkpoint'])).size).toBe(size);
  });

  test('rest on a checkpoint that anyone can fetch', async () => {
    const response = await fetch(`${service.url}/v1/log/checkpoint`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(open(await response.text()).size).toBe((await allEvents(auditor)).length);
  });
});

describe('what others can check', () => {
  const cosigner = async (): Promise<CosignatureVerifier> =>
    openCosignerCertificate(await (await fetch(`${service.url}/v1/log/cosigner`)).text(), logKey());

  test('a checkpoint says when it was the newest one', async () => {
    const before = Math.floor(Date.now() / 1_000);
    const note = await (await fetch(`${service.url}/v1/log/checkpoint`)).text();
    expect(cosignedAt(note, await cosigner())).toBeGreaterThanOrEqual(before);
    const key = await (await fetch(`${service.url}/v1/log/public-key`)).text();
    expect(key).toBe(`${service.logPublicKey}\n`);
  });

  test('one is kept in each interval, also while nothing happens', async () => {
    const verifier = await cosigner();
    const { size } = await service.service.app.get(PostgresEventStore, { strict: false }).head();
    let kept: { size: number; cosignedAt: string; checkpoint: string }[] = [];
    await eventually(async () => {
      const { body } = await new AdminClient(service.url).get('/v1/log/cosigned-checkpoints?limit=200');
      kept = body['items'] as typeof kept;
      const same = kept.filter((item) => item.size === size);
      // The first and the last of this size, and in between them the interval has passed more than once.
      const spanMs = Date.parse(same.at(-1)?.cosignedAt ?? '') - Date.parse(same[0]?.cosignedAt ?? '');
      return same.length === 2 && spanMs >= 2_000;
    });
    for (const item of kept) {
      expect(open(item.checkpoint).size).toBe(item.size);
      expect(cosignedAt(item.checkpoint, verifier)).toBe(Date.parse(item.cosignedAt) / 1_000);
    }
    const [first] = kept;
    const path = `/v1/log/cosigned-checkpoints?from=${first?.cosignedAt ?? ''}&to=${first?.cosignedAt ?? ''}`;
    expect((await new AdminClient(service.url).get(path)).body).toEqual({ items: [], nextCursor: null });
  });

  test('a tlog-proof is one text that shows the record to whoever has the key', async () => {
    const { text } = await fetchExport();
    const leaf = leafHash(Buffer.from(text.split('\n')[1] ?? ''));
    const headers = { authorization: `Bearer ${auditor.token ?? ''}` };
    const response = await fetch(`${service.url}/v1/events/2/tlog-proof?treeSize=5`, { headers });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('content-disposition')).toContain('keyfold-2.tlog-proof');
    expect(openTlogProof(await response.text(), leaf, logKey()).size).toBe(5);
  });

  test('consistency is shown between any two sizes that the log has had', async () => {
    const { body } = await auditor.get('/v1/log/consistency?from=3&to=7');
    const roots = await Promise.all(
      [3, 7].map(
        async (size) =>
          open(String((await auditor.get(`/v1/events/1/proof?treeSize=${size}`)).body['checkpoint'])).root,
      ),
    );
    const [fromRoot = Buffer.of(), toRoot = Buffer.of()] = roots;
    const proof = (body['hashes'] as string[]).map((hash) => Buffer.from(hash, 'base64'));
    expect(verifyConsistency({ fromSize: 3, fromRoot, toSize: 7, toRoot, proof })).toBe(true);
  });

  test('tiles need no sign-in, entries need audit.read, and there are none beyond the log', async () => {
    const status = async (path: string, client = new AdminClient(service.url)): Promise<number> =>
      (await client.get(`/v1/log/tile/${path}`)).status;
    expect(await status('0/000.p/3')).toBe(200);
    for (const path of ['0/000', '0/000.p/0', '0/0', '1/000.p/1', '64/000', '0/x001/000', 'other', '0/000.p/3/x'])
      expect([path, await status(path)]).toEqual([path, 404]);
    expect(await status('entries/000.p/3')).toBe(401);
    expect(await status('entries/000.p/3', nobody)).toBe(403);
    expect(await status('entries/000.p/3', auditor)).toBe(200);
    expect(await status('entries/000', auditor)).toBe(404);
    expect(await status('0/000.p/3?bogus=1')).toBe(400);
    expect((await auditor.post('/v1/log/tile/0/000.p/3')).status).toBe(405);
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
    expect(lines.map((line) => JSON.parse(line) as EventItem)).toEqual(await allEvents(auditor));
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
    expect((await allEvents(auditor)).at(-1)).toMatchObject({ type: 'ExportMade', data: { size: 3 } });
  });

  test('is made by nothing but a GET', async () => {
    const before = (await allEvents(auditor)).length;
    const headers = { authorization: `Bearer ${auditor.token ?? ''}` };
    const response = await fetch(`${service.url}/v1/audit/export`, { method: 'HEAD', headers });
    expect(response.status).toBe(405);
    expect((await allEvents(auditor)).length).toBe(before);
  });
});

test('the routes are in the OpenAPI document', async () => {
  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  for (const path of [
    '/v1/events',
    '/v1/events/{position}',
    '/v1/events/{position}/proof',
    '/v1/events/{position}/tlog-proof',
    '/v1/log/checkpoint',
    '/v1/log/cosigned-checkpoints',
    '/v1/log/consistency',
    '/v1/log/tile/{path}',
    '/v1/log/tile/entries/{path}',
    '/v1/audit/export',
  ])
    expect(Object.keys(document.paths)).toContain(path);
});

// The last test: an alarm stays until the process ends.
test('a forked log shows its records, but neither signs nor exports', async () => {
  const before = (await allEvents(auditor)).length;
  service.service.app.get(ForkAlarm, { strict: false }).raise({
    noticedBy: 'signer',
    detail: 'planted',
    firstDifferingPosition: null,
    lost: { origin: 'planted', size: before + 2, root: Buffer.alloc(32), note: null },
    headSize: before,
  });
  for (const path of ['/v1/log/checkpoint', '/v1/events/1/proof', '/v1/audit/export']) {
    expect(await auditor.get(path)).toMatchObject({
      status: 503,
      // What an acknowledgement has to name.
      body: { code: 'LOG_FORKED', position: before, checkpoint: expect.stringMatching(/^planted\n\d+\n/) },
    });
  }
  expect((await admin.get('/v1/events?reveal=true')).body).toMatchObject({ code: 'LOG_FORKED' });
  expect((await allEvents(auditor)).length).toBe(before);
});
