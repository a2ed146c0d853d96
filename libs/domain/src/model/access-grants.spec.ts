import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EVENT_SHAPES, grantsAccess, LOG_EVENT_SHAPES, type NewEvent, type SettingsChange } from './index.js';
import { DEFAULT_SETTINGS, SETTING_NAMES } from './settings-values.js';

const event = (type: string, data: object): NewEvent =>
  ({ stream: 'user/1', type, schemaVersion: 1, data, sealed: {} }) as NewEvent; // as far as it is looked at
const settings = (before: SettingsChange, after: SettingsChange): boolean =>
  grantsAccess(event('SecuritySettingsChanged', { before, after }));
const role = (before: object, after: object): boolean => grantsAccess(event('RoleChanged', { before, after }));

const GRANTING = ['ApiKeyIssued', 'ApiKeyPromised', 'ApiKeyClaimed', 'RoleGranted', 'UserReactivated'];
const CHANGES = ['SecuritySettingsChanged', 'RoleCreated', 'RoleChanged', 'UserChanged'];

test.each([...EVENT_SHAPES, ...LOG_EVENT_SHAPES].map(({ type }) => type).filter((type) => !CHANGES.includes(type)))(
  '%s grants access or not by its type alone',
  (type) => {
    expect(grantsAccess(event(type, {}))).toBe(GRANTING.includes(type));
  },
);

test.each<[SettingsChange, SettingsChange]>([
  [{ apiKeyAuthenticationEnabled: false }, { apiKeyAuthenticationEnabled: true }],
  [{ maxApiKeyLifetimeDays: 30 }, { maxApiKeyLifetimeDays: 31 }],
  [{ gatewayLeaseSeconds: 5 }, { gatewayLeaseSeconds: 6 }],
  [{ rotationGraceMaxSeconds: 0 }, { rotationGraceMaxSeconds: 1 }],
  [{ maxActiveKeysPerUser: 1 }, { maxActiveKeysPerUser: 2 }],
  [{ defaultKeyRateLimit: { requests: 1, seconds: 10 } }, { defaultKeyRateLimit: { requests: 2, seconds: 10 } }],
  [{ defaultKeyRateLimit: { requests: 1, seconds: 10 } }, { defaultKeyRateLimit: { requests: 1, seconds: 9 } }],
  [{ defaultKeyRateLimit: { requests: 1, seconds: 10 } }, { defaultKeyRateLimit: null }],
  [{ journal: 'denials' }, { journal: 'off' }],
  [{ journalRetentionDays: 400 }, { journalRetentionDays: 1 }],
])('a change of settings from %j to %j loosens, the way back does not', (before, after) => {
  expect([settings(before, after), settings(after, before)]).toEqual([true, false]);
});

test('a change of several settings restricts only if every changed member does', () => {
  const lower: SettingsChange = {
    apiKeyAuthenticationEnabled: false,
    maxApiKeyLifetimeDays: 1,
    gatewayLeaseSeconds: 5,
    rotationGraceMaxSeconds: 0,
    maxActiveKeysPerUser: 1,
    defaultKeyRateLimit: { requests: 1, seconds: 60 },
    journal: 'all',
    journalRetentionDays: 3650,
  };
  const now = { ...DEFAULT_SETTINGS, apiKeyAuthenticationEnabled: true };
  fc.assert(
    fc.property(
      fc.subarray([...SETTING_NAMES], { minLength: 1 }),
      fc.subarray([...SETTING_NAMES]),
      (names, loosened) => {
        const [before, after]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
        for (const name of names) {
          const isLoosened = loosened.includes(name);
          before[name] = isLoosened ? lower[name] : now[name];
          after[name] = isLoosened ? now[name] : lower[name];
        }
        expect(settings(before, after)).toBe(names.some((name) => loosened.includes(name)));
      },
    ),
  );
});

test('a role grants by a permission that it did not have, and by a new name; what takes permissions away restricts', () => {
  const [read, write] = ['users.read', 'users.manage'];
  expect(role({ permissions: [read] }, { permissions: [write] })).toBe(true);
  expect(role({ permissions: [read] }, { permissions: [read, write] })).toBe(true);
  expect(role({ permissions: [read, write] }, { permissions: [write] })).toBe(false);
  expect(role({ permissions: [read], name: 'a' }, { permissions: [], name: 'b' })).toBe(true);
  expect(role({ description: null }, { description: 'said otherwise' })).toBe(false);
  expect(grantsAccess(event('RoleCreated', { permissions: [] }))).toBe(false);
  expect(grantsAccess(event('RoleCreated', { permissions: [read] }))).toBe(true);
});

test('of a user only a supervisor grants', () => {
  expect(grantsAccess(event('UserChanged', { supervisorId: 'user-2' }))).toBe(true);
  expect(grantsAccess(event('UserChanged', { supervisorId: null }))).toBe(false);
  expect(grantsAccess(event('UserChanged', {}))).toBe(false);
});

test('audit records grant nothing', () => {
  expect(grantsAccess(event('ExportMade', {}))).toBe(false);
});
