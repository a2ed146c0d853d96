import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { history } from '../../test/commands.arbitrary.js';
import { World } from '../../test/world.js';
import {
  acceptanceOf,
  type AccessFacts,
  type AccessReason,
  type AccessRequest,
  DAY_MS,
  decideAccess,
  DECISION_REASONS,
  initialSettingsState,
  type IssuedApiKey,
  isUnproven,
  type LivingUser,
  type RoleState,
} from './index.js';

const ISSUED = Date.parse('2026-03-01T12:00:00.000Z');

interface Situation {
  readonly facts: AccessFacts;
  readonly request: AccessRequest;
  readonly nowMs: number;
}

const key: IssuedApiKey = {
  status: 'issued',
  keyId: 'k1',
  userId: 'u1',
  name: 'Zapier',
  allowedIpRanges: ['10.0.0.0/8'],
  ipRangesUsable: true,
  expiry: { days: 30 },
  readOnly: true,
  scopes: ['read'],
  rateLimit: null,
  issuedAtMs: ISSUED,
  issuedPosition: 7,
  createdBy: 'user/u1',
  revokedAtMs: null,
  revocationReason: null,
  secretHash: 'hash',
  secretCommitment: 'commitment',
  hint: 'aB3x',
  expiresAtMs: ISSUED + 30 * DAY_MS,
  claimedAtMs: null,
  predecessorId: null,
  successorId: 'k2',
  supersededAtMs: ISSUED,
  supersededUntilMs: ISSUED + 20 * DAY_MS,
};
const user: LivingUser = {
  status: 'active',
  username: 'joan',
  displayName: null,
  email: null,
  passwordHash: null,
  supervisorId: null,
  roleIds: ['signer', 'gone'],
  oidcIdentities: [],
  createdAtMs: 0,
  erasedAtMs: null,
  erasedAtPosition: null,
};
const signer: RoleState = {
  status: 'active',
  name: 'API Key Sign In',
  description: null,
  permissions: ['api-key.sign-in'],
  system: true,
};
const on = { ...initialSettingsState.settings, apiKeyAuthenticationEnabled: true };
// Within its grace, its lifetime and all its limits: every condition is there to be broken.
const allowed: Situation = {
  facts: {
    settings: { ...initialSettingsState, settings: on },
    key,
    user,
    role: (id) => (id === 'signer' ? signer : { status: 'deleted' }),
  },
  request: { proof: 'proven', username: 'Joan', method: 'GET', ip: '10.1.2.3', scopes: ['read'], limits: 'apply' },
  nowMs: ISSUED + DAY_MS,
};

type Break = (situation: Situation) => Situation;
const inFacts =
  (change: (facts: AccessFacts) => Partial<AccessFacts>): Break =>
  (situation) => ({ ...situation, facts: { ...situation.facts, ...change(situation.facts) } });
// A change to a key or user that an earlier break has taken away changes nothing more.
const inKey = (change: Partial<IssuedApiKey>): Break =>
  inFacts(({ key }) => (key?.status === 'issued' ? { key: { ...key, ...change } } : {}));
const inUser = (change: Partial<LivingUser>): Break =>
  inFacts(({ user }) =>
    user?.status === 'active' || user?.status === 'deactivated' ? { user: { ...user, ...change } } : {},
  );
const inSettings = (change: Partial<AccessFacts['settings']>): Break =>
  inFacts(({ settings }) => ({ settings: { ...settings, ...change } }));
const inRequest =
  (change: Partial<AccessRequest>): Break =>
  (situation) => ({ ...situation, request: { ...situation.request, ...change } });
const inPolicy = (change: Partial<AccessFacts['settings']['settings']>): Break =>
  inFacts(({ settings }) => ({ settings: { ...settings, settings: { ...settings.settings, ...change } } }));
const malformed = ({ request }: Situation): boolean => request.proof === 'malformed';
const wrongSecret = inRequest({ proof: 'wrong-secret' });
const bulk = { position: 8, atMs: ISSUED, userId: null, issuedBeforeMs: null, reason: 'UNSPECIFIED' } as const;

const BREAKS: readonly (readonly [AccessReason, string, Break])[] = [
  ['MALFORMED', 'text that is no key', inRequest({ proof: 'malformed' })],
  ['UNKNOWN_KEY', 'no such key', inFacts(() => ({ key: undefined }))],
  ['UNKNOWN_KEY', 'a key without events', inFacts(() => ({ key: { status: 'none' } }))],
  ['UNKNOWN_KEY', 'an unusable key', inFacts(() => ({ key: { status: 'unusable' } }))],
  ['UNKNOWN_KEY', 'an unclaimed key', inFacts(({ key }) => (key?.status === 'issued' ? { key: pending(key) } : {}))],
  ['WRONG_SECRET', 'another secret', (situation) => (malformed(situation) ? situation : wrongSecret(situation))],
  ['WRONG_SECRET', 'an erased hash', inKey({ secretHash: null })],
  ['USERNAME_MISMATCH', 'another’s name', inRequest({ username: 'ann' })],
  ['USERNAME_MISMATCH', 'no name at all', inRequest({ username: '' })],
  ['USERNAME_MISMATCH', 'a name that folds only in Unicode', inRequest({ username: 'JOAN\u200b' })],
  ['USERNAME_MISMATCH', 'an erased name', inUser({ username: null })],
  ['USERNAME_MISMATCH', 'no such user', inFacts(() => ({ user: undefined }))],
  ['USERNAME_MISMATCH', 'an unusable user', inFacts(() => ({ user: { status: 'unusable' } }))],
  ['REVOKED', 'a revocation', inKey({ revokedAtMs: ISSUED, revocationReason: 'KEY_COMPROMISE' })],
  ['REVOKED', 'a bulk revocation of all', inSettings({ bulkRevocations: [bulk] })],
  ['REVOKED', 'a bulk revocation of the user', inSettings({ bulkRevocations: [{ ...bulk, userId: 'u1' }] })],
  ['REVOKED', 'a bulk revocation by time', inSettings({ bulkRevocations: [{ ...bulk, issuedBeforeMs: ISSUED + 1 }] })],
  ['SUPERSEDED', 'the end of the grace', inKey({ supersededUntilMs: allowed.nowMs })],
  ['EXPIRED', 'the end of the key', inKey({ expiresAtMs: allowed.nowMs })],
  ['EXPIRED', 'the end under the policy', inPolicy({ maxApiKeyLifetimeDays: 1 })],
  ['API_KEYS_DISABLED', 'keys switched off', inPolicy({ apiKeyAuthenticationEnabled: false })],
  ['API_KEYS_DISABLED', 'unusable settings', inSettings({ isUsable: false })],
  ['USER_DEACTIVATED', 'a deactivated user', inUser({ status: 'deactivated' })],
  ['SIGN_IN_NOT_GRANTED', 'no role', inUser({ roleIds: [] })],
  ['SIGN_IN_NOT_GRANTED', 'a deleted role', inFacts(() => ({ role: () => ({ status: 'deleted' }) }))],
  ['SIGN_IN_NOT_GRANTED', 'an unusable role', inFacts(() => ({ role: () => ({ status: 'unusable' }) }))],
  ['SIGN_IN_NOT_GRANTED', 'no such role', inFacts(() => ({ role: () => undefined }))],
  [
    'SIGN_IN_NOT_GRANTED',
    'a role without the permission',
    inFacts(() => ({ role: () => ({ ...signer, permissions: ['api-key.generate'] }) })),
  ],
  ['IP_NOT_ALLOWED', 'another address', inRequest({ ip: '11.0.0.1' })],
  ['IP_NOT_ALLOWED', 'no address', inRequest({ ip: null })],
  ['IP_NOT_ALLOWED', 'no readable address', inRequest({ ip: 'unknown' })],
  ['IP_NOT_ALLOWED', 'erased ranges', inKey({ allowedIpRanges: null, ipRangesUsable: false })],
  ['IP_NOT_ALLOWED', 'unreadable ranges', inKey({ allowedIpRanges: ['nonsense'] })],
  ['READ_ONLY', 'a writing method', inRequest({ method: 'POST' })],
  ['READ_ONLY', 'a method in lower case', inRequest({ method: 'get' })],
  ['READ_ONLY', 'no method', inRequest({ method: null })],
  ['READ_ONLY', 'an upgrade', inRequest({ isUpgrade: true })],
  ['SCOPE_MISSING', 'a scope that the key has not', inRequest({ scopes: ['read', 'write'] })],
  ['SCOPE_MISSING', 'a key without scopes', inKey({ scopes: [] })],
];

const decide = ({ facts, request, nowMs }: Situation) => decideAccess(facts, request, nowMs);
const rank = (reason: AccessReason): number => (DECISION_REASONS as readonly AccessReason[]).indexOf(reason);

test('a key passes when every condition holds, and the identity is what the facts say', () => {
  expect(decide(allowed)).toEqual({
    allowed: true,
    identity: {
      userId: 'u1',
      username: 'joan',
      roles: [{ id: 'signer', name: 'API Key Sign In' }],
      permissions: ['api-key.sign-in'],
      keyId: 'k1',
      keyName: 'Zapier',
      effectiveExpiresAtMs: key.expiresAtMs,
      readOnly: true,
      scopes: ['read'],
    },
  });
});

test('every reason of the decision is broken by something here', () => {
  expect(new Set(BREAKS.map(([reason]) => reason))).toEqual(new Set(DECISION_REASONS));
});

test.each(BREAKS)('%s refuses by itself: %s', (reason, _what, broken) => {
  expect(decide(broken(allowed))).toEqual({ allowed: false, reason });
});

test('of two broken conditions the first in the order of the design is the reason, in whichever order they broke', () => {
  for (const [left, , breakLeft] of BREAKS) {
    for (const [right, , breakRight] of BREAKS) {
      const reason = rank(left) <= rank(right) ? left : right;
      const twice = decide(breakRight(breakLeft(allowed)));
      // The same kind twice can undo itself (deleted role, then no such role): refused for that kind all the same.
      expect(twice).toEqual({ allowed: false, reason });
    }
  }
});

test('any set of broken conditions is refused', () => {
  fc.assert(
    fc.property(fc.subarray([...BREAKS], { minLength: 1 }), (broken) => {
      expect(decide(broken.reduce((situation, [, , next]) => next(situation), allowed)).allowed).toBe(false);
    }),
  );
});

test('each end is exact: the millisecond before it passes, the end itself does not', () => {
  const supersededUntilMs = key.supersededUntilMs ?? 0;
  expect(decide({ ...allowed, nowMs: supersededUntilMs - 1 }).allowed).toBe(true);
  expect(decide({ ...allowed, nowMs: supersededUntilMs })).toMatchObject({ reason: 'SUPERSEDED' });
  const unsuperseded = inKey({ supersededUntilMs: null })(allowed);
  expect(decide({ ...unsuperseded, nowMs: key.expiresAtMs - 1 }).allowed).toBe(true);
  expect(decide({ ...unsuperseded, nowMs: key.expiresAtMs })).toMatchObject({ reason: 'EXPIRED' });
});

test('a clock that is no number refuses', () => {
  expect(decide({ ...allowed, nowMs: NaN }).allowed).toBe(false);
});

test('a bulk revocation leaves alone what was issued after it, later than its instant, or by another', () => {
  for (const spared of [{ position: 6 }, { issuedBeforeMs: ISSUED }, { userId: 'u2' }]) {
    expect(decide(inSettings({ bulkRevocations: [{ ...bulk, ...spared }] })(allowed)).allowed).toBe(true);
  }
});

test('a key without limits asks for no method, address or scope', () => {
  const free = inKey({ allowedIpRanges: null, readOnly: false, scopes: [] })(allowed);
  expect(decide(inRequest({ method: null, ip: null, scopes: [], isUpgrade: true })(free)).allowed).toBe(true);
});

test('leaving the limits out leaves out these three and nothing else', () => {
  for (const [reason, , broken] of BREAKS) {
    const decision = decide(inRequest({ limits: 'leave-out' })(broken(allowed)));
    expect(decision.allowed).toBe(['IP_NOT_ALLOWED', 'READ_ONLY', 'SCOPE_MISSING'].includes(reason));
  }
});

test('acceptance says of a key and its owner’s name what the decision says', () => {
  expect(acceptanceOf(allowed.facts, allowed.nowMs)).toEqual({ allowed: true, reason: null });
  expect(acceptanceOf({ ...allowed.facts, key: pending(key) }, allowed.nowMs).reason).toBe('UNKNOWN_KEY');
  expect(acceptanceOf(inUser({ roleIds: [] })(allowed).facts, allowed.nowMs).reason).toBe('SIGN_IN_NOT_GRANTED');
});

test('a caller who has not proven the secret is one for whom nothing after it was looked at', () => {
  expect(DECISION_REASONS.filter(isUnproven)).toEqual(['MALFORMED', 'UNKNOWN_KEY', 'WRONG_SECRET']);
});

test('in every reachable state, what passes is a live key of an active user who may sign in', () => {
  let passed = 0;
  fc.assert(
    fc.property(history, (steps) => {
      const world = World.started();
      for (const step of steps) {
        world.nowMs += step.afterMs;
        world.execute(step.command(world));
        passed += passingKeys(world);
      }
    }),
    { numRuns: 200 },
  );
  expect(passed).toBeGreaterThan(0);
});

// Told from the records alone, without the folds: what must have happened, and what must not, for a key to pass.
function passingKeys({ facts, log, nowMs }: World): number {
  const records = log.entries.map(({ record }) => record);
  const last = (stream: string, types: readonly string[]) =>
    records.filter((record) => record.stream === stream && types.includes(record.type)).at(-1);
  const ids = [...facts.keys.keys()].filter((keyId) => {
    const key = facts.keys.get(keyId);
    const user = key?.status === 'issued' ? facts.users.get(key.userId) : undefined;
    return acceptanceOf({ settings: facts.settings, key, user, role: (id) => facts.roles.get(id) }, nowMs).allowed;
  });
  for (const keyId of ids) {
    const secret = last(`api-key/${keyId}`, ['ApiKeyIssued', 'ApiKeyClaimed']);
    // of a record that was read
    const owner = records.find(({ stream }) => stream === `api-key/${keyId}`)?.data['userId'] as string;
    expect(nowMs).toBeLessThan(Date.parse(secret?.recordedAt ?? '') + 180 * DAY_MS);
    expect(last(`api-key/${keyId}`, ['ApiKeyRevoked'])).toBe(undefined);
    expect(last(`user/${owner}`, ['UserDeactivated', 'UserReactivated'])?.type).not.toBe('UserDeactivated');
    expect(last(`user/${owner}`, ['UserErased'])).toBe(undefined);
    expect(last(`user/${owner}`, ['RoleGranted'])).not.toBe(undefined);
  }
  return ids.length;
}

function pending(key: IssuedApiKey): AccessFacts['key'] {
  return {
    ...key,
    status: 'pending',
    secretHash: null,
    secretCommitment: null,
    hint: null,
    expiresAtMs: null,
    claimedAtMs: null,
    predecessorId: null,
    successorId: null,
    supersededAtMs: null,
    supersededUntilMs: null,
  };
}
