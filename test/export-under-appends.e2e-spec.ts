import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PostgresEventStore } from '@keyfold/event-store';
import { startTestAdminService, type TestAdminService } from './support/admin-service.js';
import { testAppend, testEvent } from './support/event-log.js';
import { type CommandOutcome, runKeyfold } from './support/keyfold-command.js';
import { startTestPostgres, type TestPostgres } from './support/postgres.js';
import { createPerson, signInAdmin } from './support/signed-in.js';

/* An auditor whose log does not stand still for them: something is appended before, during and after each export. */

const WRITERS = 4;
const EXPORTS = 12;

let postgres: TestPostgres;
let service: TestAdminService;
let token: string;
let isStopping = false;
let appended = 0;
let writers: Promise<unknown>;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  const admin = await signInAdmin(service);
  token = (await createPerson(service, admin, { roles: ['administrator'] })).client.token ?? '';
  const store = service.service.app.get(PostgresEventStore, { strict: false });
  writers = Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      while (!isStopping) {
        await store.append(
          testAppend([testEvent(`audit/w${writer}-${appended}`), testEvent(`audit/v${writer}-${appended}`)]),
        );
        appended += 2;
      }
    }),
  );
});
afterAll(async () => {
  isStopping = true;
  await writers;
  await service.close();
  await postgres.stop();
});

function keyfold(args: readonly string[], input = ''): Promise<CommandOutcome> {
  return runKeyfold(args, { input, serviceUrl: service.url, token });
}

test.each([[[]], [['--openings']], [['--from', '5']], [['--from', '5', '--openings']]])(
  'an export with %j says that it is no older than its request, however much is appended beside it',
  async (options) => {
    for (let nth = 0; nth < EXPORTS; nth += 1) {
      const before = appended;
      // In whole seconds, as the log says its time, and as `date -u +%FT%TZ` prints it.
      const asked = new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString();
      const exported = await keyfold(['export', '--output', '-', ...options]);
      expect([exported.code, exported.err]).toEqual([0, '']);
      expect(appended).toBeGreaterThan(before);
      const verified = await keyfold(
        ['verify', '-', '--json', '--key', service.logPublicKey, '--not-before', asked],
        exported.out,
      );
      expect(JSON.parse(verified.out)).toMatchObject({ ok: true, findings: [] });
      const later = await keyfold(
        ['verify', '-', '--json', '--key', service.logPublicKey, '--not-before', '2100-01-01T00:00:00Z'],
        exported.out,
      );
      expect(JSON.parse(later.out)).toMatchObject({ ok: false, findings: [{ code: 'NOT_BEFORE' }] });
    }
  },
);
