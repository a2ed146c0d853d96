import { decodeBase64, duplicateMember, HASH_BYTES } from '../log/index.js';
import { ReceiptError } from './receipt-error.js';

export const RECEIPT_FORMAT = 'keyfold-receipt/1';

/** An RFC 6962 audit path, and between what it leads. */
export interface ReceiptInclusion {
  /** From 0; the record's position - 1. */
  readonly leafIndex: number;
  readonly treeSize: number;
  /** 32 bytes each, from the leaf up. */
  readonly hashes: readonly Buffer[];
}

/** A checkpoint that some processes have applied, and the proof that the record is in it. */
export interface ReceiptProof {
  /** C2SP signed note: the log's signature, then the cosignatures. */
  readonly checkpoint: string;
  readonly inclusion: ReceiptInclusion;
}

/** The record that enrols a process: there a cosignature's key comes from. */
export interface ReceiptEnrolment {
  readonly leaf: Buffer;
  /** In the tree of the first proof. */
  readonly inclusion: ReceiptInclusion;
}

/** What a receipt file says. Only {@link verifyReceipt} tells whether it is true. */
export interface Receipt {
  readonly position: number;
  readonly leaf: Buffer;
  readonly enrolments: readonly ReceiptEnrolment[];
  /** At least one, the largest tree first. */
  readonly proofs: readonly ReceiptProof[];
  /** C2SP signed note by the log's key. */
  readonly statement: string;
}

/** The text of a receipt file, with a newline at the end. */
export function encodeReceipt({ position, leaf, enrolments, proofs, statement }: Receipt): string {
  const file = {
    format: RECEIPT_FORMAT,
    position,
    leaf: leaf.toString('base64'),
    enrolments: enrolments.map((enrolment) => ({
      leaf: enrolment.leaf.toString('base64'),
      inclusion: encodeInclusion(enrolment.inclusion),
    })),
    proofs: proofs.map(({ checkpoint, inclusion }) => ({ checkpoint, inclusion: encodeInclusion(inclusion) })),
    statement,
  };
  return `${JSON.stringify(file)}\n`;
}

function encodeInclusion({ leafIndex, treeSize, hashes }: ReceiptInclusion): object {
  return { leafIndex, treeSize, hashes: hashes.map((hash) => hash.toString('base64')) };
}

/**
 * Reads a receipt file strictly: exactly the members of the format, none twice, base64 in its one spelling. White space
 * between them does not matter. Verifies nothing.
 *
 * @throws ReceiptError `MALFORMED`
 */
export function parseReceipt(text: string): Receipt {
  const file = members(
    parseJson(text),
    ['format', 'position', 'leaf', 'enrolments', 'proofs', 'statement'],
    'a receipt',
  );
  if (file['format'] !== RECEIPT_FORMAT) throw malformed(`the format is not ${RECEIPT_FORMAT}`);
  const proofs = list(file['proofs'], 'proofs').map(readProof);
  if (proofs.length === 0) throw malformed('there is no proof');
  return {
    position: wholeNumber(file['position'], 'the position'),
    leaf: bytes(file['leaf'], 'the leaf'),
    enrolments: list(file['enrolments'], 'enrolments').map(readEnrolment),
    proofs,
    statement: string(file['statement'], 'the statement'),
  };
}

function readProof(value: unknown): ReceiptProof {
  const { checkpoint, inclusion } = members(value, ['checkpoint', 'inclusion'], 'a proof');
  return { checkpoint: string(checkpoint, 'a checkpoint'), inclusion: readInclusion(inclusion) };
}

function readEnrolment(value: unknown): ReceiptEnrolment {
  const { inclusion, leaf } = members(value, ['leaf', 'inclusion'], 'an enrolment');
  return { leaf: bytes(leaf, 'the leaf of an enrolment'), inclusion: readInclusion(inclusion) };
}

function readInclusion(value: unknown): ReceiptInclusion {
  const { hashes, leafIndex, treeSize } = members(value, ['leafIndex', 'treeSize', 'hashes'], 'an inclusion proof');
  return {
    leafIndex: wholeNumber(leafIndex, 'a leaf index'),
    treeSize: wholeNumber(treeSize, 'a tree size'),
    hashes: list(hashes, 'the hashes').map((hash) => {
      const read = bytes(hash, 'a hash');
      if (read.byteLength !== HASH_BYTES) throw malformed(`a hash has not ${HASH_BYTES} bytes`);
      return read;
    }),
  };
}

function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the text.
    throw malformed('the file is not JSON, or was cut off');
  }
  if (duplicateMember(text) !== undefined) throw malformed('the file has a member twice');
  return value;
}

function members(value: unknown, names: readonly string[], what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is not an object`);
  const found = Object.keys(value);
  if (found.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) {
    throw malformed(`${what} has not exactly the members ${names.join(', ')}`);
  }
  return value as Readonly<Record<string, unknown>>; // an object, as checked above
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`${what} are not a list`);
  return value;
}

function string(value: unknown, what: string): string {
  if (typeof value !== 'string') throw malformed(`${what} is not a string`);
  return value;
}

function bytes(value: unknown, what: string): Buffer {
  const read = decodeBase64(string(value, what), 'base64');
  if (read === null) throw malformed(`${what} is not base64`);
  return read;
}

function wholeNumber(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw malformed(`${what} is not a whole number`);
  return value as number; // a safe integer, as checked above
}

function malformed(message: string): ReceiptError {
  return new ReceiptError('MALFORMED', message);
}
