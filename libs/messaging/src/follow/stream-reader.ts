import { setTimeout as delay } from 'node:timers/promises';
import { DeliverPolicy, jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { failureText, type FeedLog } from '../feed-log.js';
import { decodeCheckpointHeader } from '../log-message.js';
import { CHECKPOINT_HEADER, OPENINGS_HEADER } from '../names.js';
import type { NatsLink } from '../nats/nats-link.js';
import type { RawEntry } from './verified-batch.js';

/** Settings of a {@link StreamReader}. */
export interface StreamReaderOptions {
  readonly link: NatsLink;
  readonly stream: string;
  /** Where to start: asked at each (re)start of the consumer. */
  readonly nextPosition: () => number;
  /** Takes a message; a promise holds back the following ones until it resolves. */
  readonly onEntry: (entry: RawEntry) => Promise<void> | undefined;
  readonly log: FeedLog;
}

const RETRY_MS = 250;
const REQUEST_TIMEOUT_MS = 2_000;
const IDLE_HEARTBEAT_MS = 1_000;
const PULL_MESSAGES = 4_096;
// What the server keeps of a consumer whose reader is gone.
const INACTIVE_THRESHOLD_MS = 30_000;
/** After these the consumer is made anew: it is gone, or nobody knows what it will deliver. */
const ENDS_CONSUMER: ReadonlySet<string> = new Set([
  'heartbeats_missed',
  'consumer_deleted',
  'consumer_not_found',
  'stream_not_found',
  'ordered_consumer_recreated',
  'no_responders',
]);

/**
 * Reads the stream through an ordered consumer and makes a new one whenever anything is odd. Vouches for nothing: neither
 * that messages are in order nor that all come. A durable consumer is not used, since one can miss messages of a damaged
 * stream while it reports that nothing is pending.
 */
export class StreamReader {
  private messages: ConsumerMessages | undefined;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private endWait: (() => void) | undefined;

  constructor(private readonly options: StreamReaderOptions) {}

  /** Whether a consumer is open. */
  get isOpen(): boolean {
    return this.messages !== undefined;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Makes a new consumer from `nextPosition()` on. */
  restart(): void {
    this.messages?.stop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.messages?.stop();
    this.endWait?.();
    await this.running;
  }

  private async run(): Promise<void> {
    const { link, log } = this.options;
    const unsubscribe = link.onConnect(() => {
      this.endWait?.();
      this.restart();
    });
    let lastFailure = '';
    while (!this.stopping.signal.aborted) {
      const { connection } = link;
      if (connection === undefined) {
        await this.connected();
        continue;
      }
      try {
        await this.consume(connection);
        lastFailure = '';
      } catch (error) {
        const failure = failureText(error);
        if (failure !== lastFailure) log.warn({ reason: failure }, 'the stream cannot be read; refilling meanwhile');
        lastFailure = failure;
      }
      await delay(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
    unsubscribe();
  }

  private connected(): Promise<void> {
    return new Promise((resolve) => {
      this.endWait = resolve;
    });
  }

  private async consume(connection: NatsConnection): Promise<void> {
    const consumer = await jetstream(connection, { timeout: REQUEST_TIMEOUT_MS }).consumers.get(this.options.stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.options.nextPosition(),
      inactive_threshold: INACTIVE_THRESHOLD_MS,
    });
    const messages = await consumer.consume({ max_messages: PULL_MESSAGES, idle_heartbeat: IDLE_HEARTBEAT_MS });
    this.messages = messages;
    try {
      if (this.stopping.signal.aborted) return;
      void endWhenOdd(messages);
      for await (const message of messages) {
        const wait = this.options.onEntry(entryOf(message));
        if (wait !== undefined) await wait;
      }
    } finally {
      this.messages = undefined;
      messages.stop();
      if (!connection.isClosed()) await consumer.delete().catch(() => false);
    }
  }
}

async function endWhenOdd(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) if (ENDS_CONSUMER.has(type)) messages.stop();
}

function entryOf(message: JsMsg): RawEntry {
  const { headers } = message;
  const checkpoint = headers?.get(CHECKPOINT_HEADER) ?? '';
  return {
    position: message.seq,
    leaf: message.data,
    openings: headers?.get(OPENINGS_HEADER) ?? '',
    checkpoint: checkpoint === '' ? null : decodeCheckpointHeader(checkpoint),
  };
}
