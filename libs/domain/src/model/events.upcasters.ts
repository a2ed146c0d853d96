import type { JsonObject, JsonValue } from '../log/index.js';
import { type EventShape, PROFILE_MEMBERS } from './event-shapes.js';
import * as check from './value-checks.js';
import { optional, required } from './value-checks.js';

/** An event between two shapes. Sealed values are in clear, null where erased. */
export interface VersionedEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: JsonObject;
  readonly sealed: Readonly<Record<string, JsonValue>>;
}

/** A shape that is not the newest, and how what it says is said in a newer one of the same category. */
export interface EventUpcaster {
  readonly from: EventShape;
  /** Total over events of that shape, and pure. May change the type as well. */
  readonly upcast: (event: VersionedEvent) => VersionedEvent;
}

/** Version 2 takes more values and says the rest alike. */
const toSecond = (event: VersionedEvent): VersionedEvent => ({ ...event, schemaVersion: 2 });

/**
 * All shapes but the newest, oldest first. Those of UserCreated and UserChanged are still written, for what they can
 * say: gateways that do not know version 2 then go on until the first event that needs it.
 */
export const EVENT_UPCASTERS: readonly EventUpcaster[] = [
  {
    from: {
      category: 'user',
      type: 'UserCreated',
      schemaVersion: 1,
      data: [required('supervisorId', check.orNull(check.id))],
      sealed: [required('username', check.firstUsername), ...PROFILE_MEMBERS],
    },
    upcast: toSecond,
  },
  {
    from: {
      category: 'user',
      type: 'UserChanged',
      schemaVersion: 1,
      data: [optional('supervisorId', check.orNull(check.id))],
      sealed: PROFILE_MEMBERS,
    },
    upcast: toSecond,
  },
];
