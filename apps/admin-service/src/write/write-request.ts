import { DomainError, type ErrorCode } from '@keyfold/domain';

/**
 * What a write takes from its request besides the body: who writes, under which conditions, and how to tell a repeat.
 */
export interface WriteRequest {
  readonly actor: string;
  /** Made here, never taken from the client: it goes into the record. */
  readonly correlationId: string;
  readonly ifMatch: ReadonlySet<number> | null;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

/** @throws DomainError `VERSION_CONFLICT` if the stream's version is none of those that the request accepts */
export function requireVersion(accepted: ReadonlySet<number> | null, actual: number): void {
  if (accepted && !accepted.has(actual))
    throw new DomainError('VERSION_CONFLICT', 'The resource has changed since the version in If-Match.');
}

/** Refusals that say nothing of the resource's state, and so come before what depends on it. */
const COMES_FIRST: ReadonlySet<ErrorCode> = new Set(['INVALID_REQUEST', 'PERMISSION_DENIED', 'NOT_FOUND']);

/**
 * Refusals in the contract's order: what the caller may not do or see comes before a stale If-Match, and that before
 * the state's own rules.
 *
 * @param accepted versions that the request accepts; null: any
 * @param actual the version of the state that `decide` decides on
 * @throws DomainError whichever comes first
 */
export function refuseInOrder<Decided>(
  accepted: ReadonlySet<number> | null,
  actual: number,
  decide: () => Decided,
): Decided {
  try {
    const decided = decide();
    requireVersion(accepted, actual);
    return decided;
  } catch (error) {
    if (error instanceof DomainError && !COMES_FIRST.has(error.code)) requireVersion(accepted, actual);
    throw error;
  }
}
