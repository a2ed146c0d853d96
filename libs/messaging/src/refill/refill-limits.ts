import type { SourceRecord } from '../ports/log-source.js';
import { feedOpenings } from '../protocol/log-message.js';
import type { ProvenRecord } from '../verify/erasure.js';

/** Most records in one refill. */
export const MAX_REFILL_RECORDS = 500;

const OVERHEAD_OF_RECORD_BYTES = 40;
const OVERHEAD_OF_PROOF_BYTES = 80;
/** 32 bytes in base64, quoted twice, and a comma. */
const HASH_BYTES = 49;

/** What a record takes in a reply, roughly. */
export function bytesOfRecord({ leaf, openings }: SourceRecord): number {
  // As JSON text within JSON text.
  const sent = JSON.stringify(JSON.stringify(feedOpenings(openings)));
  return base64Bytes(leaf) + Buffer.byteLength(sent) + OVERHEAD_OF_RECORD_BYTES;
}

/** What a proven record takes in a reply, roughly. */
export function bytesOfProof({ leaf, proof }: ProvenRecord): number {
  return base64Bytes(leaf) + proof.length * HASH_BYTES + OVERHEAD_OF_PROOF_BYTES;
}

function base64Bytes({ byteLength }: Uint8Array): number {
  return Math.ceil(byteLength / 3) * 4;
}
