import {
  type CosignatureVerifier,
  decodeLeaf,
  type LogRecord,
  parseCosignerVerifierKey,
  RecordError,
} from '../log/index.js';
import { readLogEvent } from '../model/index.js';
import { ReceiptError } from './receipt-error.js';

/** A process of a gateway and its key, as a record of the log says it. */
export interface EnrolledProcess {
  /** Of the record. */
  readonly position: number;
  readonly gatewayId: string;
  readonly slot: string;
  readonly key: CosignatureVerifier;
}

/**
 * Reads a `GatewayEnrolled` record: the stream, the members and the key's name must all name the same process.
 *
 * @throws ReceiptError `ENROLMENT`
 */
export function readEnrolmentRecord(leaf: Uint8Array): EnrolledProcess {
  const record = recordOf(leaf);
  const read = readLogEvent(record);
  if (read.kind !== 'event' || read.event.type !== 'GatewayEnrolled') {
    const detail = read.kind === 'invalid' ? `: ${read.detail}` : '';
    throw refused(`the record at position ${record.position} enrols no gateway process${detail}`);
  }
  const { gatewayId, process: slot, verifierKey } = read.event.data;
  return { position: record.position, gatewayId, slot, key: parseCosignerVerifierKey(verifierKey) };
}

function recordOf(leaf: Uint8Array): LogRecord {
  try {
    return decodeLeaf(leaf);
  } catch (error) {
    if (error instanceof RecordError) throw refused(`an enrolment is no record: ${error.message}`, { cause: error });
    throw error;
  }
}

function refused(message: string, options?: ErrorOptions): ReceiptError {
  return new ReceiptError('ENROLMENT', message, options);
}
