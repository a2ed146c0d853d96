import { DomainError } from '@keyfold/domain';

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
