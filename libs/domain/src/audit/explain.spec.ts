import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { history } from '../../test/commands.arbitrary.js';
import { event, phcHash, TestLog } from '../../test/test-log.js';
import { World } from '../../test/world.js';
import type { JsonObject } from '../log/index.js';
import { type AccessRequest, DAY_MS, decideAccess, isExistingKey } from '../model/index.js';
import { type AccessQuestion, type AuditedRecord, explainAccess } from './explain.js';

const START_MS = Date.parse('2026-01-01T00:00:00.000Z');

const ask = (question: Partial<AccessQuestion> = {}): AccessQuestion => ({
  keyId: 'k1',
  username: null,
  method: 'GET',
  ip: '203.0.113.7',
  scopes: [],
  nowMs: START_MS + 60_000,
  ...question,
});

/** Ann, who may sign in, and her key k1, bound to a network. */
function annsLog(ranges: readonly string[] | null = ['203.0.113.0/24']): TestLog {
  const log = new TestLog();
  const terms = { userId: 'u1', expiry: { days: 30 }, readOnly: true, scopes: ['read'], rateLimit: null };
  const sealed = { secretHash: phcHash(), ...(ranges === null ? {} : { allowedIpRanges: ranges }) };
  const events = [
    event('settings/security', 'SecuritySettingsChanged', {
      before: { apiKeyAuthenticationEnabled: false },
      after: { apiKeyAuthenticationEnabled: true },
    }),
    event('role/r1', 'RoleCreated', { name: 'In', description: null, permissions: ['api-key.sign-in'], system: false }),
    event('user/u1', 'UserCreated', { supervisorId: null }, { username: 'ann' }),
    event('user/u1', 'RoleGranted', { roleId: 'r1' }),
    event('settings/security', 'SecuritySettingsChanged', {
      before: { maxApiKeyLifetimeDays: 180 },
      after: { maxApiKeyLifetimeDays: 90 },
    }),
    event('api-key/k1', 'ApiKeyIssued', { ...terms, hint: 'abcd', predecessorId: null }, sealed),
  ];
  for (const one of events) log.append(one, { atMs: START_MS });
  return log;
}

const positions = (log: TestLog, question: AccessQuestion): [string | null, number[]] => {
  const { because, reason } = explainAccess(log.entries, question);
  return [reason, because.map(({ position }) => position)];
};

describe('an explanation', () => {
  test('names the records without which the answer would be another', () => {
    const log = annsLog();
    expect(positions(log, ask())).toEqual([null, [1, 2, 3, 4, 6]]);
    expect(positions(log, ask({ ip: '198.51.100.7' }))).toEqual(['IP_NOT_ALLOWED', [1, 2, 3, 4, 6]]);
    expect(positions(log, ask({ method: 'POST' }))).toEqual(['READ_ONLY', [1, 2, 3, 4, 6]]);
    expect(positions(log, ask({ username: 'bob' }))).toEqual(['USERNAME_MISMATCH', [6]]);
    log.append(event('api-key/k1', 'ApiKeyRevoked', { reason: 'KEY_COMPROMISE' }), { atMs: START_MS });
    expect(positions(log, ask())).toEqual(['REVOKED', [3, 6, 7]]);
    expect(positions(log, ask({ keyId: 'k2' }))).toEqual(['UNKNOWN_KEY', []]);
  });

  test('says by which maximum a key has expired', () => {
    const log = annsLog();
    const shorter = { before: { maxApiKeyLifetimeDays: 90 }, after: { maxApiKeyLifetimeDays: 1 } };
    log.append(event('settings/security', 'SecuritySettingsChanged', shorter), { atMs: START_MS });
    expect(positions(log, ask({ nowMs: START_MS + 2 * DAY_MS }))).toEqual(['EXPIRED', [3, 6, 7]]);
    expect(positions(log, ask({ nowMs: START_MS + 40 * DAY_MS }))).toEqual(['EXPIRED', [3, 6]]);
  });
});

test('a bulk revocation of others decides nothing, of everybody it does, and one that cannot be read stops all keys', () => {
  const revoked = (data: JsonObject): TestLog => {
    const log = annsLog();
    log.append(event('settings/security', 'ApiKeysBulkRevoked', data), { atMs: START_MS + 1 });
    return log;
  };
  const reason = 'UNSPECIFIED';
  expect(positions(revoked({ filter: { userId: 'u2' }, reason }), ask())).toEqual([null, [1, 2, 3, 4, 6]]);
  expect(positions(revoked({ filter: { userId: 'u1' }, reason }), ask())).toEqual(['REVOKED', [3, 6, 7]]);
  const everybody = { filter: { issuedBefore: '2027-01-01T00:00:00.000Z' }, reason };
  expect(positions(revoked(everybody), ask())).toEqual(['REVOKED', [3, 6, 7]]);
  const unreadable = { filter: { userId: 'u2', more: 1 }, reason };
  // As if they had never been switched on: the key and its owner alone say so.
  expect(positions(revoked(unreadable), ask())).toEqual(['API_KEYS_DISABLED', [3, 6]]);
});

describe('values that nobody knows any more', () => {
  const erased = (ranges?: readonly string[] | null): TestLog => {
    const log = annsLog(ranges);
    log.destroyOpenings(() => true);
    return log;
  };

  test('leave open what depends on them, and nothing else', () => {
    expect(positions(erased(null), ask())[0]).toBeNull();
    expect(positions(erased(null), ask({ username: 'ann' }))[0]).toBe('UNDETERMINED');
    expect(positions(erased(), ask())[0]).toBe('UNDETERMINED');
    expect(positions(erased(), ask({ ip: null }))[0]).toBe('IP_NOT_ALLOWED');
    expect(positions(erased(), ask({ username: 'not a name' }))[0]).toBe('USERNAME_MISMATCH');
    expect(positions(erased(), ask({ username: "o'brien" }))[0]).toBe('USERNAME_MISMATCH');
    expect(positions(erased(), ask({ nowMs: START_MS + 40 * DAY_MS }))[0]).toBe('EXPIRED');
  });

  test('are known to be gone once the erasure is among the records', () => {
    const log = annsLog();
    log.append(event('user/u1', 'UserErased'), { atMs: START_MS });
    const known = positions(log, ask());
    log.destroyOpenings(() => true);
    expect(positions(log, ask())).toEqual(known);
    expect(known[0]).toBe('WRONG_SECRET');
  });
});

const question = fc.record({
  keyId: fc.constantFrom('k0', 'k1', 'k2', 'k3'),
  username: fc.constantFrom(null, 'ann', 'joan', 'admin'),
  method: fc.constantFrom('GET', 'POST', null),
  ip: fc.constantFrom('192.0.2.9', '2001:db8::1', null),
  scopes: fc.constantFrom([], ['read']),
  afterDays: fc.constantFrom(0, 1, 200),
});

test('of any history is what the facts say, is enough, and has nothing too many', () => {
  fc.assert(
    fc.property(history, question, fc.boolean(), (steps, { afterDays, ...asked }, isErased) => {
      const world = World.started();
      for (const { afterMs, command } of steps) {
        world.nowMs += afterMs;
        world.execute(command(world));
      }
      const nowMs = world.nowMs + afterDays * DAY_MS;
      if (isErased) world.log.destroyOpenings((stream) => stream.startsWith('user/') || stream.startsWith('api-key/'));
      const records: readonly AuditedRecord[] = world.log.entries;
      const whole = { ...asked, nowMs };
      const { allowed, because, reason } = explainAccess(records, whole);
      if (!isErased) expect({ allowed, reason }).toEqual(asGateway(world, whole));

      // A part of the records may not say the owner's name: the whole is asked for the one that it means.
      const named = { ...whole, username: whole.username ?? ownName(world, whole.keyId) };
      if (isErased && whole.username === null) return;
      const part = (left: readonly number[]): unknown => {
        const answer = explainAccess(
          records.filter(({ record }) => left.includes(record.position)),
          named,
        );
        return answer.reason;
      };
      const needed = because.map(({ position }) => position);
      expect(part(needed)).toBe(reason);
      for (const one of needed) expect(part(needed.filter((other) => other !== one))).not.toBe(reason);
    }),
    { numRuns: 150 },
  );
});

function ownName({ facts }: World, keyId: string): string {
  const key = facts.keys.get(keyId);
  const user = isExistingKey(key) ? facts.users.get(key.userId) : undefined;
  return user?.status === 'active' || user?.status === 'deactivated' ? (user.username ?? '') : '';
}

/** The decision as a gateway makes it, on facts that were folded record by record as they came. */
function asGateway(world: World, { keyId, nowMs, ...rest }: AccessQuestion): object {
  const { facts } = world;
  const key = facts.keys.get(keyId);
  const user = isExistingKey(key) ? facts.users.get(key.userId) : undefined;
  const username = rest.username ?? ownName(world, keyId);
  const request: AccessRequest = { ...rest, username, proof: 'proven', limits: 'apply' };
  const decision = decideAccess(
    { settings: facts.settings, key, user, role: (id) => facts.roles.get(id) },
    request,
    nowMs,
  );
  return { allowed: decision.allowed, reason: decision.allowed ? null : decision.reason };
}
