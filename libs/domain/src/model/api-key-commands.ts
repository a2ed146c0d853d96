import { argon2PhcProblem } from '../keys/index.js';
import { type ApiKeyState, type ExistingApiKey, isExistingKey, type IssuedApiKey } from './api-key.js';
import { type Authority, isPermitted, isSelf, may, type RoleLookup } from './authority.js';
import { assertNever, demand, demandPermission } from './errors.js';
import { type ApiKeyEvent, apiKeyStream, type Decided, type RevocationReason } from './events.js';
import { type ExpiryRequest, resolveExpiry, successorExpiry } from './expiry-request.js';
import { isRevoked, keyStatus } from './key-facts.js';
import { demandTerms, sealedTermsOf, termsOf, type TermsRequest } from './key-terms.js';
import type { SettingsState } from './settings.js';
import { isHint, isId, isText, MAX_TEXT_CHARACTERS } from './text-rules.js';
import type { UserState } from './user.js';

/** What decides over a key besides its own stream: state these streams' versions when appending. */
export interface ApiKeyContext {
  readonly settings: SettingsState;
  /** The key's owner. */
  readonly owner: UserState;
  readonly role: RoleLookup;
}

type About = { readonly keyId: string; readonly by: Authority };
type Secret = {
  /** Argon2id of the secret, PHC string. */
  readonly secretHash: string;
  /** The last 4 characters of the whole key. */
  readonly hint: string;
};

/**
 * What can be asked of a key. `nowMs` is the writer's clock. The number of keys is the writer's rule, under its lock.
 */
export type ApiKeyCommand =
  | (About & Secret & TermsRequest & { readonly type: 'IssueApiKey'; readonly nowMs: number })
  | (About & TermsRequest & { readonly type: 'PromiseApiKey'; readonly nowMs: number })
  | (About & Secret & { readonly type: 'ClaimApiKey'; readonly nowMs: number })
  | (About &
      Secret & {
        readonly type: 'RotateApiKey';
        /** The id of the key that takes over; a fresh one. */
        readonly successorId: string;
        readonly graceSeconds: number;
        /** Null: as long as the old key was issued for. */
        readonly expiry: ExpiryRequest | null;
        readonly nowMs: number;
      })
  | (About & { readonly type: 'RevokeApiKey'; readonly reason: RevocationReason; readonly note: string | null });

type Command<Type extends ApiKeyCommand['type']> = ApiKeyCommand & { readonly type: Type };

/**
 * Decides what happens to a key. A rotation returns the successor's event as well, for a stream of its own.
 * @throws DomainError INVALID_REQUEST, PERMISSION_DENIED, NOT_FOUND (also a key that is none of the asker's business),
 * VERSION_CONFLICT (the id is taken), API_KEYS_DISABLED, USER_DEACTIVATED, USER_ERASED, ALREADY_CLAIMED,
 * KEY_NOT_ACTIVE, EXPIRY_OUT_OF_RANGE, GRACE_OUT_OF_RANGE
 */
export function decideApiKey(
  command: ApiKeyCommand,
  state: ApiKeyState,
  context: ApiKeyContext,
): Decided<ApiKeyEvent>[] {
  switch (command.type) {
    case 'IssueApiKey':
      return decideIssue(command, state, context);
    case 'PromiseApiKey':
      return decidePromise(command, state, context);
    case 'ClaimApiKey':
      return decideClaim(command, state, context);
    case 'RotateApiKey':
      return decideRotate(command, state, context);
    case 'RevokeApiKey':
      return decideRevoke(command, state, context);
    default:
      return assertNever(command);
  }
}

/** Whether the asker may see and manage the keys of this user: all keys, or those of the users they supervise. */
export function mayManageKeysOf(by: Authority, owner: UserState | undefined): boolean {
  if (may(by, 'api-keys.manage')) return true;
  const isLiving = owner?.status === 'active' || owner?.status === 'deactivated';
  return isLiving && owner.supervisorId !== null && isSelf(by, owner.supervisorId) && may(by, 'api-keys.supervise');
}

/** Whether a key of this user exists for the asker at all. */
export function maySeeKeysOf(by: Authority, userId: string, owner: UserState | undefined): boolean {
  return isSelf(by, userId) || mayManageKeysOf(by, owner);
}

function decideIssue(
  command: Command<'IssueApiKey'>,
  state: ApiKeyState,
  context: ApiKeyContext,
): Decided<ApiKeyEvent>[] {
  demandTerms(command);
  demandSecret(command.keyId, command);
  demandMayGenerate(command.by, command.userId, context);
  demandCanHaveKeys(context);
  demand(state.status === 'none', 'VERSION_CONFLICT', 'A key with this id exists.');
  const { secretHash, hint } = command;
  const data = { ...termsOf(command, context.settings), hint, predecessorId: null };
  const sealed = { secretHash, ...sealedTermsOf(command) };
  return [{ stream: apiKeyStream(command.keyId), type: 'ApiKeyIssued', schemaVersion: 1, data, sealed }];
}

function decidePromise(
  command: Command<'PromiseApiKey'>,
  state: ApiKeyState,
  context: ApiKeyContext,
): Decided<ApiKeyEvent>[] {
  demandTerms(command);
  demand(isId(command.keyId), 'INVALID_REQUEST', 'The id of the key is not acceptable.');
  const { by, keyId } = command;
  demand(mayManageKeysOf(by, context.owner) && context.owner.status !== 'none', 'NOT_FOUND', 'There is no such user.');
  demandCanHaveKeys(context);
  demand(state.status === 'none', 'VERSION_CONFLICT', 'A key with this id exists.');
  const data = termsOf(command, context.settings);
  return [
    { stream: apiKeyStream(keyId), type: 'ApiKeyPromised', schemaVersion: 1, data, sealed: sealedTermsOf(command) },
  ];
}

function decideClaim(
  command: Command<'ClaimApiKey'>,
  state: ApiKeyState,
  context: ApiKeyContext,
): Decided<ApiKeyEvent>[] {
  const { keyId, secretHash, hint, nowMs } = command;
  demandSecret(keyId, command);
  demandOwned(state, command.by);
  demandCanHaveKeys(context);
  const status = keyStatus(state, context.settings, nowMs, context.owner);
  demand(status !== 'revoked' && status !== 'expired', 'KEY_NOT_ACTIVE', 'The key has been revoked or has expired.');
  demand(state.status === 'pending', 'ALREADY_CLAIMED', 'The key has been claimed already.');
  const stream = apiKeyStream(keyId);
  return [{ stream, type: 'ApiKeyClaimed', schemaVersion: 1, data: { hint }, sealed: { secretHash } }];
}

function decideRotate(
  command: Command<'RotateApiKey'>,
  state: ApiKeyState,
  context: ApiKeyContext,
): Decided<ApiKeyEvent>[] {
  const { keyId, successorId, graceSeconds, expiry, nowMs, secretHash, hint } = command;
  demandSecret(successorId, command);
  const isGrace = Number.isSafeInteger(graceSeconds) && graceSeconds >= 0;
  demand(isGrace && successorId !== keyId, 'INVALID_REQUEST', 'The grace period or the successor is not acceptable.');
  demandPermission(may(command.by, 'api-key.generate'), 'api-key.generate');
  demandOwned(state, command.by);
  demandMayGenerate(command.by, state.userId, context);
  demandCanHaveKeys(context);
  demandRotatable(state, context, nowMs);
  const { settings } = context.settings;
  demand(
    graceSeconds <= settings.rotationGraceMaxSeconds,
    'GRACE_OUT_OF_RANGE',
    'The grace period is longer than allowed.',
  );
  const { userId, readOnly, scopes, rateLimit } = state;
  const successors = expiry === null ? successorExpiry(state, settings, nowMs) : resolveExpiry(expiry, settings, nowMs);
  const terms = { userId, readOnly, scopes, rateLimit, expiry: successors };
  const issued: Decided<ApiKeyEvent> = {
    stream: apiKeyStream(successorId),
    type: 'ApiKeyIssued',
    schemaVersion: 1,
    data: { ...terms, hint, predecessorId: keyId },
    sealed: { secretHash, ...sealedTermsOf(state) },
  };
  const data = { successorId, graceSeconds };
  return [issued, { stream: apiKeyStream(keyId), type: 'ApiKeySuperseded', schemaVersion: 1, data, sealed: {} }];
}

function decideRevoke(
  { keyId, by, reason, note }: Command<'RevokeApiKey'>,
  state: ApiKeyState,
  { settings, owner }: ApiKeyContext,
): Decided<ApiKeyEvent>[] {
  demand(note === null || isText(note, MAX_TEXT_CHARACTERS), 'INVALID_REQUEST', 'The note is not acceptable.');
  const isVisible = isExistingKey(state) && maySeeKeysOf(by, state.userId, owner);
  demand(isVisible, 'NOT_FOUND', 'There is no such key.');
  if (isRevoked(state, settings, owner)) return [];
  const sealed = note === null ? {} : { note };
  return [{ stream: apiKeyStream(keyId), type: 'ApiKeyRevoked', schemaVersion: 1, data: { reason }, sealed }];
}

function demandSecret(keyId: string, { secretHash, hint }: Secret): void {
  demand(isId(keyId) && isHint(hint), 'INVALID_REQUEST', 'The id or the hint of the key is not acceptable.');
  demand(argon2PhcProblem(secretHash) === null, 'INVALID_REQUEST', 'The hash of the secret is not acceptable.');
}

function demandOwned(state: ApiKeyState, by: Authority): asserts state is ExistingApiKey {
  demand(isExistingKey(state) && isSelf(by, state.userId), 'NOT_FOUND', 'There is no such key.');
}

// Judged on the roles as they are at the append, not only on those the guard saw when the request came in.
function demandMayGenerate(by: Authority, userId: string, { owner, role }: ApiKeyContext): void {
  const isAllowed = isSelf(by, userId) && isPermitted(owner, role, 'api-key.generate');
  demandPermission(isAllowed, 'api-key.generate');
}

function demandCanHaveKeys({ settings, owner }: ApiKeyContext): void {
  const areEnabled = settings.isUsable && settings.settings.apiKeyAuthenticationEnabled;
  demand(areEnabled, 'API_KEYS_DISABLED', 'API keys are switched off.');
  demand(owner.status !== 'erased', 'USER_ERASED', 'The user has been erased.');
  demand(owner.status !== 'deactivated', 'USER_DEACTIVATED', 'The user is deactivated.');
  demand(owner.status === 'active', 'NOT_FOUND', 'There is no such user.');
}

function demandRotatable(
  state: ExistingApiKey,
  { settings, owner }: ApiKeyContext,
  nowMs: number,
): asserts state is IssuedApiKey {
  const isActive = state.status === 'issued' && keyStatus(state, settings, nowMs, owner) === 'active';
  // A successor of a key whose restriction nobody knows any more would be free of it.
  demand(isActive && state.ipRangesUsable, 'KEY_NOT_ACTIVE', 'Only an active key can be rotated.');
}
