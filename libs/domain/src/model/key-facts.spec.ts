import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { START_MS } from '../../test/given.js';
import { phcHash, TestLog } from '../../test/test-log.js';
import {
  type ApiKeyState,
  DAY_MS,
  effectiveExpiry,
  effectiveRateLimit,
  type ExistingApiKey,
  foldApiKey,
  initialApiKeyState,
  initialSettingsState,
  isOver,
  type IssuedApiKey,
  type KeyExpiry,
  keyStatus,
  type Revocation,
  revocationOf,
  type SettingsState,
  type UserState,
} from './index.js';
import { DEFAULT_SETTINGS } from './settings-values.js';

const withMaximum = (maxApiKeyLifetimeDays: number): SettingsState => ({
  ...initialSettingsState,
  settings: { ...DEFAULT_SETTINGS, maxApiKeyLifetimeDays },
});

interface Told {
  readonly type: string;
  readonly atMs: number;
  readonly data: object;
  readonly sealed?: object;
}
const base = { userId: 'u1', readOnly: false, scopes: [], rateLimit: null };
const sealed = { secretHash: phcHash() };
const issuance = (expiry: KeyExpiry, atMs = START_MS): Told => ({
  type: 'ApiKeyIssued',
  atMs,
  data: { ...base, expiry, hint: 'aB3x', predecessorId: null },
  sealed,
});
const promise = (expiry: KeyExpiry): Told => ({ type: 'ApiKeyPromised', atMs: START_MS, data: { ...base, expiry } });
const claim = (atMs: number): Told => ({ type: 'ApiKeyClaimed', atMs, data: { hint: 'aB3x' }, sealed });

function keyAfter(...told: readonly Told[]): ExistingApiKey {
  const log = new TestLog();
  const state = told.reduce<ApiKeyState>((key, { type, atMs, data, sealed = {} }) => {
    const event = { stream: 'api-key/k1', type, schemaVersion: 1, data: { ...data }, sealed: { ...sealed } };
    const read = log.append(event, { atMs, actor: 'user/u1' });
    return read.kind === 'event' && read.category === 'api-key' ? foldApiKey(key, read) : key;
  }, initialApiKeyState);
  if (state.status !== 'pending' && state.status !== 'issued') throw new Error('the test tells no key');
  return state;
}

function issuedKey(expiry: KeyExpiry): IssuedApiKey {
  const key = keyAfter(issuance(expiry));
  if (key.status !== 'issued') throw new Error('the test tells no issued key');
  return key;
}

const instant = (ms: number) => new Date(ms).toISOString();
const expiry: fc.Arbitrary<KeyExpiry> = fc.oneof(
  fc.integer({ min: 1, max: 180 }).map((days) => ({ days })),
  fc.integer({ min: 1, max: 180 * DAY_MS }).map((ms) => ({ at: instant(START_MS + ms) })),
);
const maximum = fc.integer({ min: 1, max: 180 });

test('the effective expiry is the earlier of the key’s own and the policy’s, and bound by policy only if that is earlier', () => {
  fc.assert(
    fc.property(expiry, maximum, (own, days) => {
      const { expiresAtMs, effectiveExpiresAtMs, boundBy } = effectiveExpiry(issuedKey(own), withMaximum(days));
      const boundMs = START_MS + days * DAY_MS;
      expect(effectiveExpiresAtMs).toBe(Math.min(expiresAtMs, boundMs));
      expect(boundBy).toBe(boundMs < expiresAtMs ? 'policy' : 'key');
    }),
  );
});

test('lowering the maximum bites, raising it revives, and the way back and forth leaves no trace', () => {
  fc.assert(
    fc.property(expiry, maximum, maximum, (own, left, right) => {
      const key = issuedKey(own);
      const ends = (days: number) => effectiveExpiry(key, withMaximum(days)).effectiveExpiresAtMs;
      const [low, high] = left < right ? [left, right] : [right, left];
      expect(ends(low)).toBeLessThanOrEqual(ends(high));
      expect(ends(180)).toBe(effectiveExpiry(key, withMaximum(180)).expiresAtMs);
    }),
  );
  const key = issuedKey({ days: 90 });
  const nowMs = START_MS + 31 * DAY_MS;
  expect(keyStatus(key, withMaximum(180), nowMs)).toBe('active');
  expect(keyStatus(key, withMaximum(30), nowMs)).toBe('expired');
  expect(keyStatus(key, withMaximum(180), nowMs)).toBe('active');
});

test('a lifetime of as many days as the maximum ends exactly with the policy, and is the key’s own', () => {
  expect(effectiveExpiry(issuedKey({ days: 180 }), withMaximum(180))).toEqual({
    expiresAtMs: START_MS + 180 * DAY_MS,
    effectiveExpiresAtMs: START_MS + 180 * DAY_MS,
    boundBy: 'key',
  });
});

test('a key is expired from its end on, not a millisecond earlier', () => {
  const key = issuedKey({ days: 1 });
  expect(keyStatus(key, withMaximum(180), START_MS + DAY_MS - 1)).toBe('active');
  expect(keyStatus(key, withMaximum(180), START_MS + DAY_MS)).toBe('expired');
});

test('a pending key has no end in days, only an instant that was promised', () => {
  const none = { expiresAtMs: null, effectiveExpiresAtMs: null, boundBy: 'key' };
  expect(effectiveExpiry(keyAfter(promise({ days: 3 })), withMaximum(1))).toEqual(none);
  expect(keyStatus(keyAfter(promise({ days: 3 })), withMaximum(1), START_MS + 400 * DAY_MS)).toBe('pending');
  const until = keyAfter(promise({ at: instant(START_MS + DAY_MS) }));
  expect(keyStatus(until, withMaximum(180), START_MS + DAY_MS - 1)).toBe('pending');
  expect(keyStatus(until, withMaximum(180), START_MS + DAY_MS)).toBe('expired');
});

test('the policy too counts from the claim', () => {
  const claimedAt = START_MS + 10 * DAY_MS;
  expect(effectiveExpiry(keyAfter(promise({ days: 30 }), claim(claimedAt)), withMaximum(20))).toEqual({
    expiresAtMs: claimedAt + 30 * DAY_MS,
    effectiveExpiresAtMs: claimedAt + 20 * DAY_MS,
    boundBy: 'policy',
  });
});

test('what a key is: revoked before superseded before expired', () => {
  const nowMs = START_MS + 400 * DAY_MS;
  const end = { atMs: START_MS + 1000 };
  const superseded = { ...end, type: 'ApiKeySuperseded', data: { successorId: 'k2', graceSeconds: 3600 } };
  const revoked = { ...end, type: 'ApiKeyRevoked', data: { reason: 'KEY_COMPROMISE' } };
  const settings = withMaximum(180);
  expect(keyStatus(keyAfter(issuance({ days: 1 })), settings, nowMs)).toBe('expired');
  expect(keyStatus(keyAfter(issuance({ days: 1 }), superseded), settings, nowMs)).toBe('superseded');
  expect(keyStatus(keyAfter(issuance({ days: 1 }), superseded), settings, START_MS + 1001)).toBe('superseded');
  expect(keyStatus(keyAfter(issuance({ days: 1 }), superseded, revoked), settings, nowMs)).toBe('revoked');
  expect(keyStatus(keyAfter(promise({ days: 1 }), revoked), settings, nowMs)).toBe('revoked');
});

test('the revocation told of is the first of the key’s own, one in bulk, and the owner’s erasure', () => {
  const revoked = { type: 'ApiKeyRevoked', atMs: START_MS + 2000, data: { reason: 'KEY_COMPROMISE' } };
  const key = keyAfter(issuance({ days: 1 }), revoked);
  const bulkAt = (atMs: number): Revocation => ({ atMs, reason: 'PRIVILEGE_WITHDRAWN' });
  const own = { atMs: START_MS + 2000, reason: 'KEY_COMPROMISE' };
  expect(revocationOf(key, null, undefined)).toEqual(own);
  expect(revocationOf(key, bulkAt(START_MS + 3000), undefined)).toEqual(own);
  expect(revocationOf(key, bulkAt(START_MS + 1000), undefined)).toMatchObject({ reason: 'PRIVILEGE_WITHDRAWN' });
  const erased = (erasedAtPosition: number): UserState => ({
    status: 'erased',
    username: null,
    displayName: null,
    email: null,
    passwordHash: null,
    supervisorId: null,
    roleIds: [],
    oidcIdentities: [],
    createdAtMs: 0,
    erasedAtMs: START_MS + 500,
    erasedAtPosition,
  });
  expect(revocationOf(key, bulkAt(START_MS + 1000), erased(9))).toMatchObject({ atMs: START_MS + 500 });
  expect(keyStatus(keyAfter(issuance({ days: 1 })), withMaximum(180), START_MS, erased(9))).toBe('revoked');
});

test('a key is over once no maximum lifetime can bring it back: by its own expiry, its grace or a revocation', () => {
  const superseded = { atMs: START_MS, type: 'ApiKeySuperseded', data: { successorId: 'k2', graceSeconds: 3600 } };
  const revoked = { atMs: START_MS, type: 'ApiKeyRevoked', data: { reason: 'UNSPECIFIED' } };
  const keys = [
    keyAfter(issuance({ days: 9 })),
    keyAfter(promise({ days: 9 })),
    keyAfter(issuance({ days: 9 }), superseded),
    keyAfter(issuance({ days: 9 }), revoked),
  ];
  const graceEndMs = START_MS + 3_600_000;
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.integer({ min: 1, max: 20 }), fc.nat(20 * DAY_MS), (key, maximum, ms) => {
      const nowMs = START_MS + ms;
      const end =
        key.revokedAtMs === null ? Math.min(key.expiresAtMs ?? Infinity, key.supersededUntilMs ?? Infinity) : 0;
      expect(isOver(key, withMaximum(maximum), nowMs, undefined)).toBe(nowMs >= end);
    }),
  );
  expect(keys[2]?.supersededUntilMs).toBe(graceEndMs);
  expect(isOver(keyAfter(issuance({ days: 9 })), withMaximum(1), START_MS + 2 * DAY_MS, undefined)).toBe(false);
});

test('a second revocation in the log moves neither the moment nor the reason of the first', () => {
  const revoked = (atMs: number, reason: string): Told => ({ type: 'ApiKeyRevoked', atMs, data: { reason } });
  const key = keyAfter(
    issuance({ days: 1 }),
    revoked(START_MS + 1, 'KEY_COMPROMISE'),
    revoked(START_MS + 2, 'SUPERSEDED'),
  );
  expect(key).toMatchObject({ revokedAtMs: START_MS + 1, revocationReason: 'KEY_COMPROMISE' });
});

test('a key without a rate limit of its own has the installation’s', () => {
  const limit = { requests: 5, seconds: 1 };
  const limited = { ...withMaximum(180), settings: { ...DEFAULT_SETTINGS, defaultKeyRateLimit: limit } };
  expect(effectiveRateLimit(issuedKey({ days: 1 }), limited)).toEqual(limit);
  expect(effectiveRateLimit({ ...issuedKey({ days: 1 }), rateLimit: { requests: 1, seconds: 1 } }, limited)).toEqual({
    requests: 1,
    seconds: 1,
  });
});
