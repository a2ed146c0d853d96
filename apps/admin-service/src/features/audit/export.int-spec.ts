import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PostgresEventStore } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { testAppend, testEvent } from '@keyfold/testing/event-log';
import { runKeyfold } from '@keyfold/testing/keyfold-command';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { signInAdmin } from '@keyfold/testing/signed-in';

const RECORDS = 20_000;

let postgres: TestPostgres;
let service: TestAdminService;
let store: PostgresEventStore;
let token: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  token = (await signInAdmin(service)).token ?? '';
  store = service.service.app.get(PostgresEventStore, { strict: false });
  for (let nth = 0; nth < RECORDS; nth += 2_000) {
    const events = Array.from({ length: 2_000 }, (_, at) =>
      testEvent(`audit/filler-${nth + at}`, { text: `${nth + at} `.repeat(100) }, { note: `note ${nth + at}` }),
    );
    await store.append(testAppend(events));
  }
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

/** As the bytes come, which fetch would decode. */
async function ask(query: string, acceptEncoding?: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${token}`, ...(acceptEncoding && { 'accept-encoding': acceptEncoding }) };
  const [response] = (await once(get(`${service.url}/v1/audit/export${query}`, { headers }), 'response')) as [
    IncomingMessage,
  ];
  return response;
}

const isHeld = async (text: Uint8Array, ...options: string[]): Promise<unknown> => {
  const args = ['verify', '-', '--json', '--key', service.logPublicKey, ...options];
  return JSON.parse((await runKeyfold(args, { stdin: Readable.from([Buffer.from(text)]) })).out);
};

const DECODERS = [
  ['zstd', 'zstd', (bytes: Buffer): Buffer => zstdDecompressSync(bytes)],
  ['gzip, deflate, br', 'gzip', (bytes: Buffer): Buffer => gunzipSync(bytes)],
  [undefined, undefined, (bytes: Buffer): Buffer => bytes],
] as const;

test.each(
  DECODERS.flatMap((decoder) =>
    ['', '&from=9000', '&openings=true', '&from=9000&openings=true'].map((query) => [...decoder, query] as const),
  ),
)(
  'for Accept-Encoding %j an export is sent in %j, the same bytes and verified (%s)',
  async (accepted, coding, decode, query) => {
    const response = await ask(`?to=10000${query}`, accepted);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-encoding']).toBe(coding);
    expect(response.headers.vary).toMatch(/accept-encoding/i);
    expect(response.headers['content-type']).toBe('application/x-ndjson');
    const sent = await buffer(response);
    const text = decode(sent);
    if (coding !== undefined) expect(sent.byteLength * 3).toBeLessThan(text.byteLength);
    const openings = query.includes('openings') ? expect.any(Number) : null;
    expect(await isHeld(text)).toMatchObject({ ok: true, openings, checkpoint: { size: 10_000 } });
    // As it came: the command line reads both.
    expect(await isHeld(sent)).toMatchObject({ ok: true });
  },
);

test('begins and ends anywhere in the log, with what follows the head as its own record', async () => {
  const { size } = await store.head();
  for (const [query, from, to] of [
    [`?from=1&to=1`, 1, 1],
    [`?from=2&to=2`, 2, 2],
    [`?from=${size}&to=${size}`, size, size],
    [`?from=${size - 1}&to=${size}`, size - 1, size],
  ] as const) {
    const report = await isHeld(await buffer(await ask(query)));
    expect([query, report]).toEqual([query, expect.objectContaining({ ok: true, from, records: to - from + 1 })]);
  }
  // Nothing is new: what comes is the record of this export alone.
  const head = (await store.head()).size;
  const next = await buffer(await ask(`?from=${head + 1}`));
  expect(await isHeld(next)).toMatchObject({ ok: true, from: head + 1, records: 1 });
  expect(next.toString()).toContain('"type":"ExportMade"');
  const opened = await buffer(await ask(`?from=${head + 3}&openings=true`));
  expect(await isHeld(opened)).toMatchObject({ ok: true, from: head + 3, records: 1, openings: 0 });
  for (const query of [
    '?from=999999',
    `?from=3&to=2`,
    `?to=999999`,
    '?from=0',
    '?to=0',
    '?from=1.5',
    '?to=3&treeSize=3',
  ])
    expect([query, (await ask(query)).statusCode]).toEqual([query, 400]);
});
