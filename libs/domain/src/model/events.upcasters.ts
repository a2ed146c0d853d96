import type { JsonObject, JsonValue } from '../log/index.js';
import type { EventShape } from './event-shapes.js';

/** An event between two shapes. Sealed values are in clear, null where erased. */
export interface VersionedEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: JsonObject;
  readonly sealed: Readonly<Record<string, JsonValue>>;
}

/** A shape that is no longer written, and how what it says is said in a newer one of the same category. */
export interface EventUpcaster {
  readonly from: EventShape;
  /** Total over events of that shape, and pure. May change the type as well. */
  readonly upcast: (event: VersionedEvent) => VersionedEvent;
}

/** All superseded shapes, oldest first. None has been superseded yet. */
export const EVENT_UPCASTERS: readonly EventUpcaster[] = [];
