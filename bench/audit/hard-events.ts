import { apiKeyStream, type NewEvent, SETTINGS_STREAM, userStream } from '@keyfold/domain';
import { issuedKey, settingsEvent, unsealedEvent } from './sample-events.js';

const SIGN_IN = 'api-key-sign-in';

/** What makes one key expensive to explain, and the key. */
export interface HardCase {
  readonly name: string;
  readonly keyId: string;
  /** Appended for it, behind those of the cases before. */
  readonly events: readonly NewEvent[];
}

/** Each concerns a person of its own; the last ones make every key expensive. */
export function hardCases(): HardCase[] {
  const everybody = { filter: { issuedBefore: '2999-01-01T00:00:00.000Z' }, reason: 'UNSPECIFIED' };
  return [
    {
      name: 'of a person with 10,000 keys',
      keyId: hardKeyId(0, 0),
      events: [...personWithKeys(0, 10_000)],
    },
    {
      name: 'of a person with 10,000 changes of roles',
      keyId: hardKeyId(1, 0),
      events: [...personWithKeys(1, 1), ...roleChanges(1, 10_000)],
    },
    {
      name: 'behind a bulk revocation of everybody',
      keyId: hardKeyId(2, 0),
      events: [...personWithKeys(2, 1), unsealedEvent(SETTINGS_STREAM, 'ApiKeysBulkRevoked', everybody)],
    },
    {
      name: 'behind bulk revocations of 2,000 others',
      keyId: hardKeyId(3, 0),
      events: [...personWithKeys(3, 1), ...bulkRevocations(2_000)],
    },
    {
      name: 'behind 100,000 changes of the settings',
      keyId: hardKeyId(4, 0),
      events: [...personWithKeys(4, 1), ...settingsChanges(100_000)],
    },
  ];
}

const hardUserId = (person: number): string => `00000000-0000-4000-9000-${String(person).padStart(12, '0')}`;
const hardKeyId = (person: number, key: number): string =>
  `H${String(person).padStart(10, '0')}${String(key).padStart(11, '0')}`;

function* personWithKeys(person: number, keys: number): Generator<NewEvent> {
  const stream = userStream(hardUserId(person));
  const sealed = { username: `hard${person}` };
  yield { ...unsealedEvent(stream, 'UserCreated', { supervisorId: null }), schemaVersion: 2, sealed };
  yield unsealedEvent(stream, 'RoleGranted', { roleId: SIGN_IN });
  for (let key = 0; key < keys; key += 1) yield issuedKey(apiKeyStream(hardKeyId(person, key)), hardUserId(person));
}

function* roleChanges(person: number, changes: number): Generator<NewEvent> {
  for (let change = 0; change < changes; change += 1) {
    const type = change % 2 === 0 ? 'RoleWithdrawn' : 'RoleGranted';
    yield unsealedEvent(userStream(hardUserId(person)), type, { roleId: SIGN_IN });
  }
}

function* bulkRevocations(users: number): Generator<NewEvent> {
  for (let user = 0; user < users; user += 1) {
    const data = { filter: { userId: hardUserId(1_000 + user) }, reason: 'UNSPECIFIED' };
    yield unsealedEvent(SETTINGS_STREAM, 'ApiKeysBulkRevoked', data);
  }
}

function* settingsChanges(changes: number): Generator<NewEvent> {
  for (let change = 0; change < changes; change += 1)
    yield settingsEvent({ maxApiKeyLifetimeDays: change % 2 === 0 ? [90, 91] : [91, 90] });
}
