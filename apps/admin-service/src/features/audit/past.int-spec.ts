import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { AdminClient, type Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createPerson, signInAdmin } from '@keyfold/testing/signed-in';

type Entity = Record<string, unknown> & { id: string };

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let auditor: AdminClient;
let keyId: string;
let issuedAt: number;

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await startTestAdminService({ database: await postgres.createDatabase() });
  admin = await signInAdmin(service);
  auditor = (await createPerson(service, admin, { roles: ['auditor'] })).client;
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  const issued = await admin.post('/v1/me/api-keys', { name: 'zapier', allowedIpRanges: ['203.0.113.0/24'] });
  keyId = String(issued.body['id']);
  issuedAt = Number(issued.headers.get('keyfold-position'));
  await admin.post(`/v1/api-keys/${keyId}/revoke`, { reason: 'KEY_COMPROMISE' });
});
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

const headPosition = async (): Promise<number> => Number((await auditor.get('/v1/audit/state')).body['position']);
const keyOf = ({ body }: Answer): Entity | undefined => (body['keys'] as Entity[]).find(({ id }) => id === keyId);

describe('the state', () => {
  test('is what the log said at a position or an instant', async () => {
    const then = await auditor.get(`/v1/audit/state?position=${issuedAt}`);
    expect(then.status).toBe(200);
    expect(then.body).toMatchObject({ position: issuedAt, settings: { apiKeyAuthenticationEnabled: true } });
    expect(keyOf(then)).toMatchObject({ status: 'issued', revokedAt: null, isIpRestricted: true });
    expect(keyOf(await auditor.get('/v1/audit/state'))?.['revokedAt']).not.toBeNull();
    const at = String(then.body['at']);
    const byTime = await auditor.get(`/v1/audit/state?at=${at}`);
    expect(Number(byTime.body['position'])).toBeGreaterThanOrEqual(issuedAt);
    expect(byTime.body['at']).toBe(at);
    // The last instant there is: nothing is recorded behind it.
    const latest = await auditor.get('/v1/audit/state?at=9999-12-31T23:59:59.999Z');
    expect([latest.status, latest.body['position']]).toEqual([200, await headPosition()]);
    const empty = { position: 0, at: null, roles: [], users: [], keys: [] };
    expect((await auditor.get('/v1/audit/state?at=2000-01-01T00:00:00Z')).body).toMatchObject(empty);
  });

  test('has sealed values only for who may see them, which is a record, and hashes for nobody', async () => {
    const before = await headPosition();
    const sealed = await auditor.get('/v1/audit/state');
    expect(keyOf(sealed)).toMatchObject({ name: null, allowedIpRanges: null });
    expect((await auditor.get('/v1/audit/state?reveal=true')).status).toBe(403);
    expect(await headPosition()).toBe(before);
    const revealed = await admin.get('/v1/audit/state?reveal=true');
    expect(keyOf(revealed)).toMatchObject({ name: 'zapier', allowedIpRanges: ['203.0.113.0/24'] });
    expect(JSON.stringify(revealed.body)).not.toContain('argon2');
    expect(revealed.headers.get('keyfold-position')).toBe(String(before + 1));
    const { body } = await auditor.get(`/v1/events/${before + 1}`);
    expect(body).toMatchObject({ type: 'EventsRevealed', data: { from: 1, to: before } });
  });

  test.each(['position=999999', 'position=x', 'position=1&at=2026-01-01T00:00:00Z', 'at=now', 'bogus=1'])(
    'of %s is a 400',
    async (query) => {
      expect((await auditor.get(`/v1/audit/state?${query}`)).status).toBe(400);
    },
  );
});

describe('an explanation', () => {
  // With audit.reveal; reveals.int-spec.ts has what others are told.
  const explain = (body: object): Promise<Answer> => admin.post('/v1/audit/explain', { keyId, ...body });

  test('is what a gateway would have answered then, with the records that made it so', async () => {
    const then = await explain({ position: issuedAt, ip: '203.0.113.7', method: 'GET' });
    expect(then.body).toMatchObject({ allowed: true, reason: null, decidedAtPosition: issuedAt });
    const types = (then.body['because'] as { type: string }[]).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['RoleCreated', 'UserCreated', 'RoleGranted', 'SecuritySettingsChanged', 'ApiKeyIssued']),
    );
    expect(types).toHaveLength(5);
    expect((await explain({ position: issuedAt, ip: '198.51.100.7' })).body['reason']).toBe('IP_NOT_ALLOWED');
    expect((await explain({ position: issuedAt, username: 'bob' })).body['reason']).toBe('USERNAME_MISMATCH');
    const now = await explain({ ip: '203.0.113.7' });
    expect(now.body).toMatchObject({ allowed: false, reason: 'REVOKED' });
    expect((now.body['because'] as { type: string }[]).map(({ type }) => type)).toContain('ApiKeyRevoked');
    const last = await explain({ at: '9999-12-31T23:59:59.999Z' });
    expect(last.body).toMatchObject({ reason: 'REVOKED', at: '9999-12-31T23:59:59.999Z' });
    expect((await explain({ keyId: 'none' })).body).toMatchObject({ reason: 'UNKNOWN_KEY', because: [] });
    const late = await explain({ position: issuedAt, ip: '203.0.113.7', at: '2036-01-01T00:00:00Z' });
    expect(late.body).toMatchObject({ reason: 'EXPIRED', at: '2036-01-01T00:00:00.000Z' });
  });

  test('leaves open what depends on values that were erased since', async () => {
    const roles = ['api-key-generate', 'api-key-sign-in'];
    const { client, id: gone } = await createPerson(service, admin, { username: 'gone', roles });
    const issued = await client.post('/v1/me/api-keys', {});
    const then = { keyId: issued.body['id'], position: Number(issued.headers.get('keyfold-position')) };
    expect((await explain({ ...then, username: 'gone' })).body['allowed']).toBe(true);
    await admin.post(`/v1/users/${gone}/deactivate`);
    expect((await admin.post(`/v1/users/${gone}/erase`)).status).toBe(200);
    expect((await explain({ ...then, username: 'gone' })).body['reason']).toBe('UNDETERMINED');
    expect((await explain(then)).body['allowed']).toBe(true);
  });

  test('needs audit.read, and a moment that the log had', async () => {
    expect((await new AdminClient(service.url).post('/v1/audit/explain', { keyId })).status).toBe(401);
    for (const body of [{ position: 999_999 }, { at: '2000-01-01T00:00:00Z' }, { bogus: 1 }, { keyId: '' }])
      expect([body, (await explain(body)).status]).toEqual([body, 400]);
  });
});
