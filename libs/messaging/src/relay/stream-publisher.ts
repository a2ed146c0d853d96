import { createInbox, headers, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { SourceRecord } from '../ports/log-source.js';
import { encodeCheckpointHeader, encodeOpenings } from '../protocol/log-message.js';
import {
  CHECKPOINT_HEADER,
  EXPECTED_LAST_SEQUENCE_HEADER,
  type FeedNames,
  OPENINGS_HEADER,
} from '../protocol/names.js';
import { streamRefusal } from '../transport/stream-refused.js';

/** JetStream's error code for a message whose expected last sequence is not the stream's. */
const WRONG_LAST_SEQUENCE = 10071;
const ACK_TIMEOUT_MS = 5_000;

/** The stream's last sequence is not what this relay believed: another relay, or a stream that lost something. */
export class WrongSequenceError extends Error {}

interface Batch {
  readonly first: number;
  readonly last: number;
  outstanding: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Publishes records at exactly their position: each message names the sequence before its own as the stream's last, so
 * the server refuses it anywhere else, whoever sends it and however late. Messages are pipelined; acknowledgements are
 * counted on one inbox, since a promise for each message would cost more than the message.
 */
export class StreamPublisher {
  private readonly inbox = createInbox();
  private readonly subscription: Subscription;
  private readonly batches: Batch[] = [];

  constructor(
    private readonly connection: NatsConnection,
    private readonly names: FeedNames,
  ) {
    this.subscription = connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.acknowledge(message);
        else this.failAll(error);
      },
    });
  }

  /**
   * Publishes contiguous records, the last one with the checkpoint of its size. Batches may be outstanding at once, in
   * order.
   *
   * @returns a promise of all acknowledgements
   * @throws WrongSequenceError and others through the promise; then what follows has failed too
   */
  publish(records: readonly SourceRecord[], note: string): Promise<void> {
    const first = records[0]?.record.position;
    const last = records.at(-1)?.record.position;
    if (first === undefined || last === undefined) return Promise.resolve();
    const acknowledged = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.failAll(new Error('the stream did not acknowledge in time'));
      }, ACK_TIMEOUT_MS);
      this.batches.push({ first, last, outstanding: records.length, timer, resolve, reject });
    });
    // Sending itself may throw (the connection has been closed); then nobody waits for this promise.
    acknowledged.catch(() => undefined);
    for (const source of records) this.send(source, source.record.position === last ? note : null);
    return acknowledged;
  }

  /** Gives up what is outstanding. What has been sent may still be stored, at its own position or not at all. */
  close(): void {
    this.failAll(new Error('the publisher was closed'));
    this.subscription.unsubscribe();
  }

  private send({ record, leaf, openings }: SourceRecord, note: string | null): void {
    const head = headers();
    head.set(EXPECTED_LAST_SEQUENCE_HEADER, String(record.position - 1));
    const sent = encodeOpenings(openings);
    if (sent !== null) head.set(OPENINGS_HEADER, sent);
    if (note !== null) head.set(CHECKPOINT_HEADER, encodeCheckpointHeader(note));
    const reply = `${this.inbox}.${record.position}`;
    this.connection.publish(this.names.subjectOf(record.stream), leaf, { headers: head, reply });
  }

  private acknowledge(message: Msg): void {
    const position = Number(message.subject.slice(this.inbox.length + 1));
    const batch = this.batches.find(({ first, last }) => position >= first && position <= last);
    if (batch === undefined) return;
    const failure = failureOf(message, position);
    if (failure !== null) {
      this.failAll(failure);
      return;
    }
    batch.outstanding -= 1;
    if (batch.outstanding > 0) return;
    clearTimeout(batch.timer);
    this.batches.splice(this.batches.indexOf(batch), 1);
    batch.resolve();
  }

  private failAll(error: Error): void {
    for (const { timer, reject } of this.batches.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }
}

function failureOf(message: Msg, position: number): Error | null {
  if (message.headers?.code === 503) return new Error('no stream takes this subject');
  let acknowledgement: { seq?: unknown; error?: { err_code?: unknown; description?: unknown } };
  try {
    acknowledgement = message.json();
  } catch {
    return new Error('an acknowledgement is malformed');
  }
  const { error, seq } = acknowledgement;
  if (error === undefined) {
    return seq === position ? null : new WrongSequenceError(`record ${position} was stored as ${String(seq)}`);
  }
  const description = typeof error.description === 'string' ? error.description : 'the stream refuses a record';
  if (error.err_code === WRONG_LAST_SEQUENCE) return new WrongSequenceError(description);
  return streamRefusal(Number(error.err_code), description) ?? new Error(description);
}
