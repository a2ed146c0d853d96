import { decodeLeaf, encodeLeaf, type JsonValue, type LogRecord, type Opening, sealValue } from '../src/log/index.js';
import { type NewEvent, type ReadEvent, readEvent } from '../src/model/index.js';

/** A PHC string within the bounds; the tests never verify it. */
export function phcHash(letter = 'A'): string {
  return `$argon2id$v=19$m=19456,t=2,p=1$${letter.repeat(21)}A$${letter.repeat(42)}A`;
}

/** An event of schema version 1. */
export function event(
  stream: string,
  type: string,
  data: NewEvent['data'] = {},
  sealed: NewEvent['sealed'] = {},
): NewEvent {
  return { stream, type, schemaVersion: 1, data, sealed };
}

export interface Entry {
  readonly record: LogRecord;
  readonly openings: Readonly<Record<string, Opening>>;
}

/**
 * A log in memory that does what the store does to an event: version, position, sealing, leaf bytes; and reads it back
 * from those bytes, so that nothing a decider returns can be something that the reader refuses.
 */
export class TestLog {
  readonly entries: Entry[] = [];
  private readonly versions = new Map<string, number>();

  append(event: NewEvent, by: { readonly atMs: number; readonly actor?: string }): ReadEvent {
    const position = this.entries.length + 1;
    const version = (this.versions.get(event.stream) ?? 0) + 1;
    this.versions.set(event.stream, version);
    const commitments: Record<string, string> = {};
    const openings: Record<string, Opening> = {};
    for (const [field, value] of Object.entries(event.sealed)) {
      const { opening, commitment } = sealValue(value, saltOf(position));
      commitments[field] = commitment;
      openings[field] = opening;
    }
    const record: LogRecord = {
      position,
      stream: event.stream,
      version,
      type: event.type,
      schemaVersion: event.schemaVersion,
      recordedAt: new Date(by.atMs).toISOString(),
      actor: by.actor ?? 'system',
      correlationId: 'test',
      data: event.data,
      sealed: commitments,
    };
    const entry = { record: decodeLeaf(encodeLeaf(record)), openings };
    this.entries.push(entry);
    return readEvent(entry.record, entry.openings);
  }

  /** Destroys the openings of the streams for which the predicate holds, as an erasure does. */
  destroyOpenings(of: (stream: string) => boolean): void {
    this.entries.forEach(({ record }, index) => {
      if (of(record.stream)) this.entries[index] = { record, openings: {} };
    });
  }
}

/** An opening for a reader, which does not look at salts. */
export function opened(value: JsonValue): Opening {
  return { salt: '', value };
}

function saltOf(position: number): Uint8Array {
  const salt = new Uint8Array(32);
  new DataView(salt.buffer).setUint32(0, position);
  return salt;
}
