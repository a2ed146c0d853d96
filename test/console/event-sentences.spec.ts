import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  AUDIT_EVENT_TYPES,
  type AuditEventType,
  DECISION_REASONS,
  EVENT_SHAPES,
  type EventOf,
  GATEWAY_REASONS,
  LOG_EVENT_SHAPES,
  type LogEvent,
} from '@keyfold/domain';
import { auditText as german } from '../../apps/console/src/text/de/audit.js';
import { auditText as english } from '../../apps/console/src/text/en/audit.js';
import { EventData } from '../../apps/console/src/text/event-data.js';

type EventType = EventOf[keyof EventOf]['type'] | LogEvent['type'] | AuditEventType;
type Sentence = (data: EventData) => string;

// A type without a sentence, and a sentence for a type that no event has, do not compile.
const sentences: Record<EventType, Sentence> = english.sentences;
const types: Record<keyof typeof english.sentences, EventType> = Object.fromEntries(
  Object.keys(sentences).map((type) => [type, type]),
) as Record<EventType, EventType>;

const FIXTURES = new URL('../../libs/domain/src/model/fixtures/', import.meta.url);
const records = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.json'))
  .map((name) => {
    const { leaf } = JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as { leaf: string };
    return { name, ...(JSON.parse(leaf) as { type: EventType; data: Record<string, unknown> }) };
  });

test('every type of event has a sentence, and no other', () => {
  const shapes = [...EVENT_SHAPES, ...LOG_EVENT_SHAPES].map(({ type }) => type);
  expect(Object.keys(types).sort()).toEqual([...new Set([...shapes, ...AUDIT_EVENT_TYPES])].sort());
});

describe.each([
  ['English', english],
  ['German', german],
])('in %s', (_, text) => {
  test('the sentence of each recorded event says something, and lacks no member of it', () => {
    expect(records.length).toBeGreaterThan(25);
    for (const { data, name, type } of records) {
      const sentence = text.sentences[type](new EventData(data));
      expect([name, sentence]).toEqual([name, expect.stringMatching(/^\p{Lu}.{10,}$/su)]);
      expect([name, sentence]).toEqual([name, expect.not.stringMatching(/\?|undefined|null (?!→)|\[object/)]);
    }
  });

  test('every reason of a refusal has one', () => {
    for (const reason of [...DECISION_REASONS, ...GATEWAY_REASONS, 'UNDETERMINED', 'WITHHELD'])
      expect([reason, Object.hasOwn(text.explain.reasons, reason)]).toEqual([reason, true]);
  });
});

const AT = '2026-05-04T10:00:00.000Z';
const change = (before: object, after: object): object => ({ before, after });

/** What a wrong word would hide from an auditor: of which kind, how long, whose, how many. */
const SAYING: readonly (readonly [EventType, object, english: string, german: string])[] = [
  [
    'ApiKeyIssued',
    { hint: 'aB3x', expiry: { days: 1 } },
    'The API key …aB3x was issued for 1 day',
    'Der API-Schlüssel …aB3x wurde für 1 Tag ausgestellt',
  ],
  [
    'ApiKeyIssued',
    { hint: 'aB3x', expiry: { days: 30 }, predecessorId: 'k0' },
    'The API key …aB3x was issued for 30 days, to replace another one',
    'Der API-Schlüssel …aB3x wurde für 30 Tage als Ersatz für einen anderen ausgestellt',
  ],
  [
    'ApiKeyPromised',
    { expiry: { at: AT } },
    'An API key was promised until <2026>; its owner has yet to claim it',
    'Ein API-Schlüssel wurde bis <2026> bereitgelegt; sein Besitzer muss ihn noch abholen',
  ],
  [
    'ApiKeyPromised',
    { expiry: { at: 'sometime' } },
    'An API key was promised until sometime; its owner has yet to claim it',
    'Ein API-Schlüssel wurde bis sometime bereitgelegt; sein Besitzer muss ihn noch abholen',
  ],
  [
    'ApiKeyClaimed',
    { hint: 'aB3x' },
    'A promised API key was claimed: …aB3x',
    'Ein bereitgelegter API-Schlüssel wurde abgeholt: …aB3x',
  ],
  [
    'ApiKeySuperseded',
    { graceSeconds: 0 },
    'An API key was replaced and stopped working at once',
    'Ein API-Schlüssel wurde ersetzt und galt sofort nicht mehr',
  ],
  ...(
    [
      [1, '1 second'],
      [90, '90 seconds'],
      [60, '1 minute'],
      [1_800, '30 minutes'],
      [3_600, '1 hour'],
      [7_200, '2 hours'],
      [86_400, '1 day'],
      [604_800, '7 days'],
      [90_000, '25 hours'],
    ] as const
  ).map(
    ([graceSeconds, lasting]) =>
      [
        'ApiKeySuperseded',
        { graceSeconds },
        `An API key was replaced; it went on working for ${lasting}`,
        `Ein API-Schlüssel wurde ersetzt; der alte galt noch ${graceSeconds} s`,
      ] as const,
  ),
  [
    'ApiKeyRevoked',
    { reason: 'UNSPECIFIED' },
    'An API key was revoked: no reason was given',
    'Ein API-Schlüssel wurde widerrufen: ohne Angabe eines Grundes',
  ],
  [
    'ApiKeyRevoked',
    { reason: 'SUPERSEDED' },
    'An API key was revoked: another key has taken its place',
    'Ein API-Schlüssel wurde widerrufen: ein anderer Schlüssel ist an seine Stelle getreten',
  ],
  [
    'ApiKeyRevoked',
    { reason: 'PRIVILEGE_WITHDRAWN' },
    'An API key was revoked: the owner may no longer use it',
    'Ein API-Schlüssel wurde widerrufen: der Besitzer darf ihn nicht mehr verwenden',
  ],
  ['ApiKeyRevoked', { reason: 'NEW' }, 'An API key was revoked: NEW', 'Ein API-Schlüssel wurde widerrufen: NEW'],
  [
    'ApiKeysBulkRevoked',
    { filter: { userId: 'u1' }, reason: 'AFFILIATION_CHANGED' },
    'All API keys of one user were revoked: the owner has left or moved',
    'Alle API-Schlüssel eines Benutzers wurden widerrufen: der Besitzer hat gewechselt oder ist gegangen',
  ],
  [
    'ApiKeysBulkRevoked',
    { filter: { issuedBefore: AT }, reason: 'KEY_COMPROMISE' },
    'All API keys issued before <2026> were revoked: someone else may know it',
    'Alle API-Schlüssel, ausgestellt vor <2026>, wurden widerrufen: jemand anders kennt ihn vielleicht',
  ],
  [
    'SecuritySettingsChanged',
    change({ maxApiKeyLifetimeDays: 180, journal: true }, { maxApiKeyLifetimeDays: 30, journal: false }),
    'Security settings were changed: maxApiKeyLifetimeDays 180 → 30, journal true → false',
    'Sicherheitseinstellungen wurden geändert: maxApiKeyLifetimeDays 180 → 30, journal true → false',
  ],
  [
    'RoleCreated',
    { name: 'Ops', permissions: [] },
    'The role “Ops” was created with these permissions: none',
    'Die Rolle „Ops“ wurde mit diesen Berechtigungen angelegt: keine',
  ],
  [
    'RoleCreated',
    { name: 'Ops', permissions: ['users.read', 'roles.read'] },
    'The role “Ops” was created with these permissions: users.read, roles.read',
    'Die Rolle „Ops“ wurde mit diesen Berechtigungen angelegt: users.read, roles.read',
  ],
  [
    'RoleChanged',
    change({ permissions: ['a', 'b'], description: null }, { permissions: ['b', 'c'], description: 'x' }),
    'A role was changed: permissions +c −a, description null → x',
    'Eine Rolle wurde geändert: permissions +c −a, description null → x',
  ],
  ['RoleDeleted', {}, 'A role was deleted', 'Eine Rolle wurde gelöscht'],
  ['UserCreated', {}, 'A user was created', 'Ein Benutzer wurde angelegt'],
  ['UserChanged', {}, 'A user’s profile was changed', 'Das Profil eines Benutzers wurde geändert'],
  ['UserPasswordSet', {}, 'A user’s password was set', 'Das Passwort eines Benutzers wurde gesetzt'],
  ['RoleGranted', { roleId: 'r1' }, 'The role r1 was given to a user', 'Die Rolle r1 wurde einem Benutzer gegeben'],
  [
    'RoleWithdrawn',
    { roleId: 'r1' },
    'The role r1 was taken from a user',
    'Die Rolle r1 wurde einem Benutzer genommen',
  ],
  ['UserDeactivated', {}, 'A user was deactivated', 'Ein Benutzer wurde deaktiviert'],
  ['UserReactivated', {}, 'A user was reactivated', 'Ein Benutzer wurde reaktiviert'],
  ['UserErased', {}, 'A user was erased', 'Ein Benutzer wurde gelöscht'],
  [
    'OidcIdentityLinked',
    { issuer: 'https://id.example' },
    'An SSO identity of https://id.example was linked to a user',
    'Eine SSO-Identität von https://id.example wurde mit einem Benutzer verknüpft',
  ],
  [
    'OidcIdentityUnlinked',
    { issuer: 'https://id.example' },
    'An SSO identity of https://id.example was unlinked from a user',
    'Eine SSO-Identität von https://id.example wurde von einem Benutzer getrennt',
  ],
  [
    'EventsRevealed',
    { from: 4, to: 4, fields: [] },
    'Sealed values of record 4 were shown: there were none',
    'Versiegelte Werte von Datensatz 4 wurden angesehen: es gab keine',
  ],
  [
    'EventsRevealed',
    { from: 4, to: 9, fields: ['username', 'email'] },
    'Sealed values of records 4 to 9 were shown: username, email',
    'Versiegelte Werte von Datensatz 4 bis 9 wurden angesehen: username, email',
  ],
  [
    'ExportMade',
    { size: 12 },
    'The log was exported up to record 12',
    'Das Protokoll wurde bis Datensatz 12 exportiert',
  ],
  [
    'GatewayEnrolled',
    { process: 'p1', gatewayId: 'g1' },
    'Process p1 of gateway g1 was enrolled',
    'Der Prozess p1 des Gateways g1 wurde angemeldet',
  ],
  ['GatewayRetired', { gatewayId: 'g1' }, 'The gateway g1 was retired', 'Das Gateway g1 wurde entfernt'],
  [
    'LogSettingsChanged',
    change({ gatewayEnrolment: 'automatic' }, { gatewayEnrolment: 'approved' }),
    'Settings of the log were changed: gatewayEnrolment automatic → approved',
    'Einstellungen des Protokolls wurden geändert: gatewayEnrolment automatic → approved',
  ],
  [
    'ForkAcknowledged',
    { position: 7, origin: 'log/2' },
    'A fork of the log behind record 7 was acknowledged; it goes on as log/2',
    'Eine Gabelung des Protokolls hinter Datensatz 7 wurde anerkannt; es geht als log/2 weiter',
  ],
];

describe('each sentence says in both languages what its record says', () => {
  test.each(SAYING)('%s %j', (type, data, inEnglish, inGerman) => {
    const read = new EventData(data as Record<string, unknown>, (at) => `<${at.slice(0, 4)}>`);
    expect([english.sentences[type](read), german.sentences[type](read)]).toEqual([inEnglish, inGerman]);
  });

  test('of every type there is one here', () => {
    expect([...new Set(SAYING.map(([type]) => type))].sort()).toEqual(Object.keys(types).sort());
  });

  test('what a record of another version lacks, or has in another shape, is a question mark and no guess', () => {
    const said = (type: EventType, data: Record<string, unknown>): string =>
      english.sentences[type](new EventData(data));
    expect(said('ApiKeyClaimed', { hint: { no: 'text' } })).toBe('A promised API key was claimed: …?');
    expect(said('RoleCreated', { name: 'Ops', permissions: 'all' })).toContain('permissions: ?');
    expect(said('ApiKeySuperseded', {})).toBe(
      'An API key was replaced; it went on working for a time that the record does not give',
    );
    expect(said('RoleChanged', { before: ['x'], after: 'y' })).toBe('A role was changed: ');
  });
});
