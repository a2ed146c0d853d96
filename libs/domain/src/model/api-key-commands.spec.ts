import { expect, test } from '@jest/globals';
import { codeOf, scenario, START_MS } from '../../test/given.js';
import { phcHash } from '../../test/test-log.js';
import {
  type ApiKeyCommand,
  type ApiKeyContext,
  type ApiKeyState,
  type Authority,
  BUILT_IN_ROLES,
  DAY_MS,
  decideApiKey,
  eraseFromKey,
  foldApiKey,
  initialApiKeyState,
  initialSettingsState,
  permissionsOf,
  type RoleState,
  type SettingsState,
  SYSTEM,
  type UserState,
} from './index.js';

const roles = new Map<string, RoleState>(
  BUILT_IN_ROLES.map(({ id, ...role }) => [id, { status: 'active', ...role, system: true }]),
);
const role = (id: string) => roles.get(id);
const settings: SettingsState = {
  ...initialSettingsState,
  settings: { ...initialSettingsState.settings, apiKeyAuthenticationEnabled: true },
};
const owner: UserState = {
  status: 'active',
  username: 'joan',
  displayName: null,
  email: null,
  passwordHash: null,
  supervisorId: 'u2',
  roleIds: ['api-key-generate'],
  oidcIdentities: [],
  createdAtMs: 0,
  erasedAtMs: null,
  erasedAtPosition: null,
};
const deactivated: UserState = { ...owner, status: 'deactivated' };
const erased: UserState = {
  ...owner,
  status: 'erased',
  username: null,
  displayName: null,
  email: null,
  passwordHash: null,
  supervisorId: null,
  roleIds: [],
  oidcIdentities: [],
  erasedAtMs: START_MS,
  erasedAtPosition: 99,
};

/** The scenario in other circumstances than: keys on, an active owner who may generate. */
const givenWith = (context: Partial<ApiKeyContext>) =>
  scenario<ApiKeyState, ApiKeyCommand>({
    stream: 'api-key/k1',
    initial: initialApiKeyState,
    decide: (command, state) => decideApiKey(command, state, { settings, owner, role, ...context }),
    fold: (state, read) => (read.kind === 'event' && read.category === 'api-key' ? foldApiKey(state, read) : state),
  });
const given = givenWith({});
const off = givenWith({ settings: initialSettingsState });
const withGraceOf = (seconds: number) =>
  givenWith({ settings: { ...settings, settings: { ...settings.settings, rotationGraceMaxSeconds: seconds } } });

const self: Authority = { kind: 'user', userId: 'u1', permissions: permissionsOf(owner, role) };
const supervisor: Authority = { kind: 'user', userId: 'u2', permissions: ['api-keys.supervise'] };
const other: Authority = { kind: 'user', userId: 'u3', permissions: ['api-keys.supervise', 'api-key.generate'] };
const manager: Authority = { kind: 'user', userId: 'u4', permissions: ['api-keys.manage'] };

const secret = { secretHash: phcHash(), hint: 'aB3x' };
const terms = {
  userId: 'u1',
  expiry: { kind: 'days', days: 30 },
  readOnly: true,
  scopes: ['read'],
  allowedIpRanges: ['10.0.0.0/8'],
  rateLimit: null,
  name: 'Zapier',
} as const;
const nowMs = START_MS + 60_000;
const issue: ApiKeyCommand = { type: 'IssueApiKey', keyId: 'k1', by: self, ...terms, ...secret, nowMs };
const promise: ApiKeyCommand = { type: 'PromiseApiKey', keyId: 'k1', by: supervisor, ...terms, nowMs };
const claim: ApiKeyCommand = { type: 'ClaimApiKey', keyId: 'k1', by: self, ...secret, nowMs };
const rotate = {
  type: 'RotateApiKey',
  keyId: 'k1',
  by: self,
  successorId: 'k2',
  graceSeconds: 0,
  expiry: { kind: 'maximum' },
  ...secret,
  nowMs,
} as const;
const revoke = { type: 'RevokeApiKey', keyId: 'k1', by: self, reason: 'KEY_COMPROMISE', note: 'lost' } as const;

const data = { userId: 'u1', expiry: { days: 30 }, readOnly: true, scopes: ['read'], rateLimit: null };
const sealed = { name: 'Zapier', allowedIpRanges: ['10.0.0.0/8'] };
const issued = {
  type: 'ApiKeyIssued',
  data: { ...data, hint: 'aB3x', predecessorId: null },
  sealed: { secretHash: phcHash(), ...sealed },
};
const promised = { type: 'ApiKeyPromised', data, sealed };
const claimed = { type: 'ApiKeyClaimed', data: { hint: 'aB3x' }, sealed: { secretHash: phcHash() } };
const superseded = { type: 'ApiKeySuperseded', data: { successorId: 'k2', graceSeconds: 0 } };
const revoked = { type: 'ApiKeyRevoked', data: { reason: 'KEY_COMPROMISE' }, sealed: { note: 'lost' } };

test('a key is issued with its terms; what was not asked for is absent, not null', () => {
  given().when(issue).then(issued);
  given()
    .when({ ...issue, name: null, allowedIpRanges: null })
    .then({ ...issued, sealed: { secretHash: phcHash() } });
});

test('a key is issued while keys are on, by an active user whose roles allow it now', () => {
  off().when(issue).thenThrows('API_KEYS_DISABLED');
  givenWith({ settings: { ...settings, isUsable: false } })()
    .when(issue)
    .thenThrows('API_KEYS_DISABLED');
  givenWith({ owner: { ...owner, roleIds: [] } })()
    .when(issue)
    .thenThrows('PERMISSION_DENIED');
  givenWith({ owner: deactivated })().when(issue).thenThrows('USER_DEACTIVATED');
  given()
    .when({ ...issue, by: other })
    .thenThrows('PERMISSION_DENIED');
});

test('without the permission, the answer is the same whether keys are on or off', () => {
  givenWith({ settings: initialSettingsState, owner: { ...owner, roleIds: [] } })()
    .when(issue)
    .thenThrows('PERMISSION_DENIED');
});

test('a custom role with the permission works like the built-in one', () => {
  const custom: RoleState = {
    status: 'active',
    name: 'C',
    description: null,
    permissions: ['api-key.generate'],
    system: false,
  };
  givenWith({ owner: { ...owner, roleIds: ['c'] }, role: () => custom })()
    .when(issue)
    .then(issued);
  givenWith({ owner: { ...owner, roleIds: ['c'] }, role: () => ({ status: 'deleted' }) })()
    .when(issue)
    .thenThrows('PERMISSION_DENIED');
});

test('terms that could not be read back are refused', () => {
  for (const wrong of [
    { name: '' },
    { name: 'a\nb' },
    { name: 'x'.repeat(101) },
    { scopes: ['A'] },
    { scopes: ['a', 'a'] },
    { allowedIpRanges: [] },
    { allowedIpRanges: ['10.0.0.1/8'] },
    { rateLimit: { requests: 0, seconds: 1 } },
    { secretHash: '' },
    { hint: 'abc' },
  ]) {
    given()
      .when({ ...issue, ...wrong })
      .thenThrows('INVALID_REQUEST');
  }
});

test('an expiry beyond the maximum is refused', () => {
  given()
    .when({ ...issue, expiry: { kind: 'days', days: 181 } })
    .thenThrows('EXPIRY_OUT_OF_RANGE');
});

test('a manager or the supervisor promises a key; to anybody else the user does not exist', () => {
  given().when(promise).then(promised);
  given()
    .when({ ...promise, by: manager })
    .then(promised);
  given()
    .when({ ...promise, by: other })
    .thenThrows('NOT_FOUND');
  given()
    .when({ ...promise, by: { kind: 'user', userId: 'u2', permissions: [] } })
    .thenThrows('NOT_FOUND');
  off().when(promise).thenThrows('API_KEYS_DISABLED');
  givenWith({ owner: deactivated })().when(promise).thenThrows('USER_DEACTIVATED');
  givenWith({ owner: erased })()
    .when({ ...promise, by: manager })
    .thenThrows('USER_ERASED');
});

test('the owner claims a promised key once, and needs no permission for it', () => {
  const plain = givenWith({ owner: { ...owner, roleIds: [] } });
  plain(promised)
    .when({ ...claim, by: { ...self, permissions: [] } })
    .then(claimed);
  given(promised, claimed).when(claim).thenThrows('ALREADY_CLAIMED');
  given(issued).when(claim).thenThrows('ALREADY_CLAIMED');
  given(promised)
    .when({ ...claim, by: supervisor })
    .thenThrows('NOT_FOUND');
  given().when(claim).thenThrows('NOT_FOUND');
  off(promised).when(claim).thenThrows('API_KEYS_DISABLED');
});

test('a promised key that was revoked, in bulk too, or whose instant has passed cannot be claimed', () => {
  given(promised, revoked).when(claim).thenThrows('KEY_NOT_ACTIVE');
  const bulk = { position: 2, atMs: START_MS, userId: 'u1', issuedBeforeMs: null, reason: 'UNSPECIFIED' } as const;
  givenWith({ settings: { ...settings, bulkRevocations: [bulk] } })(promised)
    .when(claim)
    .thenThrows('KEY_NOT_ACTIVE');
  const until = { ...promised, data: { ...data, expiry: { at: '2026-03-01T12:01:00.000Z' } } };
  given(until).when(claim).thenThrows('KEY_NOT_ACTIVE');
  given(until)
    .when({ ...claim, nowMs: nowMs - 1 })
    .then(claimed);
});

test('the lifetime of a claimed key counts from the claim', () => {
  const state = given(promised, claimed).state();
  expect(state).toMatchObject({ status: 'issued', expiresAtMs: START_MS + 1000 + 30 * DAY_MS, issuedAtMs: START_MS });
});

test('a rotation passes the terms on to a successor and names the family on both sides', () => {
  const successor = { ...issued, data: { ...issued.data, expiry: { days: 180 }, predecessorId: 'k1' } };
  given(issued).when(rotate).then(successor, superseded);
});

test('a successor for which no expiry is asked lives as long as its predecessor was issued for, at most the maximum', () => {
  const bounded = (maxApiKeyLifetimeDays: number) =>
    givenWith({ settings: { ...settings, settings: { ...settings.settings, maxApiKeyLifetimeDays } } });
  const successorOf = (expiry: { days: number } | { at: string }) => ({
    ...issued,
    data: { ...issued.data, expiry, predecessorId: 'k1' },
  });
  const renew = { ...rotate, expiry: null };
  given(issued)
    .when(renew)
    .then(successorOf({ days: 30 }), superseded);
  bounded(7)(issued)
    .when(renew)
    .then(successorOf({ days: 7 }), superseded);
  // Given as an instant, the lifetime is what lay between the record and it.
  const untilAt = {
    ...issued,
    data: { ...issued.data, expiry: { at: new Date(START_MS + 2 * DAY_MS).toISOString() } },
  };
  const twoDaysOn = { at: new Date(nowMs + 2 * DAY_MS).toISOString() };
  given(untilAt).when(renew).then(successorOf(twoDaysOn), superseded);
  bounded(1)(untilAt)
    .when(renew)
    .then(successorOf({ days: 1 }), superseded);
  // That of a claimed key counts from the claim, one second later here.
  const promisedAt = { ...promised, data: { ...data, expiry: untilAt.data.expiry } };
  const claimedFor = { at: new Date(nowMs + 2 * DAY_MS - 1000).toISOString() };
  given(promisedAt, claimed).when(renew).then(successorOf(claimedFor), superseded);
});

test('only an active key of one’s own is rotated, with the permission to generate', () => {
  given(issued)
    .when({ ...rotate, by: other })
    .thenThrows('NOT_FOUND');
  given(issued)
    .when({ ...rotate, by: { ...self, permissions: [] } })
    .thenThrows('PERMISSION_DENIED');
  givenWith({ owner: { ...owner, roleIds: [] } })(issued)
    .when(rotate)
    .thenThrows('PERMISSION_DENIED');
  off(issued).when(rotate).thenThrows('API_KEYS_DISABLED');
  given(promised).when(rotate).thenThrows('KEY_NOT_ACTIVE');
  given(issued, revoked).when(rotate).thenThrows('KEY_NOT_ACTIVE');
  given(issued, superseded).when(rotate).thenThrows('KEY_NOT_ACTIVE');
  given(issued)
    .when({ ...rotate, nowMs: START_MS + 30 * DAY_MS })
    .thenThrows('KEY_NOT_ACTIVE');
});

test('a key whose ranges nobody knows any more passes no freedom from them on', () => {
  const rotateOf = (key: ApiKeyState) => codeOf(() => decideApiKey(rotate, key, { settings, owner, role }));
  const unrestricted = { ...issued, sealed: { secretHash: phcHash() } };
  expect(rotateOf(eraseFromKey(given(issued).state()))).toBe('KEY_NOT_ACTIVE');
  expect(rotateOf(eraseFromKey(given(unrestricted).state()))).toBe(null);
});

test('the grace is at most what the settings allow', () => {
  withGraceOf(60)(issued)
    .when({ ...rotate, graceSeconds: 61 })
    .thenThrows('GRACE_OUT_OF_RANGE');
  given(issued)
    .when({ ...rotate, graceSeconds: -1 })
    .thenThrows('INVALID_REQUEST');
  given(issued)
    .when({ ...rotate, successorId: 'k1' })
    .thenThrows('INVALID_REQUEST');
});

test('the grace never outlives the key itself', () => {
  const long = { type: 'ApiKeySuperseded', data: { successorId: 'k2', graceSeconds: 2_592_000 } };
  const shortLived = { ...issued, data: { ...issued.data, expiry: { days: 1 } } };
  expect(given(shortLived, long).state()).toMatchObject({ supersededUntilMs: START_MS + DAY_MS });
  expect(given(issued, superseded).state()).toMatchObject({ supersededUntilMs: START_MS + 1000 });
});

test('a key is revoked once, by its owner, their supervisor, a manager or the system', () => {
  for (const by of [self, supervisor, manager, SYSTEM])
    given(issued)
      .when({ ...revoke, by })
      .then(revoked);
  given(issued, revoked).when(revoke).thenNothing();
  given(promised).when(revoke).then(revoked);
  given(issued, superseded).when(revoke).then(revoked);
  off(issued).when(revoke).then(revoked);
  given(issued)
    .when({ ...revoke, by: other })
    .thenThrows('NOT_FOUND');
  given().when(revoke).thenThrows('NOT_FOUND');
});

test('revoking what a bulk revocation or the erasure of its owner has ended is no event', () => {
  const bulk = {
    position: 2,
    atMs: START_MS,
    userId: null,
    issuedBeforeMs: START_MS + 1,
    reason: 'UNSPECIFIED',
  } as const;
  givenWith({ settings: { ...settings, bulkRevocations: [bulk] } })(issued)
    .when(revoke)
    .thenNothing();
  givenWith({ owner: erased })(issued)
    .when({ ...revoke, by: manager })
    .thenNothing();
});
