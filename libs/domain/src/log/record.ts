import { CanonicalJsonError, canonicalMember, isMemberInOrder, type JsonObject } from './canonical-json.js';
import { recordProblem } from './record-members.js';

/** One record of the log, as its leaf bytes say it. */
export interface LogRecord {
  /** From 1, without gaps. The leaf index in the tree is position - 1. */
  position: number;
  /** `<category>/<id>`. */
  stream: string;
  /** Within the stream, from 1. */
  version: number;
  type: string;
  /** Shape of `data` and `sealed` for this type, from 1. */
  schemaVersion: number;
  /** RFC 3339, UTC, milliseconds; never decreasing along the log. */
  recordedAt: string;
  /** `user/<id>` or `system`. */
  actor: string;
  correlationId: string;
  data: JsonObject;
  /** Field name to commitment; empty if nothing is sealed. */
  sealed: Readonly<Record<string, string>>;
}

/** The bytes are no record, or the record has no valid bytes. */
export class RecordError extends Error {
  readonly code = 'INVALID_RECORD';
  override readonly name = 'RecordError';
}

/** The largest leaf, in bytes. A C2SP tile bundle states each entry's length in 16 bits. */
export const MAX_LEAF_BYTES = 65_535;

const MEMBERS_IN_ORDER: readonly string[] = [
  'actor',
  'correlationId',
  'data',
  'position',
  'recordedAt',
  'schemaVersion',
  'sealed',
  'stream',
  'type',
  'version',
];

/**
 * The leaf bytes of a record: the UTF-8 of its RFC 8785 canonical JSON, exactly the ten members.
 *
 * @throws RecordError if a member is missing, unknown or invalid, or the leaf would exceed {@link MAX_LEAF_BYTES}.
 */
export function encodeLeaf(record: LogRecord): Buffer {
  const problem = recordProblem(record);
  if (problem !== null) throw new RecordError(problem);
  const leaf = Buffer.from(canonicalRecord(record));
  if (leaf.byteLength > MAX_LEAF_BYTES) throw new RecordError(`a leaf of ${leaf.byteLength} bytes is too large`);
  return leaf;
}

/**
 * The record that leaf bytes say. Accepts nothing but what {@link encodeLeaf} can have made: ten members, each valid,
 * in canonical JSON. So no two readers can see different records in the same leaf (repeated members, for one).
 *
 * @throws RecordError if the bytes are anything else.
 */
export function decodeLeaf(bytes: Uint8Array): LogRecord {
  if (bytes.byteLength > MAX_LEAF_BYTES) throw new RecordError(`a leaf of ${bytes.byteLength} bytes is too large`);
  const text = utf8Text(bytes);
  const value = parseJson(text);
  const problem = recordProblem(value);
  if (problem !== null) throw new RecordError(problem);
  const record = value as LogRecord; // recordProblem has checked each member.
  if (!isCanonicalText(text, record)) throw new RecordError('not in canonical form');
  return record;
}

/**
 * Whether the text that the record was parsed from is its canonical one. The engine writes members down in the order in
 * which it has read them, faster than anything else can: if that is the canonical order, nothing has to be encoded
 * member by member. Names of digits alone it puts first, whatever was read.
 */
function isCanonicalText(text: string, record: LogRecord): boolean {
  return (isInOrder(record) ? JSON.stringify(record) : canonicalRecord(record)) === text;
}

function isInOrder(record: LogRecord): boolean {
  let at = 0;
  for (const name in record) if (name !== MEMBERS_IN_ORDER[at++]) return false;
  return refusing(() => isMemberInOrder(record.data) && isMemberInOrder(record.sealed));
}

/**
 * The ten members in canonical order. Most of them are of a form that needs no escapes, which {@link recordProblem} has
 * made sure of: writing those down is several times cheaper than encoding the record member by member.
 */
function canonicalRecord(record: LogRecord): string {
  const { actor, position, recordedAt, schemaVersion, stream, type, version } = record;
  const correlationId = JSON.stringify(record.correlationId);
  const data = refusing(() => canonicalMember(record.data));
  return `{"actor":"${actor}","correlationId":${correlationId},"data":${data},"position":${position},"recordedAt":"${recordedAt}","schemaVersion":${schemaVersion},"sealed":{${sealedMembers(record.sealed)}},"stream":"${stream}","type":"${type}","version":${version}}`;
}

function refusing<Result>(canonical: () => Result): Result {
  try {
    return canonical();
  } catch (error) {
    if (error instanceof CanonicalJsonError) throw new RecordError(error.message, { cause: error });
    throw error;
  }
}

function sealedMembers(sealed: LogRecord['sealed']): string {
  let members = '';
  for (const field of Object.keys(sealed).sort())
    members += `${members === '' ? '' : ','}"${field}":"${sealed[field]}"`;
  return members;
}

// Fatal: a replacement character would let different bytes pass for the same text. A byte order mark is text like any
// other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8Text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new RecordError('not UTF-8', { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the text.
    throw new RecordError('not JSON');
  }
}
