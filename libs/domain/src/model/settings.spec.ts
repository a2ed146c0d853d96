import { expect, test } from '@jest/globals';
import { scenario, START_MS } from '../../test/given.js';
import { decideSettings, foldSettings, initialSettingsState, SETTINGS_STREAM, type SettingsCommand } from './index.js';

const given = scenario({
  stream: SETTINGS_STREAM,
  initial: initialSettingsState,
  decide: decideSettings,
  fold: (state, read) => (read.kind === 'event' && read.category === 'settings' ? foldSettings(state, read) : state),
});

const enable: SettingsCommand = { type: 'ChangeSecuritySettings', changes: { apiKeyAuthenticationEnabled: true } };
const enabled = {
  type: 'SecuritySettingsChanged',
  data: { before: { apiKeyAuthenticationEnabled: false }, after: { apiKeyAuthenticationEnabled: true } },
};

test('a new installation has keys switched off and the longest lifetime', () => {
  expect(given().state().settings).toMatchObject({ apiKeyAuthenticationEnabled: false, maxApiKeyLifetimeDays: 180 });
});

test('a change records what was before and after, of the changed members alone', () => {
  given().when(enable).then(enabled);
  const both = { apiKeyAuthenticationEnabled: true, maxApiKeyLifetimeDays: 90 } as const;
  given(enabled)
    .when({ type: 'ChangeSecuritySettings', changes: both })
    .then({
      type: 'SecuritySettingsChanged',
      data: { before: { maxApiKeyLifetimeDays: 180 }, after: { maxApiKeyLifetimeDays: 90 } },
    });
});

test('setting what is set already is no event', () => {
  given(enabled).when(enable).thenNothing();
  given().when({ type: 'ChangeSecuritySettings', changes: {} }).thenNothing();
  given()
    .when({ type: 'ChangeSecuritySettings', changes: { defaultKeyRateLimit: null } })
    .thenNothing();
});

test('a bulk revocation up to an instant that no record can hold is refused', () => {
  const revoke = { type: 'BulkRevokeApiKeys', reason: 'UNSPECIFIED', affectedKeys: 1 } as const;
  const filter = { userId: null, issuedBeforeMs: Date.parse('9999-12-31T23:59:59-23:59') };
  given()
    .when({ ...revoke, filter })
    .thenThrows('INVALID_REQUEST');
});

test('an equal rate limit is the same rate limit', () => {
  const limit = { requests: 10, seconds: 1 };
  const limited = {
    type: 'SecuritySettingsChanged',
    data: { before: { defaultKeyRateLimit: null }, after: { defaultKeyRateLimit: limit } },
  };
  given(limited)
    .when({ type: 'ChangeSecuritySettings', changes: { defaultKeyRateLimit: { ...limit } } })
    .thenNothing();
});

test.each([
  { maxApiKeyLifetimeDays: 0 },
  { maxApiKeyLifetimeDays: 181 },
  { maxApiKeyLifetimeDays: 1.5 },
  { gatewayLeaseSeconds: 4 },
  { gatewayLeaseSeconds: 3601 },
  { rotationGraceMaxSeconds: -1 },
  { rotationGraceMaxSeconds: 2_592_001 },
  { maxActiveKeysPerUser: 0 },
  { maxActiveKeysPerUser: 1001 },
  { journalRetentionDays: 3651 },
  { defaultKeyRateLimit: { requests: 0, seconds: 1 } },
])('a setting out of its range is refused: %j', (changes) => {
  given().when({ type: 'ChangeSecuritySettings', changes }).thenThrows('INVALID_REQUEST');
});

test('a bulk revocation is one event, whatever the number of keys', () => {
  const filter = { userId: 'u1', issuedBeforeMs: START_MS };
  given()
    .when({ type: 'BulkRevokeApiKeys', filter, reason: 'KEY_COMPROMISE', affectedKeys: 12 })
    .then({
      type: 'ApiKeysBulkRevoked',
      data: { filter: { userId: 'u1', issuedBefore: '2026-03-01T12:00:00.000Z' }, reason: 'KEY_COMPROMISE' },
    });
});

test('a bulk revocation without a filter is refused, and one that affects no key is no event', () => {
  const filter = { userId: null, issuedBeforeMs: null };
  const revoke = { type: 'BulkRevokeApiKeys', filter, reason: 'UNSPECIFIED', affectedKeys: 1 } as const;
  given().when(revoke).thenThrows('INVALID_REQUEST');
  given()
    .when({ ...revoke, filter: { ...filter, userId: 'u1' }, affectedKeys: 0 })
    .thenNothing();
});

test('an unreadable record of the settings makes them unusable for good', () => {
  const invalid = { kind: 'invalid', category: 'settings', stream: SETTINGS_STREAM, id: 'security' } as const;
  const state = foldSettings(given(enabled).state(), { ...invalid, position: 2, detail: '' });
  expect(state).toMatchObject({ isUsable: false, settings: { apiKeyAuthenticationEnabled: true } });
});
