import { decodeLeaf, type GenuineSignatures, type LogRecord, type NoteVerifier, RecordError } from '../log/index.js';
import { type EnrolledProcess, readEnrolmentRecord } from './enrolment.js';
import { parseReceipt, type Receipt } from './receipt.js';
import { ReceiptError, type ReceiptRefusal } from './receipt-error.js';
import { type Cosigned, openProofs, type ProvenTree, readCosignatures, requireInclusion } from './receipt-trees.js';
import { openStatement, type StatementLine } from './statement.js';

export interface ReceiptExpectations {
  /** The log's key, pinned by whoever checks. */
  readonly logKey: NoteVerifier;
  /**
   * Pinned verifier keys of gateway processes. The receipt must name each of them, and each `applied` line must be by
   * one of them. Without this option one has to trust the log for the list of gateways and for their keys.
   */
  readonly gateways?: readonly string[];
  /** The id of the API key that the record must concern. */
  readonly expectKey?: string;
  /** Cosignatures that the caller has verified already are not checked again. */
  readonly signatures?: GenuineSignatures;
}

/** How one incarnation of a gateway process stands in a verified receipt. */
export interface ReceiptProcess {
  readonly gatewayId: string;
  /** `-` for a process of an older version. */
  readonly slot: string;
  /** `applied` is proven by a cosignature; for `lease-ended` one has to trust the log. */
  readonly by: 'applied' | 'lease-ended';
  /** Size of the cosigned checkpoint. */
  readonly size: number | null;
  /** When the log counted it; RFC 3339. */
  readonly at: string;
  /** The key of the cosignature. */
  readonly verifierKey: string | null;
  /** The time in the cosignature, by the process's own clock; POSIX seconds. */
  readonly cosignedAtSeconds: number | null;
}

export interface VerifiedReceipt {
  readonly origin: string;
  readonly position: number;
  readonly record: LogRecord;
  /** The id of the API key whose stream the record is in; null for a record of another stream. */
  readonly keyId: string | null;
  readonly processes: readonly ReceiptProcess[];
  /** The latest time among the processes; null if there are none. RFC 3339. */
  readonly confirmedAt: string | null;
}

export type ReceiptVerdict =
  | ({ readonly isGenuine: true } & VerifiedReceipt)
  | { readonly isGenuine: false; readonly code: ReceiptRefusal; readonly reason: string };

const KEY_STREAM = 'api-key/';

/**
 * Checks a receipt file offline, by the log's public key alone: that the log says that this record is in it, and that
 * each process that stands as `applied` has cosigned, by the key that a record of the log gave it, a tree that has the
 * record. Never throws for what the file says.
 *
 * @param file the text of the file
 */
export function verifyReceipt(file: string, expected: ReceiptExpectations): ReceiptVerdict {
  try {
    const receipt = parseReceipt(file);
    const record = recordOf(receipt);
    requireKey(record, expected.expectKey);
    return { isGenuine: true, ...verified(receipt, record, expected) };
  } catch (error) {
    if (!(error instanceof ReceiptError)) throw error;
    return { isGenuine: false, code: error.code, reason: error.message };
  }
}

function verified(
  receipt: Receipt,
  record: LogRecord,
  { gateways, logKey, signatures }: ReceiptExpectations,
): VerifiedReceipt {
  const trees = openProofs(receipt, logKey);
  const { lines, position } = openStatement(receipt.statement, logKey);
  if (position !== receipt.position) throw new ReceiptError('STATEMENT', 'the statement is about another position');
  const enrolled = readEnrolments(receipt, trees, lines).map((process) => ({
    ...process,
    key: signatures?.remembering(process.key) ?? process.key,
  }));
  requireOwnTrees(trees, lines);
  const cosignatures = trees.map((tree) => readCosignatures(tree, enrolled, logKey));
  const processes = lines.map((line) => processOf(line, trees, cosignatures));
  if (gateways !== undefined) requirePinned(processes, gateways);
  return {
    origin: logKey.name,
    position,
    record,
    keyId: keyIdOf(record),
    processes,
    confirmedAt: processes.map(({ at }) => at).reduce<string | null>(later, null),
  };
}

const later = (latest: string | null, at: string): string => (latest !== null && latest > at ? latest : at);

function recordOf({ leaf, position }: Receipt): LogRecord {
  let record: LogRecord;
  try {
    record = decodeLeaf(leaf);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new ReceiptError('RECORD', `the leaf is not a record: ${error.message}`, { cause: error });
  }
  if (record.position === position) return record;
  throw new ReceiptError('RECORD', `the leaf is the record at position ${record.position}, not ${position}`);
}

function keyIdOf({ stream }: LogRecord): string | null {
  return stream.startsWith(KEY_STREAM) ? stream.slice(KEY_STREAM.length) : null;
}

function requireKey(record: LogRecord, expectKey: string | undefined): void {
  const keyId = keyIdOf(record);
  if (expectKey === undefined || keyId === expectKey) return;
  const concerns = keyId === null ? `is in the stream ${record.stream}` : `concerns the key ${keyId}`;
  throw new ReceiptError('KEY', `the record ${concerns}, not the key ${expectKey}`);
}

function readEnrolments(
  { enrolments }: Receipt,
  [largest]: readonly ProvenTree[],
  lines: readonly StatementLine[],
): readonly EnrolledProcess[] {
  const enrolled = enrolments.map(({ inclusion, leaf }) => {
    const process = readEnrolmentRecord(leaf);
    if (largest === undefined) throw new ReceiptError('CHECKPOINT', 'there is no proof');
    requireInclusion({ leaf, position: process.position }, inclusion, largest);
    return process;
  });
  enrolled.forEach((process, at) => {
    requireEnrolledOnce(process, enrolled.slice(0, at));
    const { gatewayId, slot } = process;
    if (lines.some((line) => line.gatewayId === gatewayId && line.slot === slot)) return;
    throw new ReceiptError('ENROLMENT', `the statement does not name the enrolled process ${gatewayId}/${slot}`);
  });
  return enrolled;
}

/**
 * What is cosigned does not say by whom (C2SP tlog-cosignature), so one key under two names would let one process stand
 * for two.
 */
function requireEnrolledOnce({ key, position }: EnrolledProcess, before: readonly EnrolledProcess[]): void {
  if (before.some((other) => other.position === position)) {
    throw new ReceiptError('ENROLMENT', `the enrolment at position ${position} is there twice`);
  }
  const sameKey = before.find((other) => other.key.name !== key.name && publicKeyOf(other.key) === publicKeyOf(key));
  if (sameKey === undefined) return;
  throw new ReceiptError('ENROLMENT', `${key.name} is enrolled with the key of ${sameKey.key.name}`);
}

function publicKeyOf({ keyId, name, verifierKey }: EnrolledProcess['key']): string {
  return verifierKey.slice(`${name}+${keyId}+`.length);
}

/** Every tree but the first, which proves the enrolments, must be there for a line's sake. */
function requireOwnTrees(trees: readonly ProvenTree[], lines: readonly StatementLine[]): void {
  for (const { size } of trees.slice(1)) {
    if (lines.some((line) => line.by === 'applied' && line.size === size)) continue;
    throw new ReceiptError('CHECKPOINT', `no line of the statement names the checkpoint of size ${size}`);
  }
}

function processOf(
  line: StatementLine,
  trees: readonly ProvenTree[],
  cosignatures: readonly (readonly Cosigned[])[],
): ReceiptProcess {
  const { at, gatewayId, slot } = line;
  if (line.by === 'lease-ended') {
    return { gatewayId, slot, by: line.by, size: null, at, verifierKey: null, cosignedAtSeconds: null };
  }
  const { by, size } = line;
  const nth = trees.findIndex((tree) => tree.size === size);
  const own = cosignatures[nth]?.find((cosigned) => cosigned.gatewayId === gatewayId && cosigned.slot === slot);
  if (own === undefined) {
    const reason = `${gatewayId}/${slot} stands as applied, and has no cosignature of a checkpoint of size ${size}`;
    throw new ReceiptError('COSIGNATURE', reason);
  }
  const { key, timeSeconds } = own;
  return { gatewayId, slot, by, size, at, verifierKey: key.verifierKey, cosignedAtSeconds: timeSeconds };
}

function requirePinned(processes: readonly ReceiptProcess[], pinned: readonly string[]): void {
  for (const { gatewayId, slot, verifierKey } of processes) {
    if (verifierKey !== null && !pinned.includes(verifierKey)) {
      throw new ReceiptError('GATEWAYS', `the key of ${gatewayId}/${slot} is not one of the pinned keys`);
    }
  }
  for (const key of pinned) {
    if (processes.some(({ gatewayId, slot }) => key.startsWith(`${gatewayId}/${slot}+`))) continue;
    throw new ReceiptError('GATEWAYS', `the receipt does not name the pinned process ${key.split('+', 1).join('')}`);
  }
}
