import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { CATEGORIES } from '@keyfold/domain';

/** Header of a log message: base64url of the JSON of the openings that gateways need. */
export const OPENINGS_HEADER = 'Keyfold-Openings';
/** Header of the last message of a published batch: base64url of the signed checkpoint of exactly that size. */
export const CHECKPOINT_HEADER = 'Keyfold-Checkpoint';
/** JetStream's own: the message is stored only if this is the stream's last sequence. */
export const EXPECTED_LAST_SEQUENCE_HEADER = 'Nats-Expected-Last-Sequence';

/** The sealed fields whose openings travel on the feed; all others stay with the admin-service. */
export const FEED_FIELDS: ReadonlySet<string> = new Set(['username', 'secretHash', 'allowedIpRanges', 'name']);
/** The categories that gateways interpret; a sealed feed field of one of them must come with its opening. */
export const FEED_CATEGORIES: ReadonlySet<string> = new Set(CATEGORIES);

/** Every NATS name of one log. All contain the id of the log's key, so that two logs can never be taken for one. */
export interface FeedNames {
  readonly stream: string;
  readonly head: string;
  readonly refill: string;
  readonly use: string;
  /** The subject of a record, by its category: the part of its stream's name before the first slash. */
  readonly subjectOf: (recordStream: string) => string;
}

/** @param logKeyId `NoteVerifier.keyId`: 8 hex digits */
export function feedNames(logKeyId: string): FeedNames {
  if (!/^[0-9a-f]{8}$/.test(logKeyId)) throw new TypeError('a log key id has 8 hex digits');
  const prefix = `keyfold.log.${logKeyId}`;
  return {
    stream: `KEYFOLD_LOG_${logKeyId}`,
    head: `keyfold.head.${logKeyId}`,
    refill: `keyfold.refill.${logKeyId}`,
    use: `keyfold.use.${logKeyId}`,
    subjectOf: (recordStream) => `${prefix}.${categoryOf(recordStream)}`,
  };
}

/** The part of a record stream's name before the first slash. */
export function categoryOf(recordStream: string): string {
  const slash = recordStream.indexOf('/');
  return slash < 0 ? recordStream : recordStream.slice(0, slash);
}

/**
 * The stream as the relay makes it and as its audit demands it. Nothing may expire or be discarded, and a purge is
 * refused by the server; single messages can be deleted, since an erasure must reach the stream too.
 *
 * @param maxBytes the stream's size, for accounts that demand one; a full stream takes no more and keeps what it has
 */
export function pinnedStreamConfig(
  logKeyId: string,
  maxBytes?: number,
): Partial<StreamConfig> & { readonly name: string } {
  const names = feedNames(logKeyId);
  return {
    name: names.stream,
    subjects: [`keyfold.log.${logKeyId}.*`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: maxBytes === undefined ? DiscardPolicy.Old : DiscardPolicy.New,
    max_msgs: -1,
    max_bytes: maxBytes ?? -1,
    max_age: 0,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    no_ack: false,
    deny_delete: false,
    deny_purge: true,
    allow_rollup_hdrs: false,
    sealed: false,
  };
}

/**
 * Compares what the server has with the pinned configuration. The number of replicas is left to the operator.
 *
 * @returns the names of the members that differ
 */
export function streamConfigProblems(actual: Partial<StreamConfig>, logKeyId: string, maxBytes?: number): string[] {
  const pinned: object = pinnedStreamConfig(logKeyId, maxBytes);
  const found: object = actual;
  const problems = Object.entries(pinned)
    // The server leaves false and zero out of its answer.
    .filter(([name, value]) => JSON.stringify(memberOf(found, name) ?? absent(value)) !== JSON.stringify(value))
    .map(([name]) => name);
  // A stream that copies another one holds messages that this relay has not put there.
  return [
    ...problems,
    ...['mirror', 'sources', 'republish', 'subject_transform'].filter((name) => memberOf(found, name) != null),
  ];
}

function memberOf(value: object, name: string): unknown {
  return (value as Record<string, unknown>)[name];
}

function absent(pinned: unknown): unknown {
  return typeof pinned === 'boolean' ? false : typeof pinned === 'number' ? 0 : undefined;
}
