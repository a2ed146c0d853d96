import { DomainError, encodeLeaf, type LogRecord, type NewEvent, type Opening, sealValue } from '@keyfold/domain';
import type { StoredRecord } from '../read/records.js';
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
  } catch (error) {
    return refusalOf(error);
  }
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

/**
 * Gives each event of an append its position and version, and makes the bytes of its record.
 *
 * @param at where the append begins: the log's size, the log time, and the current version of each stream, 0 where it
 *   is not named
 * @returns the records, or the refusal of an append whose values cannot be encoded; nothing has changed then
 */
export function encodeRecords(
  { request, events }: SealedAppend,
  at: { readonly size: number; readonly recordedAt: string; readonly versions: ReadonlyMap<string, number> },
): StoredRecord[] | DomainError {
  const { actor, correlationId } = request;
  const { recordedAt } = at;
  const versions = new Map<string, number>();
  const records: StoredRecord[] = [];
  try {
    for (const { event, openings, sealed } of events) {
      const { data, schemaVersion, stream, type } = event;
      const version = (versions.get(stream) ?? at.versions.get(stream) ?? 0) + 1;
      versions.set(stream, version);
      const position = at.size + records.length + 1;
      // In the order of canonical JSON, which saves encoding a sort.
      const record: LogRecord = {
        actor,
        correlationId,
        data,
        position,
        recordedAt,
        schemaVersion,
        sealed,
        stream,
        type,
        version,
      };
      records.push({ record, leaf: encodeLeaf(record), openings });
    }
  } catch (error) {
    return refusalOf(error);
  }
  return records;
}

/** Streams whose versions the appends rest on or change. */
export function streamsNamed(appends: readonly SealedAppend[]): string[] {
  const named = appends.flatMap(({ request }) => [...request.expected, ...request.events]);
  return [...new Set(named.map(({ stream }) => stream))];
}

/** Streams that get records, without those that begin with them: no read model has rows of these. */
export function streamsToKnow(appends: readonly SealedAppend[]): string[] {
  const streams = new Set<string>();
  for (const { request } of appends) {
    const begun = new Set(request.expected.flatMap(({ stream, version }) => (version === 0 ? [stream] : [])));
    for (const { stream } of request.events) if (!begun.has(stream)) streams.add(stream);
  }
  return [...streams];
}

/** The refusal for an error thrown by the pure encoders of the domain: a fault of this append's values alone. */
function refusalOf(error: unknown): DomainError {
  const detail = error instanceof Error ? error.message : 'unknown';
  return new DomainError('INVALID_REQUEST', `this cannot be recorded: ${detail}`);
}
