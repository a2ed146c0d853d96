import { describe, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { eventually } from '@keyfold/testing/eventually';
import { testKeys } from '@keyfold/testing/feed/feed-harness';
import { useFeedSetup } from '@keyfold/testing/feed/feed-setup';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import { feedNames } from '../protocol/names.js';

const setup = useFeedSetup();

describe('the feed', () => {
  test('delivers every record once, in order, verified, with the openings that gateways need', async () => {
    setup.log.append(...usersCreated(1, 1_300));
    const side = await setup.admin();
    const follower = setup.gateway({ adminUrl: side.url });
    await setup.caughtUp(follower);
    setup.log.append(...usersCreated(2_000, 3));
    await setup.caughtUp(follower);
    expect(follower.applied[0]?.openings).toEqual({ username: setup.log.recordAt(1).openings['username'] });
    await eventually(() => {
      expect(follower.feed.feedStatus()).toMatchObject({ state: 'streaming', appliedSize: 1_303, rejections: 0 });
    });
    await eventually(() => follower.heads.latest?.size === 1_303);
    expect(side.relay.status).toMatchObject({ state: 'relaying', position: 1_303 });
  });

  test('goes on from the durable position when the handler fails, without a gap and without a repetition', async () => {
    setup.log.append(...usersCreated(1, 1_200));
    const side = await setup.admin();
    await setup.relayed(side);
    const follower = setup.gateway({ adminUrl: side.url, maxBatchRecords: 500 });
    let failures = 0;
    follower.beforeApply = (batch) => {
      if (batch.records[0]?.record.position !== 1 && failures++ < 2) throw new Error('the database is gone');
    };
    await setup.caughtUp(follower);
    expect(failures).toBeGreaterThan(2);
    expect(follower.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        details: expect.objectContaining({ code: 'HANDLER_FAILED' }) as object,
      }),
    );
  });

  test('needs no broker at all: heads and refills go over HTTP', async () => {
    setup.log.append(...usersCreated(1, 1_100));
    const side = await setup.admin({ natsUrl: undefined });
    const follower = setup.gateway({ adminUrl: side.url, natsUrl: undefined });
    await setup.caughtUp(follower);
    setup.log.append(...usersCreated(2_000, 2));
    await setup.caughtUp(follower);
    expect(follower.feed.feedStatus()).toMatchObject({ state: 'refilling', isBrokerConnected: false });
    expect(side.relay.status.state).toBe('no-broker');
    expect(side.answered.nats).toBe(0);
  });

  test('asks for no other head while it is behind the one it has', async () => {
    setup.log.append(...usersCreated(1, 4_000));
    const side = await setup.admin({ natsUrl: undefined });
    const follower = setup.gateway({ adminUrl: side.url, natsUrl: undefined, intervalMs: 60_000 });
    let [heads, batches] = [0, 0];
    follower.heads.onHead(() => (heads += 1));
    follower.beforeApply = () => void (batches += 1);
    await setup.caughtUp(follower);
    expect(batches).toBeGreaterThanOrEqual(8);
    // At its start, when it knows what it has applied, and when it has caught up.
    expect(heads).toBeLessThanOrEqual(3);
  });

  test('needs no HTTP where NATS carries the requests', async () => {
    setup.log.append(...usersCreated(1, 10));
    const side = await setup.admin({ relays: false });
    const follower = setup.gateway({ adminUrl: undefined });
    await setup.caughtUp(follower);
    expect(side.answered.http).toBe(0);
  });

  test('survives a broker that is killed and comes back, and streams again', async () => {
    setup.log.append(...usersCreated(1, 100));
    const side = await setup.admin();
    const follower = setup.gateway({ adminUrl: side.url });
    await setup.caughtUp(follower);
    await setup.nats.kill();
    setup.log.append(...usersCreated(1_000, 20));
    await setup.caughtUp(follower);
    await setup.nats.restart();
    setup.log.append(...usersCreated(2_000, 20));
    await setup.caughtUp(follower);
    await eventually(() => {
      setup.log.append(...usersCreated(3_000, 1));
      expect(follower.feed.feedStatus().state).toBe('streaming');
    });
    await setup.caughtUp(follower);
    await setup.relayed(side);
  });

  test('goes on when the server has dropped its consumer', async () => {
    setup.log.append(...usersCreated(1, 100));
    const side = await setup.admin();
    const follower = setup.gateway({ adminUrl: side.url });
    await setup.caughtUp(follower);
    const connection = await connect({ servers: setup.nats.url });
    const { consumers } = await jetstreamManager(connection);
    const { stream } = feedNames(testKeys.verifier.keyId);
    // Nothing is refilled, so it is the stream that brings what follows.
    side.isSilent = true;
    for await (const { name } of consumers.list(stream)) await consumers.delete(stream, name);
    await connection.close();
    setup.log.append(...usersCreated(1_000, 20));
    await setup.caughtUp(follower);
  });

  test('starts before its broker and its admin-service do', async () => {
    await setup.nats.pause();
    setup.log.append(...usersCreated(1, 5));
    const side = await setup.admin();
    const follower = setup.gateway({ adminUrl: undefined });
    await setup.nats.restart();
    await setup.caughtUp(follower);
    await setup.relayed(side);
  });

  test('a gateway that starts with a past goes on from there', async () => {
    setup.log.append(...usersCreated(1, 600));
    const { frontier, size } = await setup.log.head();
    setup.log.append(...usersCreated(1_000, 30));
    const side = await setup.admin();
    const follower = setup.gateway({ adminUrl: side.url, start: { size, frontier: frontier.clone() } });
    await eventually(() => {
      expect(follower.size).toBe(630);
    });
    expect(follower.applied[0]?.record.position).toBe(601);
    expect(follower.root).toEqual(await setup.log.rootAt(630));
  });
});
