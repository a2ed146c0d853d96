import type { eventSentences as english } from '../../en/audit/events.js';
import type { EventData } from '../../event-data.js';

const REASONS: Readonly<Record<string, string>> = {
  UNSPECIFIED: 'ohne Angabe eines Grundes',
  KEY_COMPROMISE: 'jemand anders kennt ihn vielleicht',
  SUPERSEDED: 'ein anderer Schlüssel ist an seine Stelle getreten',
  AFFILIATION_CHANGED: 'der Besitzer hat gewechselt oder ist gegangen',
  PRIVILEGE_WITHDRAWN: 'der Besitzer darf ihn nicht mehr verwenden',
};

function because(data: EventData): string {
  return REASONS[data.text('reason')] ?? data.text('reason');
}

function ending(data: EventData): string {
  const expiry = data.member('expiry');
  const days = expiry.number('days');
  if (days !== null) return `für ${days} ${days === 1 ? 'Tag' : 'Tage'}`;
  return `bis ${data.instant(expiry.text('at'))}`;
}

function whichKeys(data: EventData): string {
  const filter = data.member('filter');
  const whose = filter.has('userId') ? ' eines Benutzers' : '';
  const since = filter.has('issuedBefore') ? `, ausgestellt vor ${data.instant(filter.text('issuedBefore'))},` : '';
  return `Alle API-Schlüssel${whose}${since}`;
}

function positions(data: EventData): string {
  const [from, to] = [data.text('from'), data.text('to')];
  return from === to ? `Datensatz ${from}` : `Datensatz ${from} bis ${to}`;
}

/** What happened, in German. */
export const eventSentences: typeof english = {
  ApiKeyIssued: (data) =>
    data.text('predecessorId', '') === ''
      ? `Der API-Schlüssel …${data.text('hint')} wurde ${ending(data)} ausgestellt`
      : `Der API-Schlüssel …${data.text('hint')} wurde ${ending(data)} als Ersatz für einen anderen ausgestellt`,
  ApiKeyPromised: (data) => `Ein API-Schlüssel wurde ${ending(data)} bereitgelegt; sein Besitzer muss ihn noch abholen`,
  ApiKeyClaimed: (data) => `Ein bereitgelegter API-Schlüssel wurde abgeholt: …${data.text('hint')}`,
  ApiKeySuperseded: (data) =>
    data.number('graceSeconds') === 0
      ? 'Ein API-Schlüssel wurde ersetzt und galt sofort nicht mehr'
      : `Ein API-Schlüssel wurde ersetzt; der alte galt noch ${data.text('graceSeconds')} s`,
  ApiKeyRevoked: (data) => `Ein API-Schlüssel wurde widerrufen: ${because(data)}`,
  ApiKeysBulkRevoked: (data) => `${whichKeys(data)} wurden widerrufen: ${because(data)}`,
  SecuritySettingsChanged: (data) => `Sicherheitseinstellungen wurden geändert: ${data.changes()}`,
  RoleCreated: (data) =>
    `Die Rolle „${data.text('name')}“ wurde mit diesen Berechtigungen angelegt: ${data.list('permissions', 'keine')}`,
  RoleChanged: (data) => `Eine Rolle wurde geändert: ${data.changes()}`,
  RoleDeleted: () => 'Eine Rolle wurde gelöscht',
  UserCreated: () => 'Ein Benutzer wurde angelegt',
  UserChanged: () => 'Das Profil eines Benutzers wurde geändert',
  UserPasswordSet: () => 'Das Passwort eines Benutzers wurde gesetzt',
  RoleGranted: (data) => `Die Rolle ${data.text('roleId')} wurde einem Benutzer gegeben`,
  RoleWithdrawn: (data) => `Die Rolle ${data.text('roleId')} wurde einem Benutzer genommen`,
  UserDeactivated: () => 'Ein Benutzer wurde deaktiviert',
  UserReactivated: () => 'Ein Benutzer wurde reaktiviert',
  UserErased: () => 'Ein Benutzer wurde gelöscht',
  OidcIdentityLinked: (data) => `Eine SSO-Identität von ${data.text('issuer')} wurde mit einem Benutzer verknüpft`,
  OidcIdentityUnlinked: (data) => `Eine SSO-Identität von ${data.text('issuer')} wurde von einem Benutzer getrennt`,
  EventsRevealed: (data) =>
    `Versiegelte Werte von ${positions(data)} wurden angesehen: ${data.list('fields', 'es gab keine')}`,
  ExportMade: (data) => `Das Protokoll wurde bis Datensatz ${data.text('size')} exportiert`,
  GatewayEnrolled: (data) =>
    `Der Prozess ${data.text('process')} des Gateways ${data.text('gatewayId')} wurde angemeldet`,
  GatewayRetired: (data) => `Das Gateway ${data.text('gatewayId')} wurde entfernt`,
  LogSettingsChanged: (data) => `Einstellungen des Protokolls wurden geändert: ${data.changes()}`,
  ForkAcknowledged: (data) =>
    `Eine Gabelung des Protokolls hinter Datensatz ${data.text('position')} wurde anerkannt; es geht als ${data.text('origin')} weiter`,
};
