import { type ApiKeyState, eraseFromKey, foldApiKey, initialApiKeyState, isExistingKey } from './api-key.js';
import { assertNever } from './errors.js';
import type { ReadEvent, ReadOf } from './event-reader.js';
import { foldRole, initialRoleState, type RoleState } from './role.js';
import { foldSettings, initialSettingsState, type SettingsState } from './settings.js';
import { foldUser, initialUserState, type UserState } from './user.js';

/** Everything that the log says about access, at one position. */
export interface FactsView {
  settings: SettingsState;
  readonly roles: Map<string, RoleState>;
  readonly users: Map<string, UserState>;
  readonly keys: Map<string, ApiKeyState>;
  /** The keys of each user, for the erasure. */
  readonly keyIdsOfUser: Map<string, string[]>;
}

/** A record that this version cannot interpret: going on could miss a revocation. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';
}

/** What holds before the first record. */
export function emptyFacts(): FactsView {
  return {
    settings: initialSettingsState,
    roles: new Map(),
    users: new Map(),
    keys: new Map(),
    keyIdsOfUser: new Map(),
  };
}

/**
 * Applies what a record says to the view, in place: a replay of a whole log cannot copy its maps for each record.
 * Records come in the order of their positions. Folding with openings that are destroyed later ends in the same view as
 * folding without them, once the erasure itself is applied.
 * @throws UnknownEventError for a record of kind `unknown`; the view is unchanged
 */
export function foldFacts(view: FactsView, read: ReadEvent): void {
  if (read.kind === 'other') return;
  if (read.kind === 'unknown') throw new UnknownEventError(`position ${read.position}: ${read.detail}`);
  switch (read.category) {
    case 'settings':
      view.settings = foldSettings(view.settings, read);
      return;
    case 'role':
      foldInto(view.roles, read, (state) => foldRole(state ?? initialRoleState, read));
      return;
    case 'user':
      foldInto(view.users, read, (state) => foldUser(state ?? initialUserState, read));
      if (read.kind === 'event' && read.recorded.event.type === 'UserErased') eraseKeysOf(view, read.recorded.id);
      return;
    case 'api-key':
      foldKey(view, read);
      return;
    default:
      assertNever(read);
  }
}

function foldKey(view: FactsView, read: ReadOf<'api-key'>): void {
  const before = view.keys.get(idOf(read)) ?? initialApiKeyState;
  const after = foldApiKey(before, read);
  view.keys.set(idOf(read), after);
  if (before.status !== 'none' || !isExistingKey(after)) return;
  const siblings = view.keyIdsOfUser.get(after.userId);
  if (siblings === undefined) view.keyIdsOfUser.set(after.userId, [after.keyId]);
  else siblings.push(after.keyId);
}

function eraseKeysOf(view: FactsView, userId: string): void {
  for (const keyId of view.keyIdsOfUser.get(userId) ?? []) {
    view.keys.set(keyId, eraseFromKey(view.keys.get(keyId) ?? initialApiKeyState));
  }
}

function foldInto<State>(
  states: Map<string, State>,
  read: ReadOf<'role' | 'user'>,
  next: (state: State | undefined) => State,
): void {
  states.set(idOf(read), next(states.get(idOf(read))));
}

function idOf(read: ReadOf<'role' | 'user' | 'api-key'>): string {
  return read.kind === 'event' ? read.recorded.id : read.id;
}
