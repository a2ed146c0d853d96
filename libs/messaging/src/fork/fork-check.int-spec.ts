import { describe, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { eventually } from '@keyfold/testing/eventually';
import { type TestAdmin, testKeys } from '@keyfold/testing/feed/feed-harness';
import { useFeedSetup } from '@keyfold/testing/feed/feed-setup';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import { feedNames } from '../protocol/names.js';

const setup = useFeedSetup();
const FORKED = { code: 'LOG_FORKED' };
const replicas = (options: Parameters<typeof setup.admin>[0] = {}): Promise<TestAdmin[]> =>
  Promise.all([setup.admin(options), setup.admin(options)]);

async function relayedBy(sides: readonly TestAdmin[]): Promise<void> {
  await Promise.all(sides.map((side) => setup.relayed(side)));
}

describe('two replicas', () => {
  test('of which each has signed other sizes do not go on after a failover that lost what one has signed', async () => {
    setup.log.append(...usersCreated(1, 30));
    const [one, other] = (await replicas({ natsUrl: undefined })) as [TestAdmin, TestAdmin];
    await other.signer.currentCheckpoint();
    setup.log.append(...usersCreated(100, 20));
    await one.signer.currentCheckpoint();
    // It has signed nothing of that, and keeps up with the log all the same.
    await eventually(() => other.forks.seenSize === 50);
    // The standby lacks the last records and the word that they were signed.
    setup.log.cut(40);
    setup.log.server = 'the standby';
    setup.log.append(...usersCreated(500, 20));
    for (const side of [other, one]) {
      await expect(side.signer.currentCheckpoint()).rejects.toMatchObject(FORKED);
      await expect(side.forks.admit(setup.log.server)).rejects.toMatchObject(FORKED);
      expect(side.alarm.fork).toMatchObject({ noticedBy: 'server' });
    }
  });

  test('that start on a log without its end sign nothing before the stream has been asked', async () => {
    setup.log.append(...usersCreated(1, 50));
    const before = await replicas();
    await relayedBy(before);
    await Promise.all(before.map((side) => side.stop()));
    setup.log.cut(30);
    setup.log.server = 'the standby';
    setup.log.append(...usersCreated(7_000, 40));
    await setup.nats.pause();
    const after = await replicas({ streamWaitMs: 60_000 });
    const waiting = Promise.allSettled(
      after.flatMap((side) => [side.signer.currentCheckpoint(), side.forks.admit(setup.log.server)]),
    );
    await setup.nats.restart();
    for (const outcome of await waiting) expect(outcome).toMatchObject({ status: 'rejected', reason: FORKED });
    for (const { alarm } of after)
      expect(alarm.fork).toMatchObject({ noticedBy: 'stream', firstDifferingPosition: 31 });
  });

  test('notice a log that has become shorter without having anything to publish', async () => {
    setup.log.append(...usersCreated(1, 50));
    const sides = await replicas({ auditIntervalMs: 3_600_000 });
    await relayedBy(sides);
    setup.log.cut(30);
    await eventually(() => {
      for (const side of sides) expect(side.relay.status.state).toBe('forked');
    });
    const connection = await connect({ servers: setup.nats.url });
    const { state } = await (
      await jetstreamManager(connection)
    ).streams.info(feedNames(testKeys.verifier.keyId).stream);
    await connection.close();
    expect(state.last_seq).toBe(50);
  });
});

test('a broker that does not answer holds nothing up for longer than the bound, and that is counted and logged', async () => {
  setup.log.append(...usersCreated(1, 30));
  await setup.nats.pause();
  for (const side of await replicas({ streamWaitMs: 50 })) {
    await Promise.all([side.signer.currentCheckpoint(), side.forks.admit(setup.log.server)]);
    expect(side.forks.unconfirmed).toBe(1);
    expect(side.log.lines.map(({ message }) => message)).toContain(
      'the log is written to and signed without having been compared with the stream',
    );
    // Until Postgres is another server.
    await side.signer.signCheckpointAt(7);
    expect(side.forks.unconfirmed).toBe(1);
  }
});

test('under the head lock nothing may be missing of what this process has seen', async () => {
  setup.log.append(...usersCreated(1, 30));
  const side = await setup.admin({ natsUrl: undefined });
  const at = async (size: number, rootOf = size): Promise<void> => {
    const root = await setup.log.rootAt(rootOf);
    side.forks.check({ size, root: () => root });
  };
  await at(3);
  side.forks.saw({ size: 20, root: await setup.log.rootAt(20) });
  await at(20);
  await at(21);
  await expect(at(20, 19)).rejects.toMatchObject(FORKED);
  expect(side.alarm.fork).toMatchObject({ noticedBy: 'append' });
  // For good: what comes next is not asked for its size.
  await expect(at(21)).rejects.toMatchObject(FORKED);
});
