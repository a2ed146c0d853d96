import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { FEED_BATCH_PATTERN, type VerifiedBatch } from '@keyfold/messaging';
import { Projector } from './projector.js';

/** Where the JetStream strategy delivers the log. */
@Controller()
export class FeedController {
  constructor(private readonly projector: Projector) {}

  /** Resolves once the batch is applied, in the tables and in memory. */
  @MessagePattern(FEED_BATCH_PATTERN)
  apply(@Payload() batch: VerifiedBatch): Promise<void> {
    return this.projector.apply(batch);
  }
}
