import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { Frontier, leafHash, type NoteSigner, signCheckpoint } from '@keyfold/domain';
import { eventually } from '@keyfold/testing/eventually';
import { type TestAdmin, type TestGateway, testKeys } from '@keyfold/testing/feed/feed-harness';
import { useFeedSetup } from '@keyfold/testing/feed/feed-setup';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import type { SourceRecord } from '../ports/log-source.js';
import { encodeCheckpointHeader, encodeOpenings } from '../protocol/log-message.js';
import { CHECKPOINT_HEADER, feedNames, OPENINGS_HEADER, pinnedStreamConfig } from '../protocol/names.js';

// Nobody relays here: the test itself writes the stream, as somebody who controls the broker could.
const setup = useFeedSetup();
const names = feedNames(testKeys.verifier.keyId);
let connection: NatsConnection;
let side: TestAdmin;

beforeEach(async () => {
  connection = await connect({ servers: setup.nats.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add(pinnedStreamConfig(testKeys.verifier.keyId));
  setup.log.append(...usersCreated(1, 20));
  side = await setup.admin({ relays: false });
});
afterEach(() => connection.close());

interface Message {
  readonly leaf: Uint8Array;
  readonly openings?: SourceRecord['openings'];
  readonly note?: string;
}

const honest = ({ leaf, openings }: SourceRecord): Message => ({ leaf, openings });

/** The note over exactly these messages, whoever signs it. */
function noteOver(messages: readonly Message[], signer: NoteSigner): string {
  const frontier = Frontier.empty();
  for (const { leaf } of messages) frontier.append(leafHash(leaf));
  return signCheckpoint({ origin: signer.name, size: messages.length, root: frontier.root() }, signer);
}

async function publish(messages: readonly Message[], note?: string): Promise<void> {
  for (const [index, { leaf, note: own, openings }] of messages.entries()) {
    const head = headers();
    const sent = encodeOpenings(openings ?? {});
    if (sent !== null) head.set(OPENINGS_HEADER, sent);
    const carried = own ?? (index === messages.length - 1 ? note : undefined);
    if (carried !== undefined) head.set(CHECKPOINT_HEADER, encodeCheckpointHeader(carried));
    await jetstream(connection).publish(names.subjectOf('user/1'), leaf, { headers: head });
  }
}

/**
 * The gateway ends with the true log, whatever the stream says, and keeps to it while the stream goes on delivering.
 */
async function expectHealed(follower: TestGateway): Promise<void> {
  await setup.caughtUp(follower);
  setup.log.append(...usersCreated(500, 2));
  await setup.caughtUp(follower);
}

/** With nobody to refill from, the gateway refuses what the stream says and applies none of it; later it heals. */
async function expectRefused(code: string): Promise<void> {
  side.isSilent = true;
  const follower = setup.gateway({ adminUrl: side.url });
  await eventually(() => {
    expect(follower.log.lines.map(({ details }) => (details as { code?: string }).code)).toContain(code);
  });
  expect(follower.size).toBe(0);
  side.isSilent = false;
  await expectHealed(follower);
}

const edited = (leaf: Uint8Array): Buffer => Buffer.from(Buffer.from(leaf).toString().replace('system', 'sYstem'));

describe('a stream in hostile hands', () => {
  test('the honest messages are delivered (or the tests below would prove nothing)', async () => {
    const messages = setup.log.records.map(honest);
    await publish(messages, await side.signer.signCheckpointAt(20));
    side.isSilent = true;
    const follower = setup.gateway({ adminUrl: side.url });
    await setup.caughtUp(follower);
  });

  test('an altered record is never applied', async () => {
    const messages = setup.log.records.map(honest);
    messages[6] = { ...honest(setup.log.recordAt(7)), leaf: edited(setup.log.recordAt(7).leaf) };
    await publish(messages, await side.signer.signCheckpointAt(20));
    await expectRefused('BAD_ROOT');
  });

  test('an altered record with a checkpoint of another key is never applied', async () => {
    const messages = setup.log.records.map(honest);
    messages[6] = { leaf: edited(setup.log.recordAt(7).leaf) };
    await publish(messages, noteOver(messages, testKeys.stranger));
    await expectRefused('BAD_CHECKPOINT');
  });

  test('two records in the wrong order are never applied', async () => {
    const messages = setup.log.records.map(honest);
    [messages[3], messages[4]] = [honest(setup.log.recordAt(5)), honest(setup.log.recordAt(4))];
    await publish(messages, await side.signer.signCheckpointAt(20));
    await expectRefused('BAD_ROOT');
  });

  test('a record that was left out is not passed over', async () => {
    const messages = setup.log.records.map(honest).filter((_, index) => index !== 9);
    await publish(messages, await side.signer.signCheckpointAt(20));
    await expectRefused('BAD_CHECKPOINT');
  });

  test('records of another log are never applied, though that log is signed', async () => {
    const other = new MemoryLog();
    other.append(...usersCreated(900, 20));
    const messages = other.records.map(honest);
    await publish(messages, noteOver(messages, testKeys.stranger));
    await expectRefused('BAD_CHECKPOINT');
  });

  test('an older checkpoint of the log itself passes for nothing', async () => {
    const messages = setup.log.records.map(honest);
    await publish(messages, await side.signer.signCheckpointAt(19));
    await expectRefused('BAD_CHECKPOINT');
  });

  test('an opening that does not match its commitment is refused like a forged record', async () => {
    const messages = setup.log.records.map(honest);
    const { username } = setup.log.recordAt(3).openings;
    if (username === undefined) throw new Error('the record has a user name');
    messages[2] = { leaf: setup.log.recordAt(3).leaf, openings: { username: { ...username, value: 'root' } } };
    await publish(messages, await side.signer.signCheckpointAt(20));
    await expectRefused('BAD_OPENING');
  });

  test('an opening that was left out is refilled', async () => {
    const messages = setup.log.records.map(honest);
    messages[2] = { leaf: setup.log.recordAt(3).leaf };
    await publish(messages, await side.signer.signCheckpointAt(20));
    await expectRefused('MISSING_OPENING');
  });

  test('records beyond the end of the log are never applied', async () => {
    await publish(setup.log.records.map(honest), await side.signer.signCheckpointAt(20));
    const follower = setup.gateway({ adminUrl: side.url });
    await setup.caughtUp(follower);
    const forged = { leaf: edited(setup.log.recordAt(20).leaf) };
    await publish([forged], noteOver([...setup.log.records.map(honest), forged], testKeys.stranger));
    await eventually(() => follower.feed.feedStatus().rejections > 0);
    setup.log.append(...usersCreated(600, 1));
    await setup.caughtUp(follower);
  });

  test('garbage without end does not keep the true records from coming', async () => {
    await publish(
      Array.from({ length: 50 }, (_, index) => ({ leaf: Buffer.from(`garbage ${index}`), note: 'garbage' })),
    );
    await expectHealed(setup.gateway({ adminUrl: side.url }));
  });

  test('a flood of messages without any checkpoint is not held without end', async () => {
    for (let sent = 0; sent < 30_000; sent += 1) connection.publish(names.subjectOf('user/1'), 'x');
    await connection.flush();
    await expectHealed(setup.gateway({ adminUrl: side.url }));
  });
});
