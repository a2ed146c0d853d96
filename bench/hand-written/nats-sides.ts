import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { headerReader } from '../../libs/messaging/src/follow/header-reader.js';
import { PullConsumer } from '../../libs/messaging/src/follow/pull-consumer.js';
import { CHECKPOINT_HEADER, OPENINGS_HEADER } from '../../libs/messaging/src/protocol/names.js';
import { perCpuSecond, type Sides } from './sides.js';

const STREAM = 'bench';
const SUBJECT = 'bench.log';
const MESSAGES = 50_000;
const LEAF_BYTES = 400;
const PUBLISHED_AT_ONCE = 1_000;

/** A stream like the log's, read by both consumers, and the headers of its messages. */
export async function natsSides(url: string): Promise<Sides[]> {
  const connection = await connect({ servers: url });
  await publishLog(connection);
  const received: Msg[] = [];
  await pullAll(connection, (message) => received.push(message));
  return [
    {
      name: `PullConsumer, ${MESSAGES} messages`,
      unit: 'messages/s',
      ours: () => perCpuSecond({ each: MESSAGES, seconds: 0 }, () => pullAll(connection, () => undefined)),
      theirs: () => perCpuSecond({ each: MESSAGES, seconds: 0 }, () => consumeAll(connection)),
      note: "against the client's ordered consumer",
    },
    {
      name: 'headerReader, two headers of a message',
      unit: 'messages/s',
      ours: () =>
        perCpuSecond({ each: MESSAGES, seconds: 1 }, () => {
          readHeaders(received, headerReader);
        }),
      theirs: () =>
        perCpuSecond({ each: MESSAGES, seconds: 1 }, () => {
          readHeaders(received, clientsReader);
        }),
      note: "against the client's parser",
    },
  ];
}

async function publishLog(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: STREAM, subjects: [SUBJECT] });
  const js = jetstream(connection);
  const leaf = Buffer.alloc(LEAF_BYTES, 'x');
  const fields = headers();
  fields.append('Nats-Expected-Stream', STREAM);
  fields.append(OPENINGS_HEADER, 'b'.repeat(200));
  for (let sent = 0; sent < MESSAGES; sent += PUBLISHED_AT_ONCE)
    await Promise.all(Array.from({ length: PUBLISHED_AT_ONCE }, () => js.publish(SUBJECT, leaf, { headers: fields })));
}

async function pullAll(connection: NatsConnection, take: (message: Msg) => void): Promise<void> {
  let all: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (all = resolve));
  const consumer = await PullConsumer.open({
    connection,
    stream: STREAM,
    startAt: 1,
    onMessage: (message, sequence) => {
      take(message);
      if (sequence === MESSAGES) all();
      return undefined;
    },
  });
  await Promise.race([done, consumer.ended.then(() => Promise.reject(new Error('the consumer ended')))]);
  await consumer.remove();
}

async function consumeAll(connection: NatsConnection): Promise<void> {
  const consumer = await jetstream(connection).consumers.get(STREAM, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: 1,
  });
  const messages = await consumer.consume({ max_messages: 4_096 });
  for await (const { seq } of messages) if (seq === MESSAGES) break;
  await consumer.delete();
}

/** The client parses when it is asked first, and keeps what it has parsed. */
function clientsReader(message: Msg): (name: string) => string {
  (message as unknown as { _headers: unknown })._headers = undefined; // Private: forgets what it has kept.
  return (name) => message.headers?.get(name) ?? '';
}

function readHeaders(messages: readonly Msg[], readerOf: (message: Msg) => (name: string) => string): void {
  for (const message of messages) {
    const read = readerOf(message);
    if (read(OPENINGS_HEADER) === '' || read(CHECKPOINT_HEADER) !== '')
      throw new Error('not the headers that were sent');
  }
}
