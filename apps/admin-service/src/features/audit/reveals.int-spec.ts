import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { type EventItem, itemsOf } from '@keyfold/testing/events-api';
import type { AdminClient, Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, createRole, type Person, signInAdmin } from '@keyfold/testing/signed-in';

/* Sealed values are for who has audit.reveal, and each look at them is a record. */

const RANGE = '203.0.113.0/24';

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
/** With audit.read alone. */
let auditor: AdminClient;
/** With audit.read and audit.reveal, and nothing more. */
let revealer: Person;
/** Have keys: of the first one the addresses are limited. */
let owners: readonly { readonly person: Person; readonly keyId: string; readonly issuedAt: number }[];

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
  ({ client: auditor } = await createPerson(service, admin, { roles: ['auditor'] }));
  const role = await createRole(admin, ['audit.read', 'audit.reveal']);
  revealer = await createPerson(service, admin, { roles: [role] });
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  const limited = await ownerOf('joan', { name: 'joans-report', allowedIpRanges: [RANGE] });
  owners = [limited, await ownerOf('otto', { name: 'ottos-report' })];
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

async function ownerOf(username: string, terms: object): Promise<(typeof owners)[number]> {
  const roles = ['api-key-generate', 'api-key-sign-in'];
  const person = await createPerson(service, admin, { username, roles });
  const issued = await person.client.post('/v1/me/api-keys', terms);
  const issuedAt = Number(issued.headers.get('keyfold-position'));
  return { person, keyId: String(issued.body['id']), issuedAt };
}

const explain = (client: AdminClient, body: object): Promise<Answer> => client.post('/v1/audit/explain', body);

/** The newest record. */
async function lastRecord(): Promise<EventItem | undefined> {
  return (await itemsOf(auditor, '/v1/events?order=desc&limit=1'))[0];
}

/** Names that a user can have: of an owner, of somebody else, of nobody. */
const someName = fc.constantFrom('joan', 'otto', 'JOAN', 'admin', 'nobody', 'a');
const someIp = fc.constantFrom('203.0.113.7', '203.0.113.255', '198.51.100.7', '2001:db8::1');

const someQuestion = fc.record(
  {
    owner: fc.integer({ min: 0, max: 1 }),
    username: someName,
    ip: someIp,
    method: fc.constantFrom('GET', 'POST'),
    scopes: fc.constantFrom([], ['reports:read']),
  },
  { requiredKeys: ['owner'] },
);

describe('an explanation for who has audit.read alone', () => {
  test('is the same whatever name or address is asked with, has no sealed value, and is no record', async () => {
    const before = await lastRecord();
    await fc.assert(
      fc.asyncProperty(someQuestion, someName, someIp, async ({ owner, ...question }, otherName, otherIp) => {
        const at = owners[owner];
        const body = { ...question, keyId: at?.keyId, position: at?.issuedAt };
        const answer = await explain(auditor, body);
        expect(answer.status).toBe(200);
        expect(JSON.stringify(answer.body)).not.toMatch(/joan|otto|203\.0\.113/);
        const other = {
          ...body,
          ...('username' in body ? { username: otherName } : {}),
          ...('ip' in body ? { ip: otherIp } : {}),
        };
        expect((await explain(auditor, other)).body).toEqual(answer.body);
        const asksForSealed = 'username' in body || ('ip' in body && owner === 0);
        if (asksForSealed) expect(answer.body).toMatchObject({ allowed: false });
      }),
      { numRuns: 60 },
    );
    expect(await lastRecord()).toEqual(before);
  });

  test('says so where the answer depends on a value that is withheld, and else what holds', async () => {
    const [limited, open] = owners;
    const at = { keyId: limited?.keyId, position: limited?.issuedAt };
    const reasonOf = async (body: object): Promise<unknown> => (await explain(auditor, body)).body['reason'];
    expect(await reasonOf({ ...at, ip: '203.0.113.7' })).toBe('UNDETERMINED');
    expect(await reasonOf({ ...at, username: 'joan', ip: '203.0.113.7' })).toBe('UNDETERMINED');
    // That a key is bound to addresses is no secret: the commitment stands in the record.
    expect(await reasonOf(at)).toBe('IP_NOT_ALLOWED');
    expect(await reasonOf({ keyId: open?.keyId, ip: '198.51.100.7' })).toBe(null);
    expect(await reasonOf({ keyId: open?.keyId, username: 'otto' })).toBe('UNDETERMINED');
    // No user can have such a name.
    expect(await reasonOf({ keyId: open?.keyId, username: 'not a name' })).toBe('USERNAME_MISMATCH');
    expect(await reasonOf({ keyId: 'none', username: 'joan' })).toBe('UNKNOWN_KEY');
  });
});

describe('an explanation for who has audit.reveal', () => {
  test('is what the sealed values say, behind a record of these', async () => {
    const [limited] = owners;
    for (const [question, reason, fields] of [
      [{ username: 'joan', ip: '203.0.113.7' }, null, ['allowedIpRanges', 'username']],
      [{ username: 'otto', ip: '203.0.113.7' }, 'USERNAME_MISMATCH', ['allowedIpRanges', 'username']],
      [{ ip: '198.51.100.7' }, 'IP_NOT_ALLOWED', ['allowedIpRanges']],
    ] as const) {
      const body = { keyId: limited?.keyId, position: limited?.issuedAt, ...question };
      const answer = await explain(revealer.client, body);
      expect(answer.body).toMatchObject({ reason, decidedAtPosition: limited?.issuedAt });
      const shown = await lastRecord();
      expect(answer.headers.get('keyfold-position')).toBe(String(shown?.position));
      expect(shown).toMatchObject({ type: 'EventsRevealed', actor: `user/${revealer.id}`, data: { fields } });
      expect((shown?.['data'] as { to: number }).to).toBe(limited?.issuedAt);
      expect(JSON.stringify(shown)).not.toMatch(/joan|203\.0\.113/);
    }
  });

  test('is no record where it needs no sealed value', async () => {
    const before = await lastRecord();
    const [limited, open] = owners;
    for (const body of [
      { keyId: open?.keyId },
      { keyId: open?.keyId, ip: '198.51.100.7' },
      { keyId: limited?.keyId },
      { keyId: 'none', username: 'joan' },
      { keyId: open?.keyId, username: 'not a name' },
    ]) {
      const answer = await explain(revealer.client, body);
      expect([body, answer.body]).toEqual([body, (await explain(auditor, body)).body]);
      expect(answer.headers.get('keyfold-position')).toBeNull();
    }
    expect(await lastRecord()).toEqual(before);
  });

  test('is open, and no record, where the value was erased', async () => {
    const gone = await ownerOf('gone', {});
    await admin.post(`/v1/users/${gone.person.id}/deactivate`);
    expect((await admin.post(`/v1/users/${gone.person.id}/erase`)).status).toBe(200);
    const before = await lastRecord();
    const answer = await explain(revealer.client, { keyId: gone.keyId, position: gone.issuedAt, username: 'gone' });
    expect(answer.body).toMatchObject({ allowed: false, reason: 'UNDETERMINED' });
    expect(await lastRecord()).toEqual(before);
  });
});

describe('each look at sealed values, and each export', () => {
  const asks: readonly [string, readonly string[]][] = [
    ['/v1/events?reveal=true&limit=3', ['EventsRevealed']],
    ['/v1/events/5?reveal=true', ['EventsRevealed']],
    ['/v1/audit/state?reveal=true', ['EventsRevealed']],
    ['/v1/audit/export', ['ExportMade']],
    ['/v1/audit/export?openings=true', ['EventsRevealed', 'ExportMade']],
    ['/v1/audit/export?from=3&to=4&openings=true', ['EventsRevealed', 'ExportMade']],
  ];

  test.each(asks)('%s is %j in the log, by who looked', async (path, types) => {
    const before = Number((await lastRecord())?.position);
    expect((await revealer.client.get(path)).status).toBe(200);
    const added = await itemsOf(auditor, `/v1/events?after=${before}`);
    expect(added.map(({ type }) => type)).toEqual(types);
    expect(added.every(({ actor }) => actor === `user/${revealer.id}`)).toBe(true);
  });

  test.each(asks.filter(([path]) => /reveal|openings/.test(path)))(
    '%s is refused without audit.reveal, and then no record',
    async (path) => {
      const before = await lastRecord();
      expect(await auditor.get(path)).toMatchObject({ status: 403, body: { code: 'PERMISSION_DENIED' } });
      expect(await lastRecord()).toEqual(before);
    },
  );
});
