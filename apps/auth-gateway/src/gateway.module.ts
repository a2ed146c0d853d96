import { Module, type DynamicModule } from '@nestjs/common';
import type { GatewayParts } from './gateway-parts.js';
import { FeedController } from './projection/feed.controller.js';
import { Projector } from './projection/projector.js';
import { SignIn } from './surfaces/sign-in.js';
import { VerifyController } from './surfaces/verify.controller.js';

/** What Nest serves: the feed's handler, and the routes that are not in the fast lane. */
@Module({})
export class GatewayModule {
  static with(parts: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [FeedController, VerifyController],
      providers: [
        { provide: Projector, useValue: parts.projector },
        { provide: SignIn, useValue: parts.signIn },
      ],
    };
  }
}
