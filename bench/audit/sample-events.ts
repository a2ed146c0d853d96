import { apiKeyStream, BUILT_IN_ROLES, type NewEvent, roleStream, SETTINGS_STREAM, userStream } from '@keyfold/domain';

/** Of its length, since what is measured are records of a real size. */
const SECRET_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(21)}A$${'h'.repeat(42)}A`;
/** As many in logs of every length, so that what grows between these grows with events. */
export const PEOPLE = 10_000;
export const FEW_EVENTS = 100_000;
export const MANY_EVENTS = 1_000_000;

const SIGN_IN = 'api-key-sign-in';
const SETTINGS_EVERY = 1_000;

/** The public id of a person's key; people are numbered from 0. */
export const keyIdOf = (person: number): string => String(person).padStart(22, '0');
export const usernameOf = (person: number): string => `person${person}`;
const userIdOf = (person: number): string => `00000000-0000-4000-8000-${String(person).padStart(12, '0')}`;

/** The events of a log from its first record on: the built-in roles, then {@link peopleEvents}. */
export function* logEvents(people: number): Generator<NewEvent, never> {
  for (const { description, id, name, permissions } of BUILT_IN_ROLES)
    yield unsealedEvent(roleStream(id), 'RoleCreated', { name, description, permissions, system: true });
  return yield* peopleEvents(people);
}

/**
 * Events without end: keys are switched on, each of so many people is created, granted two roles and issued a key, and
 * from then on the settings, profiles and roles of these people change. So two logs of different lengths have the same
 * entities.
 */
export function* peopleEvents(people: number): Generator<NewEvent, never> {
  yield settingsEvent({ apiKeyAuthenticationEnabled: [false, true] });
  for (let person = 0; person < people; person += 1) yield* beginning(person);
  for (let change = 0; ; change += 1) yield changeOf(change, people);
}

function* beginning(person: number): Generator<NewEvent> {
  const stream = userStream(userIdOf(person));
  const username = usernameOf(person);
  const sealed = { username, displayName: `Person ${person}`, email: `${username}@example.com` };
  yield { ...unsealedEvent(stream, 'UserCreated', { supervisorId: null }), schemaVersion: 2, sealed };
  for (const roleId of ['api-key-generate', SIGN_IN]) yield unsealedEvent(stream, 'RoleGranted', { roleId });
  yield issuedKey(apiKeyStream(keyIdOf(person)), userIdOf(person));
}

/** A key's first record. */
export function issuedKey(stream: string, userId: string): NewEvent {
  const data = {
    userId,
    expiry: { days: 90 },
    readOnly: false,
    scopes: ['reports:read'],
    rateLimit: null,
    hint: 'aB3x',
    predecessorId: null,
  };
  const sealed = { secretHash: SECRET_HASH, name: 'nightly report' };
  return { ...unsealedEvent(stream, 'ApiKeyIssued', data), sealed };
}

/** Person after person; in every second round what the one before has taken away is given back. */
function changeOf(change: number, people: number): NewEvent {
  const round = Math.floor(change / people);
  if (change % SETTINGS_EVERY === 0) {
    const days = [90, 91] as const;
    return settingsEvent({ maxApiKeyLifetimeDays: round % 2 === 0 ? days : [days[1], days[0]] });
  }
  const person = change % people;
  const stream = userStream(userIdOf(person));
  if (person % 3 !== 0)
    return unsealedEvent(stream, round % 2 === 0 ? 'RoleWithdrawn' : 'RoleGranted', { roleId: SIGN_IN });
  return {
    ...unsealedEvent(stream, 'UserChanged', {}),
    schemaVersion: 2,
    sealed: { displayName: `Person ${person}, ${round}` },
  };
}

/** @param changes each setting's value before and after */
export function settingsEvent(
  changes: Readonly<Record<string, readonly [boolean | number, boolean | number]>>,
): NewEvent {
  const side = (at: 0 | 1): NewEvent['data'] =>
    Object.fromEntries(Object.entries(changes).map(([name, values]) => [name, values[at]]));
  return unsealedEvent(SETTINGS_STREAM, 'SecuritySettingsChanged', { before: side(0), after: side(1) });
}

/** An event of schema version 1 that seals nothing. */
export function unsealedEvent(stream: string, type: string, data: NewEvent['data']): NewEvent {
  return { stream, type, schemaVersion: 1, data, sealed: {} };
}
