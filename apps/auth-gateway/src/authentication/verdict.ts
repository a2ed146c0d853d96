import type { AccessIdentity, AccessReason } from '@keyfold/domain';
import type { HeldKey } from '../facts/gateway-facts.js';
import type { ReachedLimit } from '../limits/reached-limit.js';

/** What a request says of itself, as far as it can be trusted; null where it is not known. */
export interface RequestLimits {
  readonly method: string | null;
  readonly ip: string | null;
  readonly isUpgrade: boolean;
  readonly scopes: readonly string[];
  /** The same request is decided once more: it has been counted against the key's rate limit already. */
  readonly isCounted?: boolean;
}

/** Somebody passed. */
export interface AllowedVerdict {
  readonly allowed: true;
  /** The key in memory. */
  readonly held: HeldKey;
  readonly identity: AccessIdentity;
  readonly position: number;
}

/** The answer to a sign-in, made on the facts of one position. */
export type Verdict = AllowedVerdict | RefusedVerdict;

/** Somebody did not. */
export interface RefusedVerdict {
  readonly allowed: false;
  readonly reason: AccessReason;
  readonly position: number;
  /** The key, where its secret was proven after it was revoked or superseded: its owner should know. */
  readonly retiredKeyId?: string;
  /** Where the reason is RATE_LIMITED: by which limit. */
  readonly reached?: ReachedLimit;
}

/** The ways in, for metrics and logs. */
export const SURFACES = [
  'forward-auth',
  'auth-request',
  'ext-authz',
  'grpc',
  'me',
  'verify',
  'nats',
  'token',
  'reverse-proxy',
] as const;
export type Surface = (typeof SURFACES)[number];
