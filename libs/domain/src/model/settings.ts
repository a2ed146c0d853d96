import { type BulkRevocation, withRevocation } from './bulk-revocations.js';
import { assertNever, demand } from './errors.js';
import type { ReadOf } from './event-reader.js';
import {
  type Decided,
  type RecordedEvent,
  type RevocationReason,
  SETTINGS_STREAM,
  type SettingsEvent,
} from './events.js';
import { formatInstant, isStoredInstant } from './instants.js';
import { DEFAULT_SETTINGS, type SecuritySettings, SETTING_NAMES, type SettingsChange } from './settings-values.js';
import { membersProblem, SETTINGS_MEMBERS } from './value-checks.js';

/** The fold of `settings/security`. A JSON value. */
export type SettingsState = {
  /** False once a record of this stream was invalid: no key passes from then on. */
  readonly isUsable: boolean;
  readonly settings: SecuritySettings;
  /** In the order of their positions, without those that a later one covers: see {@link withRevocation}. */
  readonly bulkRevocations: readonly BulkRevocation[];
};

/** What can be asked of the security settings. */
export type SettingsCommand =
  | { readonly type: 'ChangeSecuritySettings'; readonly changes: SettingsChange }
  | {
      readonly type: 'BulkRevokeApiKeys';
      readonly filter: { readonly userId: string | null; readonly issuedBeforeMs: number | null };
      readonly reason: RevocationReason;
      /** How many keys that are not revoked match now; none: no event, so that doing it again is none. */
      readonly affectedKeys: number;
    };

export const initialSettingsState: SettingsState = {
  isUsable: true,
  settings: DEFAULT_SETTINGS,
  bulkRevocations: [],
};

/**
 * Decides a change of the security settings.
 * @throws DomainError INVALID_REQUEST
 */
export function decideSettings(command: SettingsCommand, state: SettingsState): Decided<SettingsEvent>[] {
  switch (command.type) {
    case 'ChangeSecuritySettings':
      return decideChange(command.changes, state);
    case 'BulkRevokeApiKeys':
      return decideBulkRevocation(command);
    default:
      return assertNever(command);
  }
}

function decideChange(changes: SettingsChange, { settings }: SettingsState): Decided<SettingsEvent>[] {
  const problem = membersProblem(SETTINGS_MEMBERS, changes);
  demand(problem === null, 'INVALID_REQUEST', `Invalid settings: ${String(problem)}.`);
  const changed = SETTING_NAMES.filter((name) => name in changes && !isSame(changes[name], settings[name]));
  if (changed.length === 0) return [];
  const before = Object.fromEntries(changed.map((name) => [name, settings[name]])) as SettingsChange; // by name from it
  const after = Object.fromEntries(changed.map((name) => [name, changes[name]])) as SettingsChange; // by name from it
  return [
    { stream: SETTINGS_STREAM, type: 'SecuritySettingsChanged', schemaVersion: 1, data: { before, after }, sealed: {} },
  ];
}

function decideBulkRevocation(
  command: SettingsCommand & { readonly type: 'BulkRevokeApiKeys' },
): Decided<SettingsEvent>[] {
  const { userId, issuedBeforeMs } = command.filter;
  demand(userId !== null || issuedBeforeMs !== null, 'INVALID_REQUEST', 'The filter must name a user or an instant.');
  const isWritable = issuedBeforeMs === null || isStoredInstant(formatInstant(issuedBeforeMs));
  demand(isWritable, 'INVALID_REQUEST', 'The instant of the filter is out of range.');
  if (command.affectedKeys === 0) return [];
  const filter = {
    ...(userId === null ? {} : { userId }),
    ...(issuedBeforeMs === null ? {} : { issuedBefore: formatInstant(issuedBeforeMs) }),
  };
  const data = { filter, reason: command.reason };
  return [{ stream: SETTINGS_STREAM, type: 'ApiKeysBulkRevoked', schemaVersion: 1, data, sealed: {} }];
}

/** The state after the event. Total. */
export function evolveSettings(state: SettingsState, recorded: RecordedEvent<SettingsEvent>): SettingsState {
  const { event } = recorded;
  switch (event.type) {
    case 'SecuritySettingsChanged':
      return { ...state, settings: { ...state.settings, ...event.data.after } };
    case 'ApiKeysBulkRevoked': {
      const { userId, issuedBefore } = event.data.filter;
      const revocation: BulkRevocation = {
        position: recorded.position,
        atMs: recorded.recordedAtMs,
        userId: userId ?? null,
        issuedBeforeMs: issuedBefore === undefined ? null : Date.parse(issuedBefore),
        reason: event.data.reason,
      };
      return { ...state, bulkRevocations: withRevocation(state.bulkRevocations, revocation) };
    }
    default:
      return assertNever(event);
  }
}

/** The state after a record of the stream, an invalid one included. */
export function foldSettings(state: SettingsState, read: ReadOf<'settings'>): SettingsState {
  return read.kind === 'event' ? evolveSettings(state, read.recorded) : { ...state, isUsable: false };
}

// Settings are flat but for the rate limit, whose members the check has fixed.
function isSame(left: SettingsChange[keyof SettingsChange], right: SettingsChange[keyof SettingsChange]): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  return left.requests === right.requests && left.seconds === right.seconds;
}
