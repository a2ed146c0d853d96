import { DomainError, sealValue, type NewEvent, type Opening } from '@keyfold/domain';
import type { AppendRequest } from './append-request.js';
import { inCanonicalOrder } from './canonical-order.js';

/** An event whose sealed values have become commitments; the openings go beside the record. */
export interface SealedEvent {
  readonly event: NewEvent;
  readonly sealed: Readonly<Record<string, string>>;
  readonly openings: Readonly<Record<string, Opening>>;
}

/** An append with all the work done that needs no lock. */
export interface SealedAppend {
  readonly request: AppendRequest;
  readonly events: readonly SealedEvent[];
}

const STREAM = /^[a-z][a-z-]*\/[\x21-\x7e]+$/;

/**
 * Seals an append's events, so that hashing happens before the head is locked.
 *
 * @returns the sealed append, or the refusal of one whose values have no canonical form.
 */
export function sealAppend(request: AppendRequest, randomSalt: () => Buffer): SealedAppend | DomainError {
  // Stream names go into SQL before the record is encoded and its members are checked.
  if (![...request.expected, ...request.events].every(({ stream }) => STREAM.test(stream))) {
    return new DomainError('INVALID_REQUEST', 'a stream name is not <category>/<id>');
  }
  try {
    return { request, events: request.events.map((event) => sealEvent(event, randomSalt)) };
  } catch (err) {
    return refusalOf(err);
  }
}

/** The refusal for an error thrown by the pure encoders of the domain: a fault of this append's values alone. */
export function refusalOf(err: unknown): DomainError {
  const detail = err instanceof Error ? err.message : 'unknown';
  return new DomainError('INVALID_REQUEST', `this cannot be recorded: ${detail}`);
}

function sealEvent(event: NewEvent, randomSalt: () => Buffer): SealedEvent {
  const sealed: Record<string, string> = {};
  const openings: Record<string, Opening> = {};
  for (const [field, value] of Object.entries(event.sealed)) {
    const { opening, commitment } = sealValue(value, randomSalt());
    sealed[field] = commitment;
    openings[field] = opening;
  }
  return { event: { ...event, data: inCanonicalOrder(event.data) }, sealed, openings };
}
