import { parseProcessName } from '../lease/index.js';
import { type JsonObject, type LogRecord, parseCosignerVerifierKey } from '../log/index.js';
import { demand } from './errors.js';
import type { EventShape } from './event-shapes.js';
import type { NewEvent } from './events.js';
import * as check from './value-checks.js';
import { membersProblem, required } from './value-checks.js';

// Events of the categories gateway/ and log/. They decide no access: gateways hash their records and pass over them;
// the admin-service and auditors read them.

/**
 * Whose processes get a lease: whoever authenticates with the shared secret, or only those whose keys an administrator
 * has approved.
 */
export const GATEWAY_ENROLMENTS = ['automatic', 'approved'] as const;
/** One of {@link GATEWAY_ENROLMENTS}. */
export type GatewayEnrolment = (typeof GATEWAY_ENROLMENTS)[number];
/** What holds before anybody has changed it. Every fold starts here: see DEFAULT_SETTINGS. */
export const DEFAULT_GATEWAY_ENROLMENT: GatewayEnrolment = 'automatic';

/** The one stream of the settings that decide no access. */
export const LOG_SETTINGS_STREAM = 'log/settings';
/** The one stream of the log's origins. */
export const LOG_ORIGIN_STREAM = 'log/origin';
/** The stream of a gateway. */
export const gatewayStream = (gatewayId: string): string => `gateway/${gatewayId}`;

type Event<Type extends string, Data> = {
  readonly type: Type;
  readonly schemaVersion: 1;
  readonly data: Data;
  readonly sealed: { readonly [name: string]: never };
};

/** What happens to gateways, to the settings that decide no access, and to the log itself. */
export type LogEvent =
  /** From here on the process key is the slot's; the one before it is not accepted any more. */
  | Event<'GatewayEnrolled', { readonly gatewayId: string; readonly process: string; readonly verifierKey: string }>
  /** None of the keys that the gateway had is accepted again. */
  | Event<'GatewayRetired', { readonly gatewayId: string }>
  | Event<
      'LogSettingsChanged',
      {
        readonly before: { readonly gatewayEnrolment: GatewayEnrolment };
        readonly after: { readonly gatewayEnrolment: GatewayEnrolment };
      }
    >
  /**
   * The log has forked and goes on as this database has it, under another origin: `checkpoint` is of what it was, and
   * up to `position` both may be the same.
   */
  | Event<
      'ForkAcknowledged',
      {
        readonly previousOrigin: string;
        readonly origin: string;
        readonly position: number;
        readonly checkpoint: string;
      }
    >;

const logSettings = check.objectOf(required('gatewayEnrolment', check.oneOf(GATEWAY_ENROLMENTS)));

/** The shapes of {@link LogEvent}. As with EVENT_SHAPES, a released one never changes. */
export const LOG_EVENT_SHAPES: readonly EventShape<'gateway' | 'log'>[] = [
  {
    category: 'gateway',
    type: 'GatewayEnrolled',
    schemaVersion: 1,
    data: [
      required('gatewayId', check.gatewayId),
      required('process', check.processSlot),
      required('verifierKey', check.processKey),
    ],
    sealed: [],
    rule: keyIsNamedAfterProcess,
  },
  {
    category: 'gateway',
    type: 'GatewayRetired',
    schemaVersion: 1,
    data: [required('gatewayId', check.anyGatewayId)],
    sealed: [],
  },
  {
    category: 'log',
    type: 'LogSettingsChanged',
    schemaVersion: 1,
    data: [required('before', logSettings), required('after', logSettings)],
    sealed: [],
  },
  {
    category: 'log',
    type: 'ForkAcknowledged',
    schemaVersion: 1,
    data: [
      required('previousOrigin', check.logOrigin),
      required('origin', check.logOrigin),
      required('position', check.integerIn({ min: 0, max: Number.MAX_SAFE_INTEGER })),
      required('checkpoint', check.checkpointText),
    ],
    sealed: [],
  },
];

function keyIsNamedAfterProcess(data: JsonObject): string | null {
  // Each was checked to be a text of its kind.
  const name = parseProcessName(parseCosignerVerifierKey(data['verifierKey'] as string).name);
  const isSame = name?.gatewayId === data['gatewayId'] && name?.slot === data['process'];
  return isSame ? null : 'the key is not named after the process';
}

/**
 * Reads a record of the categories gateway/ and log/.
 *
 * @returns the event; `invalid` for a known type with data that is not in its shape; `other` for every other record,
 *   which readers pass over
 */
export function readLogEvent(
  record: Pick<LogRecord, 'stream' | 'type' | 'schemaVersion' | 'data' | 'sealed'>,
):
  | { readonly kind: 'event'; readonly event: LogEvent }
  | { readonly kind: 'invalid'; readonly detail: string }
  | { readonly kind: 'other' } {
  const category = record.stream.slice(0, record.stream.indexOf('/'));
  const shape = LOG_EVENT_SHAPES.find(
    ({ category: own, schemaVersion, type }) =>
      own === category && type === record.type && schemaVersion === record.schemaVersion,
  );
  if (shape === undefined) return { kind: 'other' };
  const problem = problemOf(shape, record);
  if (problem !== null) return { kind: 'invalid', detail: `${record.type} ${record.schemaVersion}: ${problem}` };
  const { data, schemaVersion, sealed, type } = record;
  // The shape was checked just now, member by member: that is what the type claims.
  return { kind: 'event', event: { type, schemaVersion, data, sealed } as unknown as LogEvent };
}

function problemOf(
  { category, data: members, rule, type }: EventShape<'gateway' | 'log'>,
  { data, sealed, stream }: Pick<LogRecord, 'stream' | 'data' | 'sealed'>,
): string | null {
  const problem = membersProblem(members, data) ?? rule?.(data) ?? null;
  if (problem !== null) return problem;
  if (Object.keys(sealed).length > 0) return 'an unknown sealed field';
  const ofLog = type === 'ForkAcknowledged' ? LOG_ORIGIN_STREAM : LOG_SETTINGS_STREAM;
  const own = category === 'gateway' ? gatewayStream(data['gatewayId'] as string) : ofLog;
  return stream === own ? null : 'it is in another stream than its own';
}

/**
 * Enrols a process's key for its slot. @throws NoteError if the key is malformed; TypeError if its name is not a
 * process's
 */
export function gatewayEnrolled(verifierKey: string): NewEvent {
  const name = parseProcessName(parseCosignerVerifierKey(verifierKey).name);
  if (name === null) throw new TypeError('the key is not named after a process');
  const { gatewayId, slot: process } = name;
  return newEvent(gatewayStream(gatewayId), 'GatewayEnrolled', { gatewayId, process, verifierKey });
}

/** An administrator has deleted the gateway. */
export function gatewayRetired(gatewayId: string): NewEvent {
  return newEvent(gatewayStream(gatewayId), 'GatewayRetired', { gatewayId });
}

/** An administrator has changed who gets a lease; null where that is what holds already. */
export function gatewayEnrolmentChanged(before: GatewayEnrolment, after: GatewayEnrolment): NewEvent | null {
  if (before === after) return null;
  const data = { before: { gatewayEnrolment: before }, after: { gatewayEnrolment: after } };
  return newEvent(LOG_SETTINGS_STREAM, 'LogSettingsChanged', data);
}

/** The keys of a gateway's processes, by its stream. */
export interface GatewayKeys {
  /** The key that counts in each slot. */
  readonly current: ReadonlyMap<string, string>;
  readonly retired: ReadonlySet<string>;
}

/** Before the first record of the stream. */
export const NO_GATEWAY_KEYS: GatewayKeys = { current: new Map(), retired: new Set() };

/** The keys after an event of the gateway's stream; other events change nothing. */
export function gatewayKeysAfter(keys: GatewayKeys, event: LogEvent): GatewayKeys {
  switch (event.type) {
    case 'GatewayEnrolled':
      return { ...keys, current: new Map([...keys.current, [event.data.process, event.data.verifierKey]]) };
    case 'GatewayRetired':
      return { current: new Map(), retired: new Set([...keys.retired, ...keys.current.values()]) };
    case 'LogSettingsChanged':
    case 'ForkAcknowledged':
      return keys;
  }
}

/**
 * An administrator approves keys of the gateway's processes. For a key that is already accepted there is no event.
 *
 * @throws DomainError INVALID_REQUEST if a key does not belong to a process of this gateway, or two belong to one slot;
 *   KEY_RETIRED
 */
export function decideApproval(gatewayId: string, verifierKeys: readonly string[], keys: GatewayKeys): NewEvent[] {
  const slots = verifierKeys.map((verifierKey) => {
    const name = check.processKey(verifierKey) ? parseProcessName(parseCosignerVerifierKey(verifierKey).name) : null;
    demand(name?.gatewayId === gatewayId, 'INVALID_REQUEST', 'Each key must belong to a process of this gateway.');
    return name.slot;
  });
  demand(new Set(slots).size === slots.length, 'INVALID_REQUEST', 'A slot can have only one key.');
  const isRetired = verifierKeys.some((verifierKey) => keys.retired.has(verifierKey));
  demand(!isRetired, 'KEY_RETIRED', 'A key of a gateway that was deleted is never accepted again.');
  return verifierKeys
    .filter((verifierKey, at) => keys.current.get(slots[at] ?? '') !== verifierKey)
    .map((verifierKey) => gatewayEnrolled(verifierKey));
}

/** The setting gatewayEnrolment after an event; other events change nothing. */
export function gatewayEnrolmentAfter(before: GatewayEnrolment, event: LogEvent): GatewayEnrolment {
  return event.type === 'LogSettingsChanged' ? event.data.after.gatewayEnrolment : before;
}

function newEvent(stream: string, type: LogEvent['type'], data: JsonObject): NewEvent {
  return { stream, type, schemaVersion: 1, data, sealed: {} };
}
