import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import { startTestNats, type TestNats } from '../../../test/support/nats.js';
import { TestAdmin, TestGateway, testKeys } from './testing/feed-harness.js';
import { MemoryLog, type MemoryEvent } from './testing/memory-log.js';

let nats: TestNats;
let log: MemoryLog;
let stops: (() => Promise<void>)[];

beforeAll(async () => {
  nats = await startTestNats();
});
afterAll(() => nats.stop());
beforeEach(() => {
  log = new MemoryLog();
  stops = [];
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await nats.stop();
  nats = await startTestNats();
});

const created = (id: number): MemoryEvent => ({
  stream: `user/${id}`,
  type: 'UserCreated',
  data: { supervisorId: null },
  sealed: { username: `user-${id}`, displayName: `User ${id}`, email: `u${id}@example.org` },
});
const users = (from: number, count: number): MemoryEvent[] =>
  Array.from({ length: count }, (_, i) => created(from + i));

async function admin(options: Partial<ConstructorParameters<typeof TestAdmin>[1]> = {}): Promise<TestAdmin> {
  const started = await new TestAdmin(log, { natsUrl: nats.url, pollMs: 50, ...options }).start();
  stops.push(() => started.stop());
  return started;
}

function gateway(options: ConstructorParameters<typeof TestGateway>[0]): TestGateway {
  const started = new TestGateway(options).start();
  stops.push(() => started.stop());
  return started;
}

async function caughtUp(follower: TestGateway): Promise<void> {
  await eventually(() => {
    expect(follower.size).toBe(log.size);
  });
  expect(follower.root).toEqual(await log.rootAt(log.size));
  expect(follower.applied.map(({ record }) => record.position)).toEqual(
    log.records.map(({ record }) => record.position),
  );
}

describe('the straight way', () => {
  test('a gateway receives every record once, in order, verified, with the openings it needs', async () => {
    log.append(...users(1, 1_300));
    const side = await admin();
    const follower = gateway({ natsUrl: nats.url, adminUrl: side.url });
    await caughtUp(follower);
    log.append(...users(2_000, 3));
    await caughtUp(follower);
    expect(follower.applied[0]?.openings).toEqual({ username: log.recordAt(1).openings['username'] });
    expect(follower.feed.feedStatus()).toMatchObject({ state: 'streaming', appliedSize: 1_303, rejections: 0 });
    await eventually(() => follower.heads.latest?.size === 1_303);
    expect(side.relay.status).toMatchObject({ state: 'relaying', position: 1_303 });
    expect(testKeys.verifier.keyId).toMatch(/^[0-9a-f]{8}$/);
  });
});
