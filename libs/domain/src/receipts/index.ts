export {
  parseReceipt,
  type Receipt,
  type ReceiptEnrolment,
  type ReceiptInclusion,
  type ReceiptProof,
} from './receipt.js';
export { ReceiptError, type ReceiptRefusal } from './receipt-error.js';
export { type Statement, type StatementLine } from './statement.js';
export { buildReceipt, type ReceiptParts } from './build-receipt.js';
export {
  verifyReceipt,
  type ReceiptExpectations,
  type ReceiptProcess,
  type ReceiptVerdict,
  type VerifiedReceipt,
} from './verify-receipt.js';
export { mayHaveLease, standingOf, type Cosigned, type LeaseStanding, type ReadLeaseRow } from './lease-standing.js';
