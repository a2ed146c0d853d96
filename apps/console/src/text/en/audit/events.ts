import type { EventData } from '../../event-data.js';

const REASONS: Readonly<Record<string, string>> = {
  UNSPECIFIED: 'no reason was given',
  KEY_COMPROMISE: 'someone else may know it',
  SUPERSEDED: 'another key has taken its place',
  AFFILIATION_CHANGED: 'the owner has left or moved',
  PRIVILEGE_WITHDRAWN: 'the owner may no longer use it',
};

function because(data: EventData): string {
  const reason = data.text('reason');
  return REASONS[reason] ?? reason;
}

/** `30 minutes`, `7 days`: the largest unit that gives a whole number. */
function lasting(seconds: number | null): string {
  if (seconds === null) return 'a time that the record does not give';
  const [size, unit] = (
    [
      [86_400, 'day'],
      [3_600, 'hour'],
      [60, 'minute'],
    ] as const
  ).find(([length]) => seconds % length === 0) ?? [1, 'second'];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function ending(data: EventData): string {
  const expiry = data.member('expiry');
  const days = expiry.number('days');
  if (days !== null) return `for ${days} ${days === 1 ? 'day' : 'days'}`;
  return `until ${data.instant(expiry.text('at'))}`;
}

function whichKeys(data: EventData): string {
  const filter = data.member('filter');
  const whose = filter.has('userId') ? 'of one user ' : '';
  const since = filter.has('issuedBefore') ? `issued before ${data.instant(filter.text('issuedBefore'))} ` : '';
  return `All API keys ${whose}${since}`;
}

function positions(data: EventData): string {
  const [from, to] = [data.text('from'), data.text('to')];
  return from === to ? `record ${from}` : `records ${from} to ${to}`;
}

/**
 * What happened, a sentence for each type of event. Names and other sealed values are not in a record, so no sentence
 * has them.
 */
export const eventSentences = {
  ApiKeyIssued: (data: EventData) =>
    data.text('predecessorId', '') === ''
      ? `The API key …${data.text('hint')} was issued ${ending(data)}`
      : `The API key …${data.text('hint')} was issued ${ending(data)}, to replace another one`,
  ApiKeyPromised: (data: EventData) => `An API key was promised ${ending(data)}; its owner has yet to claim it`,
  ApiKeyClaimed: (data: EventData) => `A promised API key was claimed: …${data.text('hint')}`,
  ApiKeySuperseded: (data: EventData) =>
    data.number('graceSeconds') === 0
      ? 'An API key was replaced and stopped working at once'
      : `An API key was replaced; it went on working for ${lasting(data.number('graceSeconds'))}`,
  ApiKeyRevoked: (data: EventData) => `An API key was revoked: ${because(data)}`,
  ApiKeysBulkRevoked: (data: EventData) => `${whichKeys(data)}were revoked: ${because(data)}`,
  SecuritySettingsChanged: (data: EventData) => `Security settings were changed: ${data.changes()}`,
  RoleCreated: (data: EventData) =>
    `The role “${data.text('name')}” was created with these permissions: ${data.list('permissions', 'none')}`,
  RoleChanged: (data: EventData) => `A role was changed: ${data.changes()}`,
  RoleDeleted: () => 'A role was deleted',
  UserCreated: () => 'A user was created',
  UserChanged: () => 'A user’s profile was changed',
  UserPasswordSet: () => 'A user’s password was set',
  RoleGranted: (data: EventData) => `The role ${data.text('roleId')} was given to a user`,
  RoleWithdrawn: (data: EventData) => `The role ${data.text('roleId')} was taken from a user`,
  UserDeactivated: () => 'A user was deactivated',
  UserReactivated: () => 'A user was reactivated',
  UserErased: () => 'A user was erased',
  OidcIdentityLinked: (data: EventData) => `An SSO identity of ${data.text('issuer')} was linked to a user`,
  OidcIdentityUnlinked: (data: EventData) => `An SSO identity of ${data.text('issuer')} was unlinked from a user`,
  EventsRevealed: (data: EventData) =>
    `Sealed values of ${positions(data)} were shown: ${data.list('fields', 'there were none')}`,
  ExportMade: (data: EventData) => `The log was exported up to record ${data.text('size')}`,
  GatewayEnrolled: (data: EventData) =>
    `Process ${data.text('process')} of gateway ${data.text('gatewayId')} was enrolled`,
  GatewayRetired: (data: EventData) => `The gateway ${data.text('gatewayId')} was retired`,
  LogSettingsChanged: (data: EventData) => `Settings of the log were changed: ${data.changes()}`,
  ForkAcknowledged: (data: EventData) =>
    `A fork of the log behind record ${data.text('position')} was acknowledged; it goes on as ${data.text('origin')}`,
};
