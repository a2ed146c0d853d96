import type { JsonObject, JsonValue } from '../log/index.js';
import {
  type ApiKeyState,
  type BulkRevocation,
  type FactsView,
  formatInstant,
  isExistingKey,
  type RoleState,
  type SettingsState,
  type UserState,
} from '../model/index.js';

/**
 * What the log said at a moment, for people and programs: no hashes, instants as text, values that nobody knows as
 * null.
 */
export interface StateView {
  readonly settings: JsonObject;
  readonly roles: Iterable<EntityView>;
  readonly users: Iterable<EntityView>;
  readonly keys: Iterable<EntityView>;
}

/** A role, user or key with its id. A JSON value. */
export type EntityView = { readonly id: string; readonly status: string } & JsonObject;

/** Makes the view entity by entity, so that a state of any size can be written with memory for one of them. */
export function viewOf(facts: FactsView): StateView {
  return {
    settings: settingsView(facts.settings),
    roles: inOrder(facts.roles, roleView),
    users: inOrder(facts.users, userView),
    keys: inOrder(facts.keys, keyView),
  };
}

/** A member that differs between two moments; null on the side that lacks the entity or the member. */
export interface Difference {
  readonly kind: 'settings' | 'role' | 'user' | 'key';
  readonly id: string | null;
  readonly member: string;
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/**
 * What differs between two moments, entity by entity. An entity that is new differs in each member that is not null.
 */
export function* differencesBetween(before: FactsView, after: FactsView): Generator<Difference> {
  const settings = { kind: 'settings', id: null } as const;
  yield* membersDiffering(settings, settingsView(before.settings), settingsView(after.settings));
  yield* entitiesDiffering('role', [before.roles, after.roles], roleView);
  yield* entitiesDiffering('user', [before.users, after.users], userView);
  yield* entitiesDiffering('key', [before.keys, after.keys], keyView);
}

/** The facts as they are now, of which later records folded into the original change nothing. */
export function snapshotOf(facts: FactsView): FactsView {
  return {
    settings: facts.settings,
    roles: new Map(facts.roles),
    users: new Map(facts.users),
    keys: new Map(facts.keys),
    // Needed by a fold alone, and this one is not folded on.
    keyIdsOfUser: new Map(),
  };
}

function settingsView({ bulkRevocations, isUsable, settings }: SettingsState): JsonObject {
  return { ...settings, isUsable, bulkRevocations: bulkRevocations.map(bulkRevocationView) };
}

function roleView(id: string, role: RoleState): EntityView {
  if (role.status !== 'active') return { id, status: role.status };
  const { description, name, permissions, status, system } = role;
  return { id, status, name, description, permissions, system };
}

function userView(id: string, user: UserState): EntityView {
  if (user.status === 'none' || user.status === 'unusable') return { id, status: user.status };
  const { displayName, email, oidcIdentities, roleIds, status, supervisorId, username } = user;
  return {
    id,
    status,
    username,
    displayName,
    email,
    supervisorId,
    roleIds,
    oidcIdentities: oidcIdentities.map(({ issuer, subject }) => ({ issuer, subject })),
    createdAt: formatInstant(user.createdAtMs),
    erasedAt: instant(user.erasedAtMs),
  };
}

function keyView(id: string, key: ApiKeyState): EntityView {
  if (!isExistingKey(key)) return { id, status: key.status };
  const { allowedIpRanges, createdBy, hint, name, predecessorId, rateLimit, readOnly, scopes, status, userId } = key;
  return {
    id,
    status,
    userId,
    name,
    hint,
    readOnly,
    scopes,
    allowedIpRanges,
    // Ranges that nobody knows any more are not the same as none.
    isIpRestricted: allowedIpRanges !== null || !key.ipRangesUsable,
    rateLimit: rateLimit && { ...rateLimit },
    createdBy,
    createdAt: formatInstant(key.issuedAtMs),
    claimedAt: instant(key.claimedAtMs),
    expiresAt: instant(key.expiresAtMs),
    predecessorId,
    successorId: key.successorId,
    supersededUntil: instant(key.supersededUntilMs),
    revokedAt: instant(key.revokedAtMs),
    revocationReason: key.revocationReason,
  };
}

function bulkRevocationView({ atMs, issuedBeforeMs, position, reason, userId }: BulkRevocation): JsonObject {
  return { position, at: formatInstant(atMs), userId, issuedBefore: instant(issuedBeforeMs), reason };
}

function instant(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}

type View<State> = (id: string, state: State) => EntityView;

function* inOrder<State>(states: ReadonlyMap<string, State>, view: View<State>): Generator<EntityView> {
  for (const [id, state] of states) yield view(id, state);
}

function* entitiesDiffering<State>(
  kind: Difference['kind'],
  [before, after]: readonly [ReadonlyMap<string, State>, ReadonlyMap<string, State>],
  view: View<State>,
): Generator<Difference> {
  for (const [id, state] of after) {
    const old = before.get(id);
    // States are replaced and never changed, so the same object is the same state.
    if (old === state) continue;
    yield* membersDiffering({ kind, id }, old === undefined ? {} : view(id, old), view(id, state));
  }
}

function* membersDiffering(
  entity: Pick<Difference, 'kind' | 'id'>,
  before: JsonObject,
  after: JsonObject,
): Generator<Difference> {
  for (const member of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[member] ?? null, after[member] ?? null];
    if (member !== 'id' && JSON.stringify(old) !== JSON.stringify(now)) {
      yield { ...entity, member, before: old, after: now };
    }
  }
}
