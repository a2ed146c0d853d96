import type { NatsConnection } from '@nats-io/transport-node';
import { decodeLeaf, type LogRecord } from '@keyfold/domain';
import { LogStream } from '../transport/log-stream.js';
import { readable } from './stream-comparison.js';

/** Where to read on the stream. */
export interface KeptPart {
  /** Only records behind this position. */
  readonly after: number;
  readonly limit: number;
}

/**
 * Records as the stream has kept them, whatever the log says: after a fork it has what the database lost. Nothing of it
 * is proven here, so it serves people who look for what is gone, and nothing else.
 *
 * @param logKeyId of the log as it was when the stream was written
 * @returns at most `limit` of them in order; messages that are gone or cannot be read are left out
 */
export async function keptRecords(
  connection: NatsConnection,
  logKeyId: string,
  { after, limit }: KeptPart,
): Promise<LogRecord[]> {
  const stream = await LogStream.open(connection, logKeyId);
  const last = (await stream.state())?.lastSequence ?? 0;
  const records: LogRecord[] = [];
  for (let position = after + 1; position <= last && records.length < limit; position += 1) {
    const message = await readable(stream, position);
    const record = message === null ? null : recordOf(message.leaf);
    if (record !== null) records.push(record);
  }
  return records;
}

function recordOf(leaf: Uint8Array): LogRecord | null {
  try {
    return decodeLeaf(leaf);
  } catch {
    return null;
  }
}
