import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AccessFacts,
  type AccessRequest,
  DAY_MS,
  decideAccess,
  initialApiKeyState,
  initialSettingsState,
  initialUserState,
  type IssuedApiKey,
  type LivingUser,
} from '@keyfold/domain';
import { packKey, plainKey } from './packed-key.js';
import { packUser, plainUser } from './packed-user.js';

const NOW_MS = Date.parse('2026-06-01T12:00:00.000Z');
const moment = fc.oneof(
  fc.integer({ min: NOW_MS - 100 * DAY_MS, max: NOW_MS + 100 * DAY_MS }),
  fc.constantFrom(0, DAY_MS - 1, DAY_MS, NOW_MS - 0.5),
);
const orNull = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value, { freq: 2 });
const text = fc.string({ maxLength: 8 });

const issued: fc.Arbitrary<IssuedApiKey> = fc
  .record({
    status: fc.constant('issued' as const),
    keyId: fc.constant('k1'),
    userId: fc.constantFrom('u1', 'u2'),
    name: orNull(text),
    allowedIpRanges: orNull(fc.subarray(['10.0.0.0/8', '192.0.2.0/24'])),
    ipRangesUsable: fc.boolean(),
    expiry: fc.oneof(fc.record({ days: fc.constantFrom(1, 30, 90) }), fc.constant({ at: '2026-06-02T00:00:00.000Z' })),
    readOnly: fc.boolean(),
    scopes: fc.subarray(['read', 'write']),
    rateLimit: orNull(fc.constantFrom({ requests: 5, seconds: 60 })),
    issuedAtMs: moment,
    issuedPosition: fc.nat(),
    createdBy: fc.constantFrom('user/u1', 'user/u3', 'system'),
    revokedAtMs: orNull(moment),
    revocationReason: orNull(fc.constantFrom('KEY_COMPROMISE' as const)),
    secretHash: orNull(text),
    secretCommitment: orNull(text),
    hint: text,
    expiresAtMs: moment,
    claimedAtMs: orNull(moment),
    predecessorId: orNull(text),
    successorId: orNull(text),
    supersededAtMs: orNull(moment),
    supersededUntilMs: orNull(moment),
  })
  .chain((key) => {
    // As the fold makes it, and any other way.
    const startMs = key.claimedAtMs ?? key.issuedAtMs;
    const endMs = 'days' in key.expiry ? startMs + key.expiry.days * DAY_MS : key.expiresAtMs;
    return fc.constantFrom(key, { ...key, expiresAtMs: endMs });
  });

const living: fc.Arbitrary<LivingUser> = fc.record({
  status: fc.constantFrom('active' as const, 'deactivated' as const),
  username: orNull(fc.constantFrom('anna', 'joan')),
  displayName: orNull(text),
  email: orNull(text),
  passwordHash: orNull(text),
  supervisorId: orNull(text),
  roleIds: fc.subarray(['signer', 'ops']),
  oidcIdentities: fc.array(fc.record({ issuer: text, subject: orNull(text) }), { maxLength: 2 }),
  createdAtMs: moment,
  erasedAtMs: fc.constant(null),
  erasedAtPosition: fc.constant(null),
});

const request: fc.Arbitrary<AccessRequest> = fc.record({
  proof: fc.constant('proven' as const),
  username: fc.constantFrom('anna', 'joan'),
  method: fc.constantFrom('GET', 'POST'),
  ip: fc.constantFrom('10.1.2.3', '203.0.113.1'),
  scopes: fc.subarray(['read', 'write']),
  limits: fc.constantFrom('apply' as const, 'leave-out' as const),
});

// With any terms; hardly any key and user that are made up at random pass.
const GOOD_KEY = {
  ipRangesUsable: true,
  issuedAtMs: NOW_MS - DAY_MS,
  claimedAtMs: null,
  expiresAtMs: NOW_MS + DAY_MS,
  revokedAtMs: null,
  secretHash: 'hash',
  supersededUntilMs: null,
};
const GOOD_USER = { status: 'active', username: 'anna', roleIds: ['signer'] } as const;

const settings: AccessFacts['settings'] = {
  ...initialSettingsState,
  settings: { ...initialSettingsState.settings, apiKeyAuthenticationEnabled: true, maxApiKeyLifetimeDays: 60 },
};
const role: AccessFacts['role'] = (id) => ({
  status: 'active',
  name: id,
  description: null,
  permissions: id === 'signer' ? ['api-key.sign-in'] : [],
  system: false,
});

test('what memory holds small is what the fold made, and comes out as that', () => {
  fc.assert(
    fc.property(issued, living, (key, user) => {
      expect(plainKey(packKey(key))).toEqual(key);
      expect(plainUser(packUser(user))).toEqual(user);
      // Each member by itself too, as a decision reads it.
      const packed = packKey(key) as unknown as Record<string, unknown>;
      for (const [name, value] of Object.entries(key)) expect([name, packed[name]]).toEqual([name, value]);
    }),
    { numRuns: 500 },
  );
});

test('what is no key with a secret, and no living user, stays as it is', () => {
  for (const state of [initialApiKeyState, { status: 'unusable' } as const]) expect(packKey(state)).toBe(state);
  for (const state of [initialUserState, { status: 'unusable' } as const]) expect(packUser(state)).toBe(state);
});

test('a decision is the same on both', () => {
  const reasons = new Set<string>();
  fc.assert(
    fc.property(issued, living, request, fc.boolean(), (anyKey, anyUser, asked, isGood) => {
      const key = isGood ? { ...anyKey, ...GOOD_KEY } : anyKey;
      const user = isGood ? { ...anyUser, ...GOOD_USER } : anyUser;
      const decision = decideAccess({ settings, key, user, role }, asked, NOW_MS);
      expect(decideAccess({ settings, key: packKey(key), user: packUser(user), role }, asked, NOW_MS)).toEqual(
        decision,
      );
      reasons.add(decision.allowed ? 'allowed' : decision.reason);
    }),
    { numRuns: 3_000 },
  );
  expect([...reasons]).toEqual(
    expect.arrayContaining(['allowed', 'REVOKED', 'SUPERSEDED', 'EXPIRED', 'SCOPE_MISSING']),
  );
});
