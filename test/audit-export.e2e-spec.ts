import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { PostgresEventStore } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { testAppend, testEvent } from './support/event-log.js';
import { AdminClient } from './support/http-client.js';
import { type CommandOutcome, runKeyfold } from './support/keyfold-command.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './support/postgres.js';

/*
 * What an auditor does with the command line alone: fetch the log, then check it against the public key, also after
 * somebody had the database.
 */

let postgres: TestPostgres;
let database: TestDatabase;
let service: TestAdminService;
let admin: AdminClient;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createDatabase();
  service = await startTestAdminService({ database });
  admin = await new AdminClient(service.url).signIn(service.adminUsername, service.adminPassword);
  for (let nth = 0; nth < 10; nth += 1) await admin.post('/v1/users', { username: `person${nth}` });
});

afterAll(async () => {
  await service.close();
  await postgres.stop();
});

function keyfold(args: readonly string[], input = ''): Promise<CommandOutcome> {
  return runKeyfold(args, { input, serviceUrl: service.url, token: admin.token });
}

async function exportAndVerify(...options: string[]): Promise<{ code: number; report: Record<string, unknown> }> {
  const exported = await keyfold(['export', '--output', '-']);
  expect([exported.code, exported.err]).toEqual([0, '']);
  const { code, out } = await keyfold(
    ['verify', '-', '--json', '--key', service.logPublicKey, ...options],
    exported.out,
  );
  return { code, report: JSON.parse(out) as Record<string, unknown> };
}

/** As somebody who has the database to himself: triggers are off for the superuser. */
async function tamper(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url(database.name) });
  await client.connect();
  try {
    await client.query(`set session_replication_role = replica; ${sql}`);
  } finally {
    await client.end();
  }
}

test('an export of the running system verifies', async () => {
  expect(await exportAndVerify()).toMatchObject({ code: 0, report: { ok: true, firstBadPosition: null } });
});

describe('an export', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyfold-export-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function exported(name: string, ...options: string[]): Promise<string> {
    const path = join(folder, name);
    const { code, err } = await keyfold(['export', '--output', path, ...options]);
    expect([code, err]).toEqual([0, '']);
    return path;
  }

  async function verified(path: string, ...options: string[]): Promise<Record<string, unknown>> {
    const { out } = await keyfold(['verify', path, '--json', '--key', service.logPublicKey, ...options]);
    return JSON.parse(out) as Record<string, unknown>;
  }

  test('of a part continues an earlier one', async () => {
    const checkpoint = async (size: number): Promise<string> => {
      const { body } = await admin.get(`/v1/events/1/proof?treeSize=${size}`);
      const path = join(folder, `checkpoint-${size}`);
      await writeFile(path, String(body['checkpoint']));
      return path;
    };
    for (const from of [2, 5, 6, 8]) {
      const path = await exported(`from-${from}.ndjson`, '--from', String(from), '--to', '9');
      expect(await verified(path)).toMatchObject({ ok: true, from, records: 10 - from, checkpoint: { size: 9 } });
      expect(await verified(path, '--known', await checkpoint(from - 1))).toMatchObject({ ok: true });
      expect(await verified(path, '--known', await checkpoint(9))).toMatchObject({ ok: true });
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace('"actor":"', '"actor":"user/'));
      expect(await verified(path)).toMatchObject({ ok: false });
      // Another tree before it leads to another root.
      await writeFile(
        path,
        text.replace(/"frontier":"(.)/, (_all, first) => `"frontier":"${first === 'A' ? 'B' : 'A'}`),
      );
      expect(await verified(path)).toMatchObject({ ok: false });
      expect((await keyfold(['replay', path, '--key', service.logPublicKey])).code).not.toBe(0);
    }
    const path = await exported('behind.ndjson', '--from', '8', '--to', '9');
    expect(await verified(path, '--known', await checkpoint(3))).toMatchObject({ ok: false });
  });

  test('with openings has the same root, is a record, and shows no hash', async () => {
    const before = Math.floor(Date.now() / 1000);
    const path = await exported('opened.ndjson.zst', '--openings');
    const report = await verified(path, '--not-before', new Date(before * 1000).toISOString());
    expect(report).toMatchObject({ ok: true });
    const { size } = report['checkpoint'] as { size: number };
    const redacted = await verified(await exported('redacted.ndjson.gz', '--tree-size', String(size)));
    expect(redacted['checkpoint']).toEqual(report['checkpoint']);
    const replayed = await keyfold(['replay', path, '--key', service.logPublicKey]);
    expect(replayed.out).toMatch(/username person3/);
    expect(replayed.out).not.toContain('argon2');
    const { body } = await admin.get('/v1/events?type=EventsRevealed&order=desc&limit=1');
    expect(body['items']).toMatchObject([{ data: { from: 1, to: size } }]);
    expect(await verified(path, '--not-before', '2100-01-01T00:00:00Z')).toMatchObject({ ok: false });
  });

  test.each(['--from=999999', '--to=999999', '--from=5 --to=4', '--to=4 --tree-size=4'])(
    '%s is refused',
    async (options) => {
      const path = join(folder, 'refused.ndjson');
      const { code, err } = await keyfold(['export', '--output', path, ...options.split(' ')]);
      expect([code, err]).toEqual([3, expect.stringContaining('400')]);
    },
  );
});

test('a record changed in the database is named, though it is a well-formed record in its place', async () => {
  const change = `convert_to(replace(convert_from(leaf, 'UTF8'), '"UserCreated"', '"UserChanged"'), 'UTF8')`;
  const { body } = await admin.get('/v1/events?type=UserCreated&limit=5');
  const position = (body['items'] as { position: number }[]).at(-1)?.position ?? 0;
  await tamper(`update keyfold.events set leaf = ${change} where position = ${position}`);
  expect(await exportAndVerify()).toMatchObject({
    code: 1,
    report: { ok: false, firstBadPosition: position, findings: [{ code: 'CONTENT' }] },
  });
  const back = change
    .replace('"UserCreated"', '?')
    .replace('"UserChanged"', '"UserCreated"')
    .replace('?', '"UserChanged"');
  await tamper(`update keyfold.events set leaf = ${back} where position = ${position}`);
  expect((await exportAndVerify()).code).toBe(0);
});

test('a record that is missing in the database breaks the export off instead of ending it well', async () => {
  const events = Array.from({ length: 2000 }, (_, nth) => testEvent(`audit/filler-${nth}`, { text: 'x'.repeat(300) }));
  await service.service.app.get(PostgresEventStore, { strict: false }).append(testAppend(events));
  // Far enough into the log that a good part of the answer, status and all, is on its way by then.
  const gap = 1500;
  await tamper(`create table kept as select * from keyfold.events where position = ${gap}`);
  await tamper(`delete from keyfold.events where position = ${gap}`);
  const exported = await keyfold(['export', '--output', '-']);
  expect([exported.code, exported.err]).toEqual([3, expect.stringMatching(/^keyfold: the export failed/)]);
  expect(exported.out.length).toBeGreaterThan(64 * 1024);
  const verified = await keyfold(['verify', '-', '--key', service.logPublicKey], exported.out);
  expect([verified.code, verified.out]).toEqual([1, expect.stringMatching(/^FAILED at position \d+: the file ends/)]);
  await tamper('insert into keyfold.events select * from kept');
  expect((await exportAndVerify()).code).toBe(0);
});
