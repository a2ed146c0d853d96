import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { event, TestLog } from '../../test/test-log.js';
import { encodeLeaf, type JsonObject, type LogRecord } from '../log/index.js';
import type { NewEvent } from '../model/index.js';
import { explainAccess } from './explain.js';
import { basisOf, lastWords } from './last-words.js';
import { LogFold } from './log-fold.js';

const START_MS = Date.parse('2026-01-01T00:00:00.000Z');
const USERS = ['u1', 'u2', 'u3'];

const settingsEvent = fc.oneof(
  fc.record({ maxApiKeyLifetimeDays: fc.integer({ min: 1, max: 200 }) }).map(changed),
  fc.record({ apiKeyAuthenticationEnabled: fc.boolean() }).map(changed),
  fc
    .record({ apiKeyAuthenticationEnabled: fc.boolean(), gatewayLeaseSeconds: fc.integer({ min: 5, max: 90 }) })
    .map(changed),
  fc
    .constantFrom(...USERS)
    .map((userId) => event('settings/security', 'ApiKeysBulkRevoked', { filter: { userId }, reason: 'UNSPECIFIED' })),
);
const roleEvent = fc.oneof(
  fc.constantFrom('a', 'b').map((name) => event('role/r1', 'RoleChanged', { before: { name: 'x' }, after: { name } })),
  fc
    .subarray(['users.read', 'audit.read'] as const)
    .map((permissions) =>
      event('role/r1', 'RoleChanged', { before: { permissions: [] }, after: { permissions: [...permissions] } }),
    ),
);
/** What no decider writes makes the settings or the role unusable, for good: no later event says that again. */
const someSettings = oftenWith(settingsEvent, changed({ maxApiKeyLifetimeDays: 'many' }));
const someChanges = oftenWith(roleEvent, event('role/r1', 'RoleDeleted'));
const role = event('role/r1', 'RoleCreated', { name: 'R', description: null, permissions: [], system: false });

function changed(after: JsonObject): NewEvent {
  return event('settings/security', 'SecuritySettingsChanged', { before: after, after });
}

function oftenWith(one: fc.Arbitrary<NewEvent>, rare: NewEvent): fc.Arbitrary<NewEvent[]> {
  const rarely = fc.oneof({ weight: 40, arbitrary: one }, { weight: 1, arbitrary: fc.constant(rare) });
  return fc.array(rarely, { maxLength: 60, size: 'max' });
}

function recordsOf(events: readonly NewEvent[]): LogRecord[] {
  const log = new TestLog();
  for (const [nth, one] of events.entries()) log.append(one, { atMs: START_MS + nth });
  return log.entries.map(({ record }) => record);
}

function factsAfter(records: readonly LogRecord[]): LogFold['facts'] {
  const fold = new LogFold();
  for (const record of records) fold.add(record);
  return fold.facts;
}

test.each([
  ['the settings', someSettings],
  ['a role', someChanges.map((events) => [role, ...events])],
])('a basis of %s folds into the same state, alone and with what follows, also bit by bit', (_what, someEvents) => {
  fc.assert(
    fc.property(someEvents, fc.nat(60), (events, cut) => {
      const records = recordsOf(events);
      const [before, after] = [records.slice(0, cut), records.slice(cut)];
      const basis = basisOf(before);
      expect(factsAfter(basis)).toEqual(factsAfter(before));
      expect(factsAfter([...basis, ...after])).toEqual(factsAfter(records));
      expect(factsAfter(basisOf([...basis, ...after]))).toEqual(factsAfter(records));
    }),
    { numRuns: 300 },
  );
});

test('a basis is short however long the stream is', () => {
  const events = Array.from({ length: 3_000 }, (_, nth) =>
    changed(nth % 2 === 0 ? { maxApiKeyLifetimeDays: 1 + (nth % 90) } : { apiKeyAuthenticationEnabled: nth % 4 === 1 }),
  );
  const records = recordsOf(events);
  expect(basisOf(records)).toEqual(records.slice(-2));
  // The first one says something that nobody says again.
  const both = changed({ apiKeyAuthenticationEnabled: true, gatewayLeaseSeconds: 30 });
  const leases = Array.from({ length: 300 }, (_, nth) => changed({ gatewayLeaseSeconds: 5 + nth }));
  const mixed = recordsOf([both, ...leases]);
  expect(basisOf(mixed)).toEqual([mixed[0], mixed.at(-1)]);
});

test('an explanation folds what was overwritten a few times, and names what was not', () => {
  const terms = { userId: 'u1', expiry: { days: 30 }, readOnly: false, scopes: [], rateLimit: null };
  const issued = event('api-key/k1', 'ApiKeyIssued', { ...terms, hint: 'abcd', predecessorId: null });
  const records = recordsOf([
    changed({ apiKeyAuthenticationEnabled: true }),
    event('role/in', 'RoleCreated', { name: 'In', description: null, permissions: ['api-key.sign-in'], system: false }),
    { ...event('user/u1', 'UserCreated', { supervisorId: null }), sealed: { username: 'ann' } },
    { ...issued, sealed: { secretHash: `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}` } },
    ...Array.from({ length: 501 }, (_, nth) => [
      event('user/u1', nth % 2 === 0 ? 'RoleGranted' : 'RoleWithdrawn', { roleId: 'in' }),
      changed({ maxApiKeyLifetimeDays: 100 + (nth % 50) }),
      event('user/u1', nth % 2 === 0 ? 'UserDeactivated' : 'UserReactivated'),
    ]).flat(),
    event('user/u1', 'UserReactivated'),
  ]);
  // What says something for the last time: not a thousand and a half.
  expect(lastWords(records)).toHaveLength(7);
  const question = { keyId: 'k1', username: null, method: 'GET', ip: null, scopes: [], nowMs: START_MS + 60_000 };
  const { because, reason } = explainAccess(
    records.map((record) => ({ record, openings: {} })),
    question,
  );
  expect(reason).toBeNull();
  const last = records.findLast(({ type }) => type === 'RoleGranted')?.position;
  expect(because.map(({ position }) => position)).toEqual([1, 2, 3, 4, last]);
  expect(because.every((record) => encodeLeaf(record).byteLength > 0)).toBe(true);
});
