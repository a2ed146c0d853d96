import {
  type Consumer,
  DeliverPolicy,
  jetstream,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeCheckpointHeader } from '../protocol/log-message.js';
import { CHECKPOINT_HEADER, OPENINGS_HEADER, pinnedStreamConfig } from '../protocol/names.js';
import { streamRefusal } from './stream-refused.js';

const REQUEST_TIMEOUT_MS = 5_000;
const FETCH_TIMEOUT_MS = 1_000;
/** A consumer that brings nothing for so many fetches, while the server answers everything else, will bring nothing. */
const MAX_EMPTY_FETCHES = 15;
const STREAM_NOT_FOUND = 10059;
/** What a server answers that has no such message to delete: which of the two depends on how the message went. */
const NOTHING_TO_DELETE: ReadonlySet<number> = new Set([10043, 10057]);
/** The server names every message that is gone in one answer, which must fit into a message. */
const MAX_DETAILED = 50_000;
/** Of a stream that was emptied not every position need be named to know that it is damaged. */
const MAX_LISTED = 100_000;

/** What the server says about the stream. */
export interface StreamState {
  readonly config: StreamConfig;
  readonly lastSequence: number;
  /** Sequences up to the last that the stream does not hold, in order; null if they are too many to be named. */
  readonly missing: readonly number[] | null;
  readonly missingCount: number;
}

/** A message as the stream holds it. */
export interface StoredMessage {
  readonly sequence: number;
  readonly leaf: Uint8Array;
  readonly openings: string;
  readonly checkpoint: string | null;
}

/** The relay's view of the stream: state, messages, making and removing it. */
export class LogStream {
  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly logKeyId: string,
  ) {}

  static async open(connection: NatsConnection, logKeyId: string): Promise<LogStream> {
    const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
    return new LogStream(connection, manager, logKeyId);
  }

  private get name(): string {
    return pinnedStreamConfig(this.logKeyId).name;
  }

  /** @returns null if there is no such stream */
  async state(): Promise<StreamState | null> {
    try {
      const { config, state } = await this.manager.streams.info(this.name);
      const missingCount = Math.max(0, state.last_seq - state.messages);
      if (state.num_deleted > MAX_DETAILED)
        return { config, lastSequence: state.last_seq, missing: null, missingCount };
      if (missingCount === 0) return { config, lastSequence: state.last_seq, missing: [], missingCount };
      const detailed = await this.manager.streams.info(this.name, { deleted_details: true });
      return { config, ...placesOf(detailed.state) };
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return null;
      throw error;
    }
  }

  /**
   * @param maxBytes as in {@link pinnedStreamConfig}
   * @throws StreamRefusedError if the account gives no room for it
   */
  async create(maxBytes?: number): Promise<void> {
    try {
      await this.manager.streams.add(pinnedStreamConfig(this.logKeyId, maxBytes));
    } catch (error) {
      throw error instanceof JetStreamApiError ? (streamRefusal(error.code, error.message) ?? error) : error;
    }
  }

  async remove(): Promise<void> {
    await this.manager.streams.delete(this.name);
  }

  /** Overwrites a message with random bytes and removes it. One that is not there any more is erased already. */
  async erase(sequence: number): Promise<void> {
    try {
      await this.manager.streams.deleteMessage(this.name, sequence, true);
    } catch (error) {
      const isRefused = error instanceof JetStreamApiError && NOTHING_TO_DELETE.has(error.code);
      if (!isRefused || (await this.message(sequence)) !== null) throw error;
    }
  }

  /** @returns null if the stream does not hold it */
  async message(sequence: number): Promise<StoredMessage | null> {
    const stored = await this.manager.streams.getMessage(this.name, { seq: sequence });
    if (stored === null) return null;
    const { data, header, seq } = stored;
    return messageOf({ seq, data, headers: header });
  }

  /**
   * Reads as a follower reads, through a consumer: a damaged file can answer for single messages and yet deliver
   * nothing. That a fetch brings less than it could says nothing of the stream. It ends with all of them; or once the
   * server itself says that the consumer has no more to come; or when it has answered for several fetches in a row and
   * delivered nothing in them.
   *
   * @returns what was delivered, at most `count` messages from `first` on
   * @throws if the server does not answer
   */
  async window(first: number, count: number): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    for (let empty = 0; found.length < count && empty < MAX_EMPTY_FETCHES;) {
      const next = (found.at(-1)?.sequence ?? first - 1) + 1;
      const { messages, pending } = await this.deliveredFrom(next, count - found.length);
      if (pending === 0) break;
      found.push(...messages);
      empty = messages.length === 0 ? empty + 1 : 0;
    }
    return found;
  }

  // By a consumer of its own: what one has sent and nobody has received is not sent by it again.
  private async deliveredFrom(first: number, count: number): Promise<{ messages: StoredMessage[]; pending: number }> {
    const consumer = await jetstream(this.connection, { timeout: REQUEST_TIMEOUT_MS }).consumers.get(this.name, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: first,
      inactive_threshold: 10 * FETCH_TIMEOUT_MS,
    });
    try {
      const { num_pending: pending } = await consumer.info(true);
      return { pending, messages: pending === 0 ? [] : await fetched(consumer, Math.min(count, pending)) };
    } finally {
      await consumer.delete().catch(() => false);
    }
  }
}

async function fetched(consumer: Consumer, count: number): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  const messages = await consumer.fetch({ max_messages: count, expires: FETCH_TIMEOUT_MS });
  // The client waits for the server to end a fetch, for good if that has fallen silent.
  const timer = setTimeout(() => {
    messages.stop();
  }, 2 * FETCH_TIMEOUT_MS);
  try {
    for await (const { seq, data, headers } of messages) {
      found.push(messageOf({ seq, data, headers }));
      if (found.length >= count) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return found;
}

function messageOf(stored: {
  seq: number;
  data: Uint8Array;
  headers: { get(name: string): string } | undefined;
}): StoredMessage {
  const checkpoint = stored.headers?.get(CHECKPOINT_HEADER) ?? '';
  return {
    sequence: stored.seq,
    leaf: stored.data,
    openings: stored.headers?.get(OPENINGS_HEADER) ?? '',
    checkpoint: checkpoint === '' ? null : decodeCheckpointHeader(checkpoint),
  };
}

function placesOf(state: {
  first_seq: number;
  last_seq: number;
  messages: number;
  deleted?: number[];
}): Pick<StreamState, 'lastSequence' | 'missing' | 'missingCount'> {
  const missing = missingOf(state);
  return { lastSequence: state.last_seq, missing, missingCount: missing.length };
}

function missingOf(state: { first_seq: number; last_seq: number; messages: number; deleted?: number[] }): number[] {
  if (state.last_seq === state.messages) return [];
  // An empty stream's first sequence is the one after its last.
  const before = Math.min(state.first_seq - 1, state.last_seq, MAX_LISTED);
  const purged = Array.from({ length: before }, (_, index) => index + 1);
  return [...purged, ...(state.deleted ?? [])];
}
