import type { JsonValue, LogRecord, Opening } from '../log/index.js';
import { EVENT_SHAPES, type EventShape } from './event-shapes.js';
import { CATEGORIES, type Category, type EventOf, type NewEvent, type RecordedEvent } from './events.js';
import { EVENT_UPCASTERS, type EventUpcaster, type VersionedEvent } from './events.upcasters.js';
import { membersProblem } from './value-checks.js';

/** An event of the category that could be read, or a record of a known type whose content is not in the catalogue. */
export type ReadOf<C extends Category> =
  | { readonly kind: 'event'; readonly category: C; readonly recorded: RecordedEvent<EventOf[C]> }
  | {
      readonly kind: 'invalid';
      readonly category: C;
      readonly stream: string;
      readonly id: string;
      readonly position: number;
      readonly detail: string;
    };

/**
 * What a record says.
 * - `event`: an event in its newest shape;
 * - `invalid`: known type, invalid data: what the stream stands for is unusable from here on; raise an alarm, go on;
 * - `unknown`: unknown type or schema version in the four categories: stop, since going on could miss a revocation;
 * - `other`: no record of the four categories: pass over it.
 *
 * `detail` never holds a value of the record.
 */
export type ReadEvent =
  | { readonly [C in Category]: ReadOf<C> }[Category]
  | { readonly kind: 'unknown'; readonly stream: string; readonly position: number; readonly detail: string }
  | { readonly kind: 'other' };

/** Reads records. Openings must have been verified against the record's commitments; a missing one reads as erased. */
export type EventReader = (record: LogRecord, openings: Readonly<Record<string, Opening>>) => ReadEvent;

type Registry = ReadonlyMap<string, ReadonlyMap<string, Entry>>;
type Entry = { readonly shape: EventShape; readonly upcast: EventUpcaster['upcast'] | null };

const OTHER: ReadEvent = { kind: 'other' };

/**
 * Makes a reader of the given shapes.
 * @throws Error if a shape is defined twice
 */
export function createEventReader(shapes: readonly EventShape[], upcasters: readonly EventUpcaster[]): EventReader {
  const registry = registryOf([
    ...shapes.map((shape) => ({ shape, upcast: null })),
    ...upcasters.map(({ from, upcast }) => ({ shape: from, upcast })),
  ]);
  return (record, openings) => read(registry, record, openings);
}

/** Reads a record with all shapes that Keyfold has ever written. See {@link EventReader}. */
export const readEvent: EventReader = createEventReader(EVENT_SHAPES, EVENT_UPCASTERS);

/**
 * What would keep readers from taking an event, were it in the log; null if nothing. Ask before an append: a record
 * that cannot be read makes what it concerns unusable at every gateway, for good.
 */
export function newEventProblem({ sealed, ...event }: NewEvent): string | null {
  const fields = Object.entries(sealed);
  const read = readEvent(
    {
      ...event,
      ...UNWRITTEN,
      sealed: Object.fromEntries(fields.map(([name]) => [name, ''])),
    },
    Object.fromEntries(fields.map(([name, value]) => [name, { salt: '', value }])),
  );
  return read.kind === 'invalid' || read.kind === 'unknown' ? read.detail : null;
}

/** What a record gets when it is appended. */
const UNWRITTEN = { position: 1, version: 1, recordedAt: new Date(0).toISOString(), actor: '', correlationId: '' };

function read(registry: Registry, record: LogRecord, openings: Readonly<Record<string, Opening>>): ReadEvent {
  const slash = record.stream.indexOf('/');
  const known = registry.get(record.stream.slice(0, slash));
  if (known === undefined) return OTHER;
  const entry = known.get(key(record));
  if (entry === undefined) return unknown(record, `${record.type} ${record.schemaVersion}`);
  const { category } = entry.shape;
  const id = record.stream.slice(slash + 1);
  const opened = open(entry.shape, record, openings);
  const recordedAtMs = Date.parse(record.recordedAt);
  const event = typeof opened === 'string' ? opened : toNewest(known, entry, opened);
  const problem = typeof event === 'string' ? event : Number.isNaN(recordedAtMs) ? 'recordedAt is no instant' : null;
  if (problem !== null) {
    const detail = `${record.type} ${record.schemaVersion}: ${problem}`;
    return { kind: 'invalid', category, stream: record.stream, id, position: record.position, detail };
  }
  const recorded = {
    event,
    position: record.position,
    stream: record.stream,
    id,
    version: record.version,
    recordedAt: record.recordedAt,
    recordedAtMs,
    actor: record.actor,
    commitments: record.sealed,
  };
  // The shape of this category was checked just now, member by member: that is what the type claims.
  return { kind: 'event', category, recorded } as unknown as ReadEvent;
}

function open(
  shape: EventShape,
  record: LogRecord,
  openings: Readonly<Record<string, Opening>>,
): VersionedEvent | string {
  const problem = membersProblem(shape.data, record.data) ?? shape.rule?.(record.data) ?? null;
  if (problem !== null) return problem;
  const sealed = openSealed(shape, record, openings);
  if (typeof sealed === 'string') return sealed;
  return { type: record.type, schemaVersion: record.schemaVersion, data: record.data, sealed };
}

// The record's commitments say which fields there are; an opening only says what one of them holds.
function openSealed(
  shape: EventShape,
  record: LogRecord,
  openings: Readonly<Record<string, Opening>>,
): VersionedEvent['sealed'] | string {
  const sealed: Record<string, JsonValue> = {};
  let known = 0;
  for (const { name, isOptional, accepts } of shape.sealed) {
    if (record.sealed[name] === undefined) {
      if (!isOptional) return `${name} is not sealed in it`;
    } else {
      const value = openings[name]?.value;
      if (value !== undefined && !accepts(value)) return `${name} is not acceptable`;
      sealed[name] = value ?? null;
      known += 1;
    }
  }
  return Object.keys(record.sealed).length === known ? sealed : 'an unknown sealed field';
}

function toNewest(known: ReadonlyMap<string, Entry>, entry: Entry, event: VersionedEvent): VersionedEvent | string {
  let newest = event;
  for (let at: Entry | undefined = entry; at.upcast !== null;) {
    newest = at.upcast(newest);
    at = known.get(key(newest));
    if (at === undefined) return 'its upcaster leads nowhere';
  }
  return newest;
}

function unknown(record: LogRecord, what: string): ReadEvent {
  const detail = `${what} of ${record.stream} is not known to this version`;
  return { kind: 'unknown', stream: record.stream, position: record.position, detail };
}

function key(event: { readonly type: string; readonly schemaVersion: number }): string {
  return event.schemaVersion === 1 ? event.type : `${event.type} ${event.schemaVersion}`;
}

function registryOf(entries: readonly Entry[]): Registry {
  const registry = new Map<string, Map<string, Entry>>(CATEGORIES.map((category) => [category, new Map()]));
  for (const entry of entries) {
    const known = registry.get(entry.shape.category);
    const name = key(entry.shape);
    if (known === undefined || known.has(name)) throw new Error(`shape ${name} is defined twice`);
    known.set(name, entry);
  }
  return registry;
}
