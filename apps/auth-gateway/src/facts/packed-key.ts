import { type ApiKeyState, DAY_MS, type IssuedApiKey, type KeyExpiry } from '@keyfold/domain';
import { internedList, Interner, isWholeMoment, sharedIfNull } from './interner.js';

type Terms = Pick<IssuedApiKey, 'allowedIpRanges' | 'expiry' | 'ipRangesUsable' | 'rateLimit' | 'readOnly' | 'scopes'>;
type Lifecycle = Pick<
  IssuedApiKey,
  | 'claimedAtMs'
  | 'predecessorId'
  | 'revocationReason'
  | 'revokedAtMs'
  | 'successorId'
  | 'supersededAtMs'
  | 'supersededUntilMs'
>;
const UNTOUCHED: Lifecycle = {
  claimedAtMs: null,
  predecessorId: null,
  revocationReason: null,
  revokedAtMs: null,
  successorId: null,
  supersededAtMs: null,
  supersededUntilMs: null,
};
const creators = new Interner<string>();
const terms = new Interner<Terms>();

/** The same key, small: for memory to hold. */
export function packKey(state: ApiKeyState): ApiKeyState {
  return state.status === 'issued' && isWholeMoment(state.issuedAtMs) ? new PackedKey(state) : state;
}

/** As the domain's folds make it and take it. */
export function plainKey(state: ApiKeyState): ApiKeyState {
  return state instanceof PackedKey ? state.plain() : state;
}

/**
 * What a decision looks at first, and in parts that many share. A number that is no small one is an object somewhere
 * else in memory, so moments are two small ones, and an end that follows from the terms is not kept.
 */
class PackedKey implements IssuedApiKey {
  readonly keyId: string;
  readonly userId: string;
  readonly secretCommitment: string | null;
  readonly secretHash: string | null;
  readonly issuedPosition: number;
  readonly name: string | null;
  readonly hint: string;
  private readonly terms: Terms;
  private readonly lifecycle: Lifecycle;
  private readonly issuedDay: number;
  private readonly issuedMs: number;
  /** Null where it follows from the terms. */
  private readonly ownEndMs: number | null;
  /** Null where it is the owner. */
  private readonly creator: string | null;

  constructor(key: IssuedApiKey) {
    this.keyId = key.keyId;
    this.userId = key.userId;
    this.secretCommitment = key.secretCommitment;
    this.secretHash = key.secretHash;
    this.issuedPosition = key.issuedPosition;
    this.name = key.name;
    this.hint = key.hint;
    this.terms = termsOf(key);
    this.lifecycle = lifecycleOf(key);
    this.issuedDay = Math.floor(key.issuedAtMs / DAY_MS);
    this.issuedMs = key.issuedAtMs % DAY_MS;
    this.ownEndMs = key.expiresAtMs === endOf(key) ? null : key.expiresAtMs;
    this.creator = key.createdBy === ownCreator(key.userId) ? null : creators.intern(key.createdBy);
  }

  get status(): 'issued' {
    return 'issued';
  }
  get allowedIpRanges(): readonly string[] | null {
    return this.terms.allowedIpRanges;
  }
  get ipRangesUsable(): boolean {
    return this.terms.ipRangesUsable;
  }
  get expiry(): KeyExpiry {
    return this.terms.expiry;
  }
  get readOnly(): boolean {
    return this.terms.readOnly;
  }
  get scopes(): readonly string[] {
    return this.terms.scopes;
  }
  get rateLimit(): IssuedApiKey['rateLimit'] {
    return this.terms.rateLimit;
  }
  get issuedAtMs(): number {
    return this.issuedDay * DAY_MS + this.issuedMs;
  }
  get createdBy(): string {
    return this.creator ?? ownCreator(this.userId);
  }
  get expiresAtMs(): number {
    return this.ownEndMs ?? endOf(this);
  }
  get claimedAtMs(): number | null {
    return this.lifecycle.claimedAtMs;
  }
  get predecessorId(): string | null {
    return this.lifecycle.predecessorId;
  }
  get successorId(): string | null {
    return this.lifecycle.successorId;
  }
  get supersededAtMs(): number | null {
    return this.lifecycle.supersededAtMs;
  }
  get supersededUntilMs(): number | null {
    return this.lifecycle.supersededUntilMs;
  }
  get revokedAtMs(): number | null {
    return this.lifecycle.revokedAtMs;
  }
  get revocationReason(): IssuedApiKey['revocationReason'] {
    return this.lifecycle.revocationReason;
  }

  plain(): IssuedApiKey {
    const { hint, issuedPosition, keyId, name, secretCommitment, secretHash, userId } = this;
    const { createdBy, expiresAtMs, issuedAtMs, status } = this;
    const own = { keyId, userId, secretCommitment, secretHash, issuedPosition, name, hint };
    return { status, ...own, ...this.terms, ...this.lifecycle, issuedAtMs, createdBy, expiresAtMs };
  }
}

function termsOf({ allowedIpRanges, expiry, ipRangesUsable, rateLimit, readOnly, scopes }: IssuedApiKey): Terms {
  const own = { allowedIpRanges, ipRangesUsable, expiry, readOnly, scopes: internedList(scopes), rateLimit };
  // An instant is hardly ever another key's as well.
  return 'days' in expiry ? terms.intern(own) : own;
}

function lifecycleOf(key: IssuedApiKey): Lifecycle {
  const { claimedAtMs, predecessorId, revocationReason, revokedAtMs } = key;
  const { successorId, supersededAtMs, supersededUntilMs } = key;
  const own = { claimedAtMs, predecessorId, revocationReason, revokedAtMs };
  return sharedIfNull({ ...own, successorId, supersededAtMs, supersededUntilMs }, UNTOUCHED);
}

/** The end by a lifetime in days; no number where the terms name the end itself. */
function endOf({
  claimedAtMs,
  expiry,
  issuedAtMs,
}: Pick<IssuedApiKey, 'claimedAtMs' | 'expiry' | 'issuedAtMs'>): number {
  return 'days' in expiry ? (claimedAtMs ?? issuedAtMs) + expiry.days * DAY_MS : Number.NaN;
}

function ownCreator(userId: string): string {
  return `user/${userId}`;
}
