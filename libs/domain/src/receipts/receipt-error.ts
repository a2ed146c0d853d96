/** Why a receipt is refused; stable, for programs. */
export type ReceiptRefusal =
  /** Not the JSON of a receipt: cut off, another format, a missing, unknown or repeated member. */
  | 'MALFORMED'
  /** The leaf is not a record, or not the one at the receipt's position. */
  | 'RECORD'
  /** A checkpoint is malformed, not signed by the log's key, too small, or out of order. */
  | 'CHECKPOINT'
  /** An inclusion proof does not lead to the signed root. */
  | 'INCLUSION'
  /** A record under `enrolments` does not enrol a process that the statement names. */
  | 'ENROLMENT'
  /** A cosignature is missing, wrong, or by a key that is not enrolled. */
  | 'COSIGNATURE'
  /** The statement is malformed, not signed by the log's key, or about another position. */
  | 'STATEMENT'
  /** The receipt does not agree with the pinned keys of the gateways. */
  | 'GATEWAYS'
  /** The record concerns another key than the expected one. */
  | 'KEY';

/** A receipt is refused. The message has no part of the file longer than a name. */
export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';

  constructor(
    readonly code: ReceiptRefusal,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
