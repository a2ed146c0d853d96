import type { NoteSigner } from '../log/index.js';
import { encodeReceipt, type ReceiptEnrolment, type ReceiptProof } from './receipt.js';
import { signStatement, type StatementLine } from './statement.js';

/** What a receipt is made of, read by the caller. */
export interface ReceiptParts {
  readonly position: number;
  /** The record's leaf bytes. */
  readonly leaf: Buffer;
  /** One for each size that an `applied` line names, and the one that covers all enrolments; in any order. */
  readonly proofs: readonly ReceiptProof[];
  /** The records with the keys that the cosignatures are checked by; proven in the largest tree. */
  readonly enrolments: readonly ReceiptEnrolment[];
  /** One for each lease row. */
  readonly lines: readonly StatementLine[];
}

/**
 * The receipt file of a confirmed write. It puts together and signs; whether the parts prove anything is for
 * {@link verifyReceipt}, which the caller asks before the receipt leaves.
 *
 * @param signer the log's key; its name is the origin
 * @throws ReceiptError `STATEMENT` for a line that has no place in a statement
 */
export function buildReceipt({ lines, position, proofs, ...parts }: ReceiptParts, signer: NoteSigner): string {
  const largestFirst = [...proofs].sort((left, right) => right.inclusion.treeSize - left.inclusion.treeSize);
  const statement = signStatement({ origin: signer.name, position, lines }, signer);
  return encodeReceipt({ ...parts, position, proofs: largestFirst, statement });
}
