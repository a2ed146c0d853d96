import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { NatsLink, Relay } from '@keyfold/messaging';
import { InternalServer } from './internal-server.js';
import { NatsResponders } from './nats-responders.js';

/** Starts and stops the parts of the feed in order. */
@Injectable()
export class FeedLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly link: NatsLink,
    private readonly relay: Relay,
    private readonly responders: NatsResponders,
    private readonly internal: InternalServer,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.internal.start();
    this.responders.start();
    this.relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.responders.stop(), this.relay.stop(), this.internal.stop()]);
    // Last: the answers that were still being made go out over it.
    await this.link.close();
  }
}
