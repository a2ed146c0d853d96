import { setTimeout as delay } from 'node:timers/promises';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { failureText, type FeedLog } from '../ports/feed-log.js';
import { decodeCheckpointHeader } from '../protocol/log-message.js';
import { CHECKPOINT_HEADER, OPENINGS_HEADER } from '../protocol/names.js';
import type { NatsLink } from '../transport/nats-link.js';
import type { RawEntry } from '../verify/verified-batch.js';
import { headerReader } from './header-reader.js';
import { PullConsumer } from './pull-consumer.js';

/** Settings of a {@link FeedReader}. */
export interface FeedReaderOptions {
  readonly link: NatsLink;
  readonly stream: string;
  /** Where to start: asked at each (re)start of the consumer. */
  readonly nextPosition: () => number;
  /** Takes a message; a promise holds back the following ones until it resolves. */
  readonly onEntry: (entry: RawEntry) => Promise<void> | undefined;
  readonly log: FeedLog;
}

const RETRY_MS = 250;

/**
 * Reads the stream through a nameless consumer and makes a new one whenever anything is odd. Vouches for nothing:
 * neither that messages are in order nor that all come. A durable consumer is not used, since one can miss messages of
 * a damaged stream while it reports that nothing is pending.
 */
export class FeedReader {
  private consumer: PullConsumer | undefined;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private endWait: (() => void) | undefined;

  constructor(private readonly options: FeedReaderOptions) {}

  /** Whether a consumer is open. */
  get isOpen(): boolean {
    return this.consumer !== undefined;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Makes a new consumer from `nextPosition()` on. */
  restart(): void {
    this.consumer?.stop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.consumer?.stop();
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
    const { nextPosition, onEntry, stream } = this.options;
    const consumer = await PullConsumer.open({
      connection,
      stream,
      startAt: nextPosition(),
      onMessage: (message, sequence) => onEntry(entryOf(message, sequence)),
    });
    this.consumer = consumer;
    try {
      if (!this.stopping.signal.aborted) await consumer.ended;
    } finally {
      this.consumer = undefined;
      await consumer.remove();
    }
  }
}

function entryOf(message: Msg, position: number): RawEntry {
  const header = headerReader(message);
  const checkpoint = header(CHECKPOINT_HEADER);
  return {
    position,
    leaf: message.data,
    openings: header(OPENINGS_HEADER),
    checkpoint: checkpoint === '' ? null : decodeCheckpointHeader(checkpoint),
  };
}
