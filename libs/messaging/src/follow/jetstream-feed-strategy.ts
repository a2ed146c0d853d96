import { BaseRpcContext, type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { TreeState } from '../ports/log-source.js';
import { FEED_BATCH_PATTERN, type VerifiedBatch } from '../verify/verified-batch.js';
import { FeedLoop } from './feed-loop.js';
import { FeedMeter } from './feed-meter.js';
import type { FeedStatus } from './feed-status.js';
import type { FollowerOptions } from './follower-options.js';

/**
 * Nest transport through which a gateway's handler receives the log: verified, in order, each record once. Records that
 * do not verify are never delivered. The handler of {@link FEED_BATCH_PATTERN} resolves once the batch is applied
 * durably and in memory; if it rejects, the durable position is read again and delivery goes on from there.
 *
 * The connection and the head client belong to the caller, who starts and closes them.
 */
export class JetStreamFeedStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('keyfold-feed');
  private readonly meter: FeedMeter;
  private readonly loop: FeedLoop;

  constructor(private readonly options: FollowerOptions) {
    super();
    const { heads, link, log } = options;
    this.meter = new FeedMeter(log, () => ({
      isBrokerConnected: link.connection !== undefined,
      knownHeadSize: heads.latest?.size ?? null,
    }));
    this.loop = new FeedLoop(options, this.meter, (batch) => this.deliver(batch));
  }

  /** Size and root of what has been applied, for the head client; null until the durable position has been read. */
  get applied(): TreeState | null {
    return this.loop.applied;
  }

  /** How the feed is doing, for readiness and metrics. */
  feedStatus(): FeedStatus {
    return this.meter.status();
  }

  /** Calls the listener after each batch and each change of state. @returns the function that ends the subscription */
  onFeedStatus(listener: (status: FeedStatus) => void): () => void {
    return this.meter.onStatus(listener);
  }

  listen(callback: (...parameters: unknown[]) => void): void {
    this.loop.start();
    callback();
  }

  async close(): Promise<void> {
    await this.loop.stop();
  }

  on(): never {
    throw new Error('this transport has no events of its own: use onFeedStatus');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the signature is Nest's
  unwrap<T>(): T {
    return this.options.link as T;
  }

  private async deliver(batch: VerifiedBatch): Promise<void> {
    const handler: MessageHandler<VerifiedBatch, BaseRpcContext> | null = this.getHandlerByPattern(FEED_BATCH_PATTERN);
    if (handler === null) throw new Error(`no handler of the pattern ${FEED_BATCH_PATTERN}`);
    const result = this.transformToObservable<unknown>(handler(batch, new BaseRpcContext([])));
    await lastValueFrom(result, { defaultValue: undefined });
  }
}
