import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PostgresEventStore } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { testAppend, testEvent } from '@keyfold/testing/event-log';
import type { AdminClient } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { signInAdmin } from '@keyfold/testing/signed-in';

/* The log as golang.org/x/mod/sumdb sees it, the library of Go's checksum database: see tlog/main.go. */

const exec = promisify(execFile);
/** As in C2SP tlog-tiles: full and partial tiles on three levels. */
const SIZE = 70_000;
const BATCH = 2_000;

let folder: string;
let program: string;
let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyfold-verifiers-'));
  program = join(folder, 'tlog');
  const env = {
    ...process.env,
    GO111MODULE: 'off',
    GOFLAGS: '',
    GOPATH: `${join(folder, 'go')}:/usr/share/gocode`,
    GOCACHE: join(folder, 'cache'),
  };
  await exec('go', ['build', '-o', program, './test/verifiers/tlog'], { env });
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
  const store = service.service.app.get(PostgresEventStore, { strict: false });
  for (let { size } = await store.head(); size < SIZE; { size } = await store.head()) {
    const events = Array.from({ length: Math.min(BATCH, SIZE - size) }, (_, nth) =>
      testEvent(`audit/filler-${size + nth}`, { text: 'x'.repeat(nth % 50) }),
    );
    await store.append(testAppend(events));
  }
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
  await rm(folder, { recursive: true });
});

function verify(oldSizes: readonly number[], env: Record<string, string> = {}): Promise<{ stdout: string }> {
  return exec(program, [service.url, service.logPublicKey, ...oldSizes.map(String)], {
    env: { KEYFOLD_TOKEN: admin.token, ...env },
  });
}

test("Go's checksum database finds root, inclusion and consistency in the tiles and entries that are served", async () => {
  const oldSizes = [1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, 69_999, SIZE];
  const before = Math.floor(Date.now() / 1_000);
  const found = JSON.parse((await verify(oldSizes)).stdout) as Record<string, number>;
  expect(found).toMatchObject({ size: SIZE, consistencies: oldSizes.length });
  expect(found['inclusions']).toBeGreaterThan(90);
  expect(found['partialTiles']).toBeGreaterThan(10);
  expect(found['fullTiles']).toBeGreaterThan(10);
  expect(found['cosignedAt']).toBeGreaterThanOrEqual(before);
});

test.each(['tile', 'entry'])('and would find one bit that is wrong in a served %s', async (what) => {
  await expect(verify([], { TLOG_CORRUPT: what })).rejects.toMatchObject({ code: 1 });
});

test('and takes nothing by another key', async () => {
  const other = service.logPublicKey.replace('keyfold.local/', 'keyfold.local/x');
  await expect(exec(program, [service.url, other])).rejects.toMatchObject({ code: 1 });
});
