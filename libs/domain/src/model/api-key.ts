import { assertNever } from './errors.js';
import type { ReadOf } from './event-reader.js';
import type { ApiKeyEvent, KeyExpiry, KeyTerms, RecordedEvent, RevocationReason } from './events.js';
import { DAY_MS } from './instants.js';
import type { RateLimit } from './settings-values.js';

type CommonFields = {
  /** The public key id, which the stream is named after. */
  readonly keyId: string;
  readonly userId: string;
  readonly name: string | null;
  /** Canonical CIDR; null: none, or not known any more (see `ipRangesUsable`). */
  readonly allowedIpRanges: readonly string[] | null;
  /** False where the key is restricted to ranges that nobody knows any more: no address is allowed. */
  readonly ipRangesUsable: boolean;
  readonly expiry: KeyExpiry;
  readonly readOnly: boolean;
  readonly scopes: readonly string[];
  /** The key's own; null: the installation's default. */
  readonly rateLimit: RateLimit | null;
  /** Of the record that issued or promised the key: what a bulk revocation or an erasure compares with. */
  readonly issuedAtMs: number;
  readonly issuedPosition: number;
  /** The actor of that record. */
  readonly createdBy: string;
  /** The key's own revocation; bulk revocations and erasure are facts of other streams (see `revocationOf`). */
  readonly revokedAtMs: number | null;
  readonly revocationReason: RevocationReason | null;
};

/** A key promised to its owner, who has not claimed it: it has no secret yet and never passes. */
export type PendingApiKey = CommonFields & {
  readonly status: 'pending';
  readonly secretHash: null;
  readonly secretCommitment: null;
  readonly hint: null;
  /** The instant that was promised; null where the lifetime is in days, which count from the claim. */
  readonly expiresAtMs: number | null;
  readonly claimedAtMs: null;
  readonly predecessorId: null;
  readonly successorId: null;
  readonly supersededAtMs: null;
  readonly supersededUntilMs: null;
};

/** A key with a secret. */
export type IssuedApiKey = CommonFields & {
  readonly status: 'issued';
  /** Argon2id, PHC string; null once erased: then nothing proves the key. */
  readonly secretHash: string | null;
  /** The commitment of the record's secretHash, which remembered proofs are bound to. */
  readonly secretCommitment: string | null;
  readonly hint: string;
  /** The key's own expiry, whatever the policy says. */
  readonly expiresAtMs: number;
  readonly claimedAtMs: number | null;
  readonly predecessorId: string | null;
  readonly successorId: string | null;
  readonly supersededAtMs: number | null;
  /** The end of the grace: from then on the key is past it. Never after its own expiry. */
  readonly supersededUntilMs: number | null;
};

/** A key that exists, with a secret or without. */
export type ExistingApiKey = PendingApiKey | IssuedApiKey;

/** The fold of `api-key/<key id>`. A JSON value. `unusable`: a record of the stream was invalid; never passes. */
export type ApiKeyState = { readonly status: 'none' } | ExistingApiKey | { readonly status: 'unusable' };

export const initialApiKeyState: ApiKeyState = { status: 'none' };
const UNUSABLE: ApiKeyState = { status: 'unusable' };

/** Whether the key exists, with a secret or without. */
export function isExistingKey(key: ApiKeyState | undefined): key is ExistingApiKey {
  return key?.status === 'pending' || key?.status === 'issued';
}

/** The state after the event. Total: what no decider would have written makes the key unusable. */
export function evolveApiKey(state: ApiKeyState, recorded: RecordedEvent<ApiKeyEvent>): ApiKeyState {
  const { event } = recorded;
  switch (event.type) {
    case 'ApiKeyIssued':
      return state.status === 'none' ? issued(event, recorded) : UNUSABLE;
    case 'ApiKeyPromised':
      return state.status === 'none' ? promised(event, recorded) : UNUSABLE;
    case 'ApiKeyClaimed':
      return claimed(state, event, recorded);
    case 'ApiKeySuperseded':
      return superseded(state, event, recorded.recordedAtMs);
    case 'ApiKeyRevoked':
      return revoked(state, event, recorded.recordedAtMs);
    default:
      return assertNever(event);
  }
}

/** The state after a record of the stream, an invalid one included. */
export function foldApiKey(state: ApiKeyState, read: ReadOf<'api-key'>): ApiKeyState {
  return read.kind === 'event' ? evolveApiKey(state, read.recorded) : UNUSABLE;
}

/**
 * The key without the personal values and the hash: what a fold of its records gives once the openings are destroyed.
 * To be applied to every key of a user when the user is erased.
 */
export function eraseFromKey(key: ApiKeyState): ApiKeyState {
  if (!isExistingKey(key)) return key;
  const ipRangesUsable = key.ipRangesUsable && key.allowedIpRanges === null;
  const erased = { name: null, allowedIpRanges: null, ipRangesUsable };
  return key.status === 'issued' ? { ...key, ...erased, secretHash: null } : { ...key, ...erased };
}

type EventNamed<Type extends ApiKeyEvent['type']> = ApiKeyEvent & { readonly type: Type };
type Recorded = RecordedEvent<ApiKeyEvent>;

function issued({ data, sealed }: EventNamed<'ApiKeyIssued'>, recorded: Recorded): IssuedApiKey {
  return {
    status: 'issued',
    ...commonFields(data, sealed, recorded),
    secretHash: sealed.secretHash,
    secretCommitment: recorded.commitments['secretHash'] ?? null,
    hint: data.hint,
    expiresAtMs: expiryFrom(data.expiry, recorded.recordedAtMs),
    claimedAtMs: null,
    predecessorId: data.predecessorId,
    successorId: null,
    supersededAtMs: null,
    supersededUntilMs: null,
  };
}

function promised({ data, sealed }: EventNamed<'ApiKeyPromised'>, recorded: Recorded): PendingApiKey {
  return {
    status: 'pending',
    ...commonFields(data, sealed, recorded),
    secretHash: null,
    secretCommitment: null,
    hint: null,
    expiresAtMs: 'at' in data.expiry ? Date.parse(data.expiry.at) : null,
    claimedAtMs: null,
    predecessorId: null,
    successorId: null,
    supersededAtMs: null,
    supersededUntilMs: null,
  };
}

function claimed(key: ApiKeyState, { data, sealed }: EventNamed<'ApiKeyClaimed'>, recorded: Recorded): ApiKeyState {
  if (key.status !== 'pending' || key.revokedAtMs !== null) return UNUSABLE;
  return {
    ...key,
    status: 'issued',
    secretHash: sealed.secretHash,
    secretCommitment: recorded.commitments['secretHash'] ?? null,
    hint: data.hint,
    expiresAtMs: expiryFrom(key.expiry, recorded.recordedAtMs),
    claimedAtMs: recorded.recordedAtMs,
  };
}

function superseded(key: ApiKeyState, { data }: EventNamed<'ApiKeySuperseded'>, atMs: number): ApiKeyState {
  if (key.status !== 'issued' || key.supersededAtMs !== null) return UNUSABLE;
  return {
    ...key,
    successorId: data.successorId,
    supersededAtMs: atMs,
    supersededUntilMs: Math.min(atMs + data.graceSeconds * 1000, key.expiresAtMs),
  };
}

function revoked(key: ApiKeyState, { data }: EventNamed<'ApiKeyRevoked'>, atMs: number): ApiKeyState {
  if (!isExistingKey(key)) return UNUSABLE;
  return key.revokedAtMs === null ? { ...key, revokedAtMs: atMs, revocationReason: data.reason } : key;
}

function commonFields(
  terms: KeyTerms,
  sealed: EventNamed<'ApiKeyPromised'>['sealed'],
  recorded: Recorded,
): CommonFields {
  return {
    keyId: recorded.id,
    userId: terms.userId,
    name: sealed.name ?? null,
    allowedIpRanges: sealed.allowedIpRanges ?? null,
    // Present but null: the restriction was there and is unknown now, which must not read as "no restriction".
    ipRangesUsable: sealed.allowedIpRanges !== null,
    expiry: terms.expiry,
    readOnly: terms.readOnly,
    scopes: terms.scopes,
    rateLimit: terms.rateLimit,
    issuedAtMs: recorded.recordedAtMs,
    issuedPosition: recorded.position,
    createdBy: recorded.actor,
    revokedAtMs: null,
    revocationReason: null,
  };
}

function expiryFrom(expiry: KeyExpiry, startMs: number): number {
  return 'at' in expiry ? Date.parse(expiry.at) : startMs + expiry.days * DAY_MS;
}
