import { AckPolicy, DeliverPolicy, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, nanos, type NatsConnection, type Subscription } from '@nats-io/transport-node';

/** Settings of a {@link PullConsumer}. */
export interface PullConsumerOptions {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly startAt: number;
  /** Takes a message and its sequence; a promise holds back the following ones until it resolves. */
  readonly onMessage: (message: Msg, sequence: number) => Promise<void> | undefined;
}

const REQUEST_TIMEOUT_MS = 2_000;
const IDLE_HEARTBEAT_MS = 1_000;
/** Whatever the server has to say comes within the time of this many heartbeats. */
const MAX_SILENT_HEARTBEATS = 2;
const PULL_MESSAGES = 4_096;
const PULL_EXPIRES_MS = 30_000;
// What the server keeps of a consumer whose reader is gone.
const INACTIVE_THRESHOLD_MS = 30_000;
const HEARTBEAT = 100;
const PULL_EXPIRED = 408;
const PENDING_MESSAGES_HEADER = 'Nats-Pending-Messages';

/**
 * A nameless consumer that pulls a stream from one sequence on, for a reader who checks everything and begins anew
 * whenever something is odd. So it does what the client's own consumers do for each message (iterators, delivery
 * counts, several attempts) not at all: a gateway that catches up spends its time there. The client's ordered consumer
 * takes almost twice the processor time for a message (bench part `hand-written`: 1.9 times the messages).
 */
export class PullConsumer {
  /** Resolves when nothing more will come: it was stopped, or it is gone, silent, or not what was asked for. */
  readonly ended: Promise<void>;
  private readonly inbox = createInbox();
  private readonly plainReply: string;
  private readonly subscription: Subscription;
  private readonly monitor: NodeJS.Timeout;
  /** Messages that the server may still send. */
  private requested = 0;
  private silentHeartbeats = 0;
  private isHeldBack = false;
  private waiting: Msg[] = [];
  private end: () => void = () => undefined;

  private constructor(
    private readonly options: PullConsumerOptions,
    private readonly manager: JetStreamManager,
    private readonly name: string,
  ) {
    this.plainReply = `$JS.ACK.${options.stream}.${name}.`;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.subscription = options.connection.subscribe(this.inbox, {
      callback: (error, message) => {
        if (error === null) this.receive(message);
        else this.stop();
      },
    });
    this.monitor = setInterval(() => {
      // A busy process may look at the clock before it looks at its socket, but not several times in a row.
      if (!this.isHeldBack && ++this.silentHeartbeats > MAX_SILENT_HEARTBEATS) this.stop();
    }, IDLE_HEARTBEAT_MS);
    this.pull();
  }

  /** @throws if the server does not make it */
  static async open(options: PullConsumerOptions): Promise<PullConsumer> {
    const { connection, startAt, stream } = options;
    const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
    const { name } = await manager.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: startAt,
      inactive_threshold: nanos(INACTIVE_THRESHOLD_MS),
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
    });
    return new PullConsumer(options, manager, name);
  }

  /** Delivers nothing more. */
  stop(): void {
    clearInterval(this.monitor);
    this.waiting = [];
    this.subscription.unsubscribe();
    this.end();
  }

  /** Removes it from the server, where it would be forgotten by itself. */
  async remove(): Promise<void> {
    this.stop();
    if (!this.options.connection.isClosed())
      await this.manager.consumers.delete(this.options.stream, this.name).catch(() => false);
  }

  private pull(): void {
    if (this.isHeldBack || this.requested > PULL_MESSAGES / 2) return;
    const batch = PULL_MESSAGES - this.requested;
    const pull = { batch, expires: nanos(PULL_EXPIRES_MS), idle_heartbeat: nanos(IDLE_HEARTBEAT_MS) };
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${this.options.stream}.${this.name}`;
    this.requested += batch;
    try {
      this.options.connection.publish(subject, JSON.stringify(pull), { reply: this.inbox });
    } catch {
      // The connection has been closed.
      this.stop();
    }
  }

  private receive(message: Msg): void {
    this.silentHeartbeats = 0;
    const sequence = this.sequenceOf(message);
    if (sequence === null) {
      this.heed(message);
      return;
    }
    this.requested -= 1;
    if (this.isHeldBack) this.waiting.push(message);
    else this.deliver(message, sequence);
    this.pull();
  }

  /**
   * What the server says about a pull: that it is alive, that the pull's time is over, or something that ends it all.
   */
  private heed({ headers }: Msg): void {
    if (headers?.code === HEARTBEAT) return;
    if (headers?.code !== PULL_EXPIRED) {
      this.stop();
      return;
    }
    this.requested = Math.max(0, this.requested - Number(headers.get(PENDING_MESSAGES_HEADER)));
    this.pull();
  }

  private deliver(message: Msg, sequence: number): void {
    const held = this.options.onMessage(message, sequence);
    if (held === undefined) return;
    this.isHeldBack = true;
    void held.then(() => {
      this.isHeldBack = false;
      this.silentHeartbeats = 0;
      this.deliverWaiting();
      this.pull();
    });
  }

  private deliverWaiting(): void {
    const messages = this.waiting;
    this.waiting = [];
    for (const [index, message] of messages.entries()) {
      this.deliver(message, this.sequenceOf(message) ?? 0);
      if (!this.isHeldBack) continue;
      this.waiting = messages.slice(index + 1);
      return;
    }
  }

  /** Out of the subject that a message could be acknowledged on; null for what is no message of the stream. */
  private sequenceOf({ reply = '' }: Msg): number | null {
    const isPlain = reply.startsWith(this.plainReply);
    if (!isPlain && !reply.startsWith('$JS.ACK.')) return null;
    // With domain and account hash before the stream, as newer servers may put them.
    const start = isPlain ? this.plainReply.length : afterDots(reply, 6);
    // The number of deliveries comes first.
    const at = reply.indexOf('.', start) + 1;
    const sequence = Number(reply.slice(at, reply.indexOf('.', at)));
    return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : null;
  }
}

function afterDots(text: string, count: number): number {
  let at = 0;
  for (let passed = 0; passed < count; passed += 1) at = text.indexOf('.', at) + 1;
  return at;
}
