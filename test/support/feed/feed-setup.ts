import { afterEach, beforeEach, expect } from '@jest/globals';
import { eventually } from '../eventually.js';
import { startTestNats, type TestNats } from '../nats.js';
import { TestAdmin, TestGateway } from './feed-harness.js';
import { MemoryLog } from './memory-log.js';

type AdminOptions = ConstructorParameters<typeof TestAdmin>[1];
type GatewayOptions = ConstructorParameters<typeof TestGateway>[0];

/**
 * What the feed's integration tests work on: a nats-server and a log of each test's own, and everything stopped after
 * it.
 */
export class FeedSetup {
  nats!: TestNats;
  log = new MemoryLog();
  private stops: (() => Promise<void>)[] = [];

  async begin(): Promise<void> {
    this.log = new MemoryLog();
    this.stops = [];
    this.nats = await startTestNats();
  }

  async end(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
    await this.nats.stop();
  }

  async admin(options: Partial<AdminOptions> = {}): Promise<TestAdmin> {
    const started = await new TestAdmin(this.log, { natsUrl: this.nats.url, pollMs: 50, ...options }).start();
    this.stops.push(() => started.stop());
    return started;
  }

  gateway(options: Partial<GatewayOptions> & { adminUrl: string | undefined }): TestGateway {
    const started = new TestGateway({ natsUrl: this.nats.url, ...options }).start();
    this.stops.push(() => started.stop());
    return started;
  }

  /** Waits until the gateway has applied the whole log, and checks that it is this log and nothing else. */
  async caughtUp(follower: TestGateway): Promise<void> {
    await eventually(() => {
      expect(follower.size).toBe(this.log.size);
    });
    expect(follower.root).toEqual(await this.log.rootAt(this.log.size));
    expect(follower.applied.map(({ leaf }) => Buffer.from(leaf).toString())).toEqual(
      this.log.records.map(({ leaf }) => Buffer.from(leaf).toString()),
    );
  }

  async relayed(side: TestAdmin): Promise<void> {
    await eventually(() => {
      expect(side.relay.status).toMatchObject({ state: 'relaying', position: this.log.size });
    });
  }
}

/** Registers a {@link FeedSetup} with the test file's hooks. */
export function useFeedSetup(): FeedSetup {
  const setup = new FeedSetup();
  beforeEach(() => setup.begin());
  afterEach(() => setup.end());
  return setup;
}
